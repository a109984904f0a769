-- Which account an effect was made as: another may be connected when it is followed up. NULL where an
-- earlier version wrote the row.
ALTER TABLE effect ADD COLUMN author_id BIGINT;
ALTER TABLE effect ADD COLUMN author_login TEXT;
