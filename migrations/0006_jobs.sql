-- A patch on its way: made, judged, submitted, followed. Its id is also the end of its branch's name.
CREATE TABLE job (
    id            TEXT PRIMARY KEY NOT NULL,
    bounty_id     BIGINT REFERENCES bounty (id),   -- NULL: asked for by hand
    repository_id BIGINT NOT NULL,                 -- where it goes, as permitted
    repo          TEXT NOT NULL,
    number        BIGINT,                          -- the issue; NULL: a goal of the owner's
    title         TEXT NOT NULL,                   -- the issue's, or the goal; strangers' words
    state         TEXT NOT NULL,
    reason        TEXT,                            -- why it is there, in words
    asked_by      TEXT NOT NULL,                   -- an actor of the journal
    wake_at       BIGINT,                          -- when there is something to do; NULL: nothing
    failures      BIGINT NOT NULL DEFAULT 0,
    attempts      BIGINT NOT NULL DEFAULT 0,       -- how often a patch was tried for it
    begun_at      BIGINT NOT NULL,
    ended_at      BIGINT,
    worked_ms     BIGINT NOT NULL DEFAULT 0,       -- of all attempts together
    micro_usd     BIGINT NOT NULL DEFAULT 0,       -- what models cost, in millionths of a US dollar
    requests      BIGINT NOT NULL DEFAULT 0,
    base_commit   TEXT,
    tree          TEXT,                            -- the id of the tree that the gate judged
    patch         TEXT,                            -- the gate's hash of the change
    approved_by   TEXT,                            -- who said yes to exactly that patch
    head          TEXT,                            -- the newest commit of ours
    pull          BIGINT,
    pull_node     TEXT
);
CREATE INDEX job_due ON job (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX job_by_bounty ON job (bounty_id) WHERE bounty_id IS NOT NULL;
-- One at a time for a bounty.
CREATE UNIQUE INDEX job_one_alive ON job (bounty_id) WHERE bounty_id IS NOT NULL
    AND state NOT IN ('dropped', 'closed', 'merged');

-- An outside write of a job: intent before, outcome after. Each can be found again at GitHub by what it
-- makes: a fork by its parent, a branch, a commit and a pull request by the branch's name.
CREATE TABLE job_effect (
    id       TEXT PRIMARY KEY NOT NULL,
    job_id   TEXT NOT NULL REFERENCES job (id),
    kind     TEXT NOT NULL,                        -- fork, branch, commit, pull-request, …
    target   TEXT NOT NULL,                        -- where it goes
    state    TEXT NOT NULL,                        -- begun, done, failed
    begun_at BIGINT NOT NULL,
    ended_at BIGINT,
    detail   TEXT
);
CREATE INDEX job_effect_by_job ON job_effect (job_id, kind);

-- The question to the owner about exactly one patch, and his answer.
CREATE TABLE patch_question (
    id           TEXT PRIMARY KEY NOT NULL,
    job_id       TEXT NOT NULL REFERENCES job (id),
    patch        TEXT NOT NULL,                    -- what a yes is to: the gate's hash of the change,
    base_commit  TEXT NOT NULL,                    -- the commit it was made on,
    tree         TEXT NOT NULL,                    -- and the tree that the gate judged
    card         TEXT NOT NULL,                    -- what the owner is shown
    state        TEXT NOT NULL,                    -- pending, approved, denied, expired, superseded
    created_at   BIGINT NOT NULL,
    delivered_at BIGINT,
    expires_at   BIGINT,                           -- counts from confirmed delivery
    message_id   BIGINT,
    attempts     BIGINT NOT NULL DEFAULT 0,
    next_try_at  BIGINT,                           -- when to send the card, or edit the message, (again)
    decided_at   BIGINT,
    decided_by   TEXT,
    channel      TEXT,
    why          TEXT,
    edit_due     BIGINT NOT NULL DEFAULT 0         -- the message does not say the outcome yet
);
CREATE INDEX patch_question_pending ON patch_question (state, next_try_at);
CREATE INDEX patch_question_by_job ON patch_question (job_id);
CREATE INDEX patch_question_edit_due ON patch_question (next_try_at) WHERE edit_due = 1;
CREATE UNIQUE INDEX patch_question_one_pending ON patch_question (job_id) WHERE state = 'pending';
