-- The owner's yes for a while: to what one client does with one tool in one repository, so long and so often.
CREATE TABLE request_lease (
    id           TEXT PRIMARY KEY NOT NULL,
    request_id   TEXT NOT NULL,              -- what it was given with
    client       TEXT NOT NULL,
    uid          BIGINT NOT NULL,
    tool         TEXT NOT NULL,
    repo         TEXT NOT NULL,              -- in lower case
    granted_by   TEXT NOT NULL,              -- an actor of the journal
    granted_at   BIGINT NOT NULL,
    until        BIGINT NOT NULL,
    most         BIGINT NOT NULL,            -- times, beside the request it was given with
    used         BIGINT NOT NULL DEFAULT 0,
    ended_at     BIGINT                      -- taken back before it was over
);
CREATE INDEX request_lease_open ON request_lease (client, uid, tool, repo) WHERE ended_at IS NULL;

-- Which requests were done by one, instead of by an answer of their own.
CREATE TABLE request_lease_use (
    request_id   TEXT PRIMARY KEY NOT NULL,
    lease_id     TEXT NOT NULL REFERENCES request_lease (id) ON DELETE CASCADE
);
CREATE INDEX request_lease_use_by_lease ON request_lease_use (lease_id);
