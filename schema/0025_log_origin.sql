-- expand
-- Logs have names in the world, not numbers of one database: an entry's header (v 3) says whose log it stands in and whom it is addressed to by them.
-- Given once, never changed; NULL: network and slug, as every platform begins.
ALTER TABLE tenant
  ADD COLUMN origin VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'name of its log; NULL: network/slug',
  ADD UNIQUE KEY origin (origin);
UPDATE tenant t JOIN network n ON n.id = t.network SET t.origin = CONCAT(n.slug, '/', t.slug);

ALTER TABLE log_entry ADD COLUMN v TINYINT UNSIGNED NULL COMMENT 'of the header; NULL: 1, with who 2';

-- A reader was not given what the log says it was addressed.
ALTER TABLE log_cursor
  ADD COLUMN gap_after BIGINT UNSIGNED NULL COMMENT 'seq of the last entry before the gap',
  ADD COLUMN gap_seq BIGINT UNSIGNED NULL COMMENT 'an entry that is said to be there and was not',
  ADD COLUMN gap_at DATETIME(3) NULL;
