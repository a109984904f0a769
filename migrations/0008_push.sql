-- Questions that take the owner's yes by a push to his phone, alone or beside the one in his chat. What the tenant
-- knows a push by is in no row: after a restart it is asked anew, with another code.
CREATE TABLE push (
    question_id  TEXT PRIMARY KEY NOT NULL REFERENCES question (id) ON DELETE CASCADE,
    request_id   TEXT NOT NULL REFERENCES client_request (id),
    with_chat    BIGINT NOT NULL,            -- 1: the yes in the chat is needed, too
    words        TEXT NOT NULL,              -- what the phone shows behind the code
    state        TEXT NOT NULL,              -- due, asked, answered, over
    code         TEXT,                       -- what phone and journal both show, of the last time
    asked        BIGINT NOT NULL DEFAULT 0,  -- times that the phone was asked
    failures     BIGINT NOT NULL DEFAULT 0,  -- times in a row that the tenant could not be reached
    next_at      BIGINT,                     -- when there is something to do; NULL: nothing
    until        BIGINT,                     -- when the person's time is over
    chat_by      TEXT,                       -- who said yes in the chat, an actor of the journal
    push_by      TEXT                        -- and who by push
);
CREATE INDEX push_due ON push (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX push_by_request ON push (request_id);
