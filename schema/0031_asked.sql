-- expand
-- Events that people fired on a copy, and rows that they made of another platform's: a row where it was asked, and one with the same id (the
-- key) where the record has its home, once it was read there. By it the home does a thing once and answers alike however often it is asked.
CREATE TABLE asked (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL COMMENT 'the key',
  record VARCHAR(40) CHARACTER SET ascii NOT NULL,
  record_id BINARY(16) NOT NULL,
  event VARCHAR(40) CHARACTER SET ascii NOT NULL,
  version INT UNSIGNED NOT NULL COMMENT 'of the row that the person looked at; 0: of one that its home had not read yet',
  from_platform INT UNSIGNED NOT NULL COMMENT 'where it was asked',
  to_platform INT UNSIGNED NOT NULL COMMENT 'the home that was asked',
  institution_id BINARY(16) NULL COMMENT 'for which the person acted; NULL for a desk',
  asked_by BINARY(16) NULL,
  asked_by_name VARCHAR(80) NULL,
  role VARCHAR(40) CHARACTER SET ascii NULL,
  sent_at DATETIME(3) NOT NULL,
  entry_seq BIGINT UNSIGNED NULL COMMENT 'at the home: of the entry that was read',
  withdrawn_at DATETIME(3) NULL COMMENT 'when its withdrawal was asked for',
  outcome ENUM('done','refused','withdrawn') CHARACTER SET ascii NULL COMMENT 'NULL: not answered yet',
  reason_zh VARCHAR(1000) NULL,
  reason_en VARCHAR(1000) NULL,
  answered_at DATETIME(3) NULL,
  open_key VARCHAR(80) CHARACTER SET ascii NULL COMMENT 'record and event while not answered: one at a time',
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY open_key (platform_id, open_key),
  KEY record (platform_id, record_id, sent_at)
);
