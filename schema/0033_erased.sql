-- expand
-- A person's data that was erased here: what an older entry of that home still says of it, in a log that is read again, is left out.
CREATE TABLE erased (
  platform_id INT UNSIGNED NOT NULL,
  record_type VARCHAR(32) CHARACTER SET ascii NOT NULL,
  record_id BINARY(16) NOT NULL,
  home_id INT UNSIGNED NOT NULL COMMENT 'whose log said so',
  erased_at DATETIME(3) NOT NULL COMMENT 'when that entry was written',
  PRIMARY KEY (platform_id, record_id, record_type)
);
