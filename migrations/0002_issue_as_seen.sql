-- When the issue had last changed, by GitHub's own clock, as read just before an effect was begun.
-- An issue that still says so has no comment of ours, not even one that was deleted since.
ALTER TABLE effect ADD COLUMN issue_at BIGINT;
