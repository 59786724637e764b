CREATE TABLE panel (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  title VARCHAR(40) NOT NULL,
  claimed_by BINARY(16) NULL,
  claimed_name VARCHAR(60) NULL,
  claimed_until DATETIME(3) NULL,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL,
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id)
);
