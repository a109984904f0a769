-- Times are unix milliseconds, money is US cents, ids are lower-case hexadecimal text, structured
-- values are JSON text: nothing here is a dialect.

-- One row of small facts each: the paused flag, the Telegram offset, scan cursors, the trouble in force.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

-- Append-only. `hash` covers the row and the hash before it, so a changed or missing row shows.
CREATE TABLE journal (
    seq       BIGINT PRIMARY KEY NOT NULL,
    at        BIGINT NOT NULL,
    actor     TEXT NOT NULL,
    kind      TEXT NOT NULL,
    bounty_id BIGINT,
    effect_id TEXT,
    body      TEXT NOT NULL,
    hash      TEXT NOT NULL
);
CREATE INDEX journal_by_bounty ON journal (bounty_id, seq) WHERE bounty_id IS NOT NULL;

-- Where the chain starts after retention removed everything up to and including `seq`.
CREATE TABLE journal_checkpoint (
    seq     BIGINT PRIMARY KEY NOT NULL,
    at      BIGINT NOT NULL,
    hash    TEXT NOT NULL,
    removed BIGINT NOT NULL
);

-- A bounty's row is its state.
CREATE TABLE bounty (
    id                INTEGER PRIMARY KEY NOT NULL,
    repository_id     BIGINT NOT NULL,
    number            BIGINT NOT NULL,
    owner             TEXT NOT NULL,          -- lower case: caps and deny rules are per owner
    repo              TEXT NOT NULL,          -- owner/name as GitHub spelled it last
    title             TEXT NOT NULL,
    stage             TEXT NOT NULL,
    reason            TEXT,                   -- why it is where it is: a code of the rules
    usd               BIGINT,                 -- cents; NULL where the amount is unknown
    wake_at           BIGINT,                 -- when there is something to do; NULL: nothing
    lease_owner       TEXT,
    lease_until       BIGINT,
    epoch             BIGINT NOT NULL DEFAULT 0,
    failures          BIGINT NOT NULL DEFAULT 0,
    asks              BIGINT NOT NULL DEFAULT 0,
    source_updated_at BIGINT,
    first_seen        BIGINT NOT NULL,
    deadline          BIGINT,                 -- a claim that shows no pull request is taken back then
    appraisal         TEXT,
    UNIQUE (repository_id, number)
);
CREATE INDEX bounty_due ON bounty (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX bounty_by_stage ON bounty (stage, usd);
CREATE INDEX bounty_by_repo ON bounty (repo, number);

-- What was seen, kept only as long as a decision may still need it.
CREATE TABLE found (
    bounty_id INTEGER PRIMARY KEY NOT NULL REFERENCES bounty (id) ON DELETE CASCADE,
    facts     TEXT NOT NULL
);

-- A question to the owner and its answer.
CREATE TABLE approval (
    id           TEXT PRIMARY KEY NOT NULL,
    bounty_id    BIGINT NOT NULL REFERENCES bounty (id),
    hash         TEXT NOT NULL,               -- over exactly what is approved
    proposal     TEXT NOT NULL,               -- the permit that a yes gives
    card         TEXT NOT NULL,               -- what the owner is shown
    usd          BIGINT,
    tier         TEXT NOT NULL,
    state        TEXT NOT NULL,               -- pending, approved, denied, expired, superseded
    created_at   BIGINT NOT NULL,
    delivered_at BIGINT,
    expires_at   BIGINT,                      -- counts from confirmed delivery
    message_id   BIGINT,
    attempts     BIGINT NOT NULL DEFAULT 0,
    next_try_at  BIGINT,                      -- when to send the card (again)
    checked_at   BIGINT NOT NULL,             -- when what is asked was last seen to be so
    decided_at   BIGINT,
    decided_by   TEXT,
    channel      TEXT,
    why          TEXT,
    edit_due     BIGINT NOT NULL DEFAULT 0    -- the message does not say the outcome yet
);
CREATE INDEX approval_pending ON approval (state, next_try_at);
CREATE INDEX approval_by_bounty ON approval (bounty_id);
CREATE UNIQUE INDEX approval_one_pending ON approval (bounty_id) WHERE state = 'pending';

-- What allows work on a bounty: a decision below every threshold, or a stored human answer.
CREATE TABLE permit (
    id          TEXT PRIMARY KEY NOT NULL,
    bounty_id   BIGINT NOT NULL REFERENCES bounty (id),
    record      TEXT NOT NULL,
    usd         BIGINT,
    asked       BIGINT NOT NULL,              -- 1: a human answered; 0: below every threshold
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    state       TEXT NOT NULL                 -- live, used, void
);
CREATE INDEX permit_by_bounty ON permit (bounty_id, state);
CREATE INDEX permit_by_time ON permit (asked, created_at);

-- An outside write: intent before, outcome after.
CREATE TABLE effect (
    id           TEXT PRIMARY KEY NOT NULL,   -- also the marker that finds it again at GitHub
    bounty_id    BIGINT NOT NULL REFERENCES bounty (id),
    kind         TEXT NOT NULL,               -- claim, ask-assignment, withdraw, stop
    repository_id BIGINT NOT NULL,            -- where it goes, as permitted: never read from a page again
    repo         TEXT NOT NULL,
    number       BIGINT NOT NULL,
    body         TEXT NOT NULL,
    state        TEXT NOT NULL,               -- begun, unknown, done, failed
    begun_at     BIGINT NOT NULL,             -- the newest attempt
    first_at     BIGINT NOT NULL,
    ended_at     BIGINT,
    misses       BIGINT NOT NULL DEFAULT 0,   -- look-ups since the newest attempt that did not find it
    missed_at    BIGINT,
    remote_id    BIGINT,
    detail       TEXT
);
CREATE INDEX effect_by_bounty ON effect (bounty_id, kind);
CREATE INDEX effect_by_time ON effect (kind, first_at);
-- A second claim cannot even be begun while one may stand.
CREATE UNIQUE INDEX effect_one_claim ON effect (bounty_id)
    WHERE kind IN ('claim', 'ask-assignment') AND state <> 'failed';
CREATE INDEX effect_open ON effect (state) WHERE state IN ('begun', 'unknown');

-- A lasting no, by owner or repository.
CREATE TABLE refusal (
    subject TEXT PRIMARY KEY NOT NULL,        -- lower-case owner, or owner/name
    reason  TEXT NOT NULL,
    at      BIGINT NOT NULL
);

-- A message to the owner, sent at least once; one key is told once.
CREATE TABLE notice (
    key         TEXT PRIMARY KEY NOT NULL,
    text        TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    sent_at     BIGINT,
    attempts    BIGINT NOT NULL DEFAULT 0,
    next_try_at BIGINT
);
CREATE INDEX notice_due ON notice (next_try_at) WHERE next_try_at IS NOT NULL;
