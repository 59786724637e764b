-- expand
-- Which entry a reader read last, so that a log that came back older and has grown again is told from the one it was reading; and since when a pair is
-- known to be reset, which until now only the words of `error` said.
ALTER TABLE log_cursor
  ADD COLUMN seen_seq BIGINT UNSIGNED NULL,
  ADD COLUMN seen_at DATETIME(3) NULL COMMENT 'when entry seen_seq was written',
  ADD COLUMN reset_at DATETIME(3) NULL;

-- Some were called reset only because another server of the same database had moved the cursor: the entry where they stand was there when they came to it.
UPDATE log_cursor c LEFT JOIN log_entry e ON e.platform_id = c.source AND e.seq = c.seq
SET c.error = IF(e.at <= c.updated_at, NULL, c.error), c.reset_at = IF(e.at <= c.updated_at, NULL, c.updated_at)
WHERE c.error LIKE '%restored or reset%';

UPDATE log_cursor c JOIN log_entry e ON e.platform_id = c.source AND e.seq = c.seq
SET c.seen_seq = c.seq, c.seen_at = e.at WHERE c.reset_at IS NULL;
