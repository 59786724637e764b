-- expand
-- What the log and the jobs need beyond the first version.

-- The addressees are part of what an entry's leaf hash covers; log_address only finds entries for a reader (reader 0: a
-- public entry, for anybody who follows).
ALTER TABLE log_entry ADD addressed_to TEXT CHARACTER SET ascii NULL COMMENT 'platform ids, rising, comma-separated';

-- Jobs without rows of their own that run again and again, on one server at a time.
CREATE TABLE job_standing (
  kind VARCHAR(32) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  next_at DATETIME(3) NOT NULL,
  lease_until DATETIME(3) NULL,
  lease_owner BINARY(16) NULL,
  failures INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'in a row',
  error VARCHAR(500) NULL,
  ran_at DATETIME(3) NULL COMMENT 'end of the last good run'
);
