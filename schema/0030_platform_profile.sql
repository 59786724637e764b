-- expand
-- What platforms say of themselves in their logs, to all: one copy for the platforms of a network that this database holds. No code reads
-- another platform's settings.
CREATE TABLE platform_profile (
  network_id INT UNSIGNED NOT NULL,
  platform INT UNSIGNED NOT NULL COMMENT 'whose',
  seq BIGINT UNSIGNED NOT NULL COMMENT 'of the entry that said so',
  version INT UNSIGNED NOT NULL COMMENT 'of its policy',
  state VARCHAR(16) CHARACTER SET ascii NOT NULL,
  content TEXT NOT NULL COMMENT 'JSON: names, level, region, address, parent',
  policy_hash BINARY(32) NOT NULL COMMENT 'of the excerpt, in policy_document',
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (network_id, platform)
);
