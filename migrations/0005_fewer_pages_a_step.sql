-- A step of a bounty writes whole pages, and waits until they are on the disk. `BIGINT PRIMARY KEY`
-- is an index beside the table; a journal that is kept by its position needs none.
CREATE TABLE journal_by_seq (
    seq       INTEGER PRIMARY KEY NOT NULL,
    at        BIGINT NOT NULL,
    actor     TEXT NOT NULL,
    kind      TEXT NOT NULL,
    bounty_id BIGINT,
    effect_id TEXT,
    body      TEXT NOT NULL,
    hash      TEXT NOT NULL
);
INSERT INTO journal_by_seq (seq, at, actor, kind, bounty_id, effect_id, body, hash)
    SELECT seq, at, actor, kind, bounty_id, effect_id, body, hash FROM journal ORDER BY seq;
DROP TABLE journal;
ALTER TABLE journal_by_seq RENAME TO journal;
-- Only what was judged is looked up by its bounty: for the digest, which tells what changed.
CREATE INDEX journal_judged ON journal (bounty_id, seq) WHERE kind = 'bounty.judged';
