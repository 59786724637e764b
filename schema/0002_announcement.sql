-- expand
-- What a platform tells its visitors: shown on its portal once published.
CREATE TABLE announcement (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  title VARCHAR(120) NOT NULL,
  summary VARCHAR(300) NULL,
  body MEDIUMTEXT NULL COMMENT 'JSON blocks',
  published_at DATETIME(3) NULL,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL,
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  policy_hash BINARY(32) NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  KEY published (platform_id, phase, published_at)
);
