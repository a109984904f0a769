-- What local AI wants done beyond a read: one row from the call until its answer was fetched.
CREATE TABLE client_request (
    id              TEXT PRIMARY KEY NOT NULL,  -- also the marker in what it writes
    client          TEXT NOT NULL,              -- whose: its name and the user it runs as
    uid             BIGINT NOT NULL,
    pid             BIGINT NOT NULL,            -- the process that asked; another may fetch the answer
    key             TEXT NOT NULL,              -- the client's own name for it: one thing is done once
    tool            TEXT NOT NULL,
    repo            TEXT NOT NULL,
    number          BIGINT,
    arguments       TEXT NOT NULL,              -- JSON, as checked
    hash            TEXT NOT NULL,              -- over client, tool, place and arguments: what a yes is to
    state           TEXT NOT NULL,
    why             TEXT,                       -- why it is there, in words
    approved_by     TEXT,                       -- an actor of the journal; NULL: a rule allowed it
    answer_valid_ms BIGINT NOT NULL,            -- how long a yes may be acted on
    approved_until  BIGINT,
    wake_at         BIGINT,                     -- when there is something to do; NULL: nothing
    failures        BIGINT NOT NULL DEFAULT 0,
    created_at      BIGINT NOT NULL,
    begun_at        BIGINT,                     -- when the write left
    misses          BIGINT NOT NULL DEFAULT 0,  -- look-ups since that did not find it
    missed_at       BIGINT,
    ended_at        BIGINT,
    outcome         TEXT,                       -- JSON: what the tool gives
    job_id          TEXT REFERENCES job (id),
    redeemed_at     BIGINT
);
CREATE UNIQUE INDEX client_request_key ON client_request (client, uid, key);
CREATE INDEX client_request_due ON client_request (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX client_request_by_time ON client_request (client, created_at);

-- Questions to the owner that are not about a claim have one life, whatever they are about: a patch, or what
-- a client wants.
CREATE TABLE question (
    id           TEXT PRIMARY KEY NOT NULL,
    job_id       TEXT REFERENCES job (id),             -- about a patch of this job:
    patch        TEXT,                                 -- what a yes is to: the gate's hash of the change,
    base_commit  TEXT,                                 -- the commit it was made on,
    tree         TEXT,                                 -- and the tree that the gate judged
    request_id   TEXT REFERENCES client_request (id),  -- or about this request,
    hash         TEXT,                                 -- and exactly this
    card         TEXT NOT NULL,                        -- what the owner is shown
    state        TEXT NOT NULL,                        -- pending, approved, denied, expired, superseded
    created_at   BIGINT NOT NULL,
    delivered_at BIGINT,
    expires_at   BIGINT,                               -- counts from confirmed delivery
    message_id   BIGINT,
    attempts     BIGINT NOT NULL DEFAULT 0,
    next_try_at  BIGINT,                               -- when to send the card, or edit the message, (again)
    decided_at   BIGINT,
    decided_by   TEXT,
    channel      TEXT,
    why          TEXT,
    edit_due     BIGINT NOT NULL DEFAULT 0,            -- the message does not say the outcome yet
    CHECK ((job_id IS NOT NULL AND patch IS NOT NULL AND base_commit IS NOT NULL AND tree IS NOT NULL
            AND request_id IS NULL)
        OR (job_id IS NULL AND request_id IS NOT NULL AND hash IS NOT NULL))
);
INSERT INTO question (id, job_id, patch, base_commit, tree, card, state, created_at, delivered_at, expires_at,
        message_id, attempts, next_try_at, decided_at, decided_by, channel, why, edit_due)
    SELECT id, job_id, patch, base_commit, tree, card, state, created_at, delivered_at, expires_at,
        message_id, attempts, next_try_at, decided_at, decided_by, channel, why, edit_due
    FROM patch_question;
DROP TABLE patch_question;
CREATE INDEX question_pending ON question (state, next_try_at);
CREATE INDEX question_by_job ON question (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX question_by_request ON question (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX question_edit_due ON question (next_try_at) WHERE edit_due = 1;
CREATE UNIQUE INDEX question_one_a_job ON question (job_id) WHERE state = 'pending' AND job_id IS NOT NULL;
CREATE UNIQUE INDEX question_one_a_request ON question (request_id)
    WHERE state = 'pending' AND request_id IS NOT NULL;
