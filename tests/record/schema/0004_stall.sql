-- What visitors see of, and what is counted.
CREATE TABLE stall (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  home_id INT UNSIGNED NOT NULL,
  home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  institution_id BINARY(16) NOT NULL,
  title VARCHAR(60) NOT NULL,
  region_code CHAR(6) CHARACTER SET ascii NULL,
  kind ENUM('goods','service') NOT NULL,
  price BIGINT UNSIGNED NULL,
  mobile VARCHAR(20) NULL,
  email_sealed VARBINARY(300) NULL,
  email_hint VARCHAR(60) NULL,
  secret VARCHAR(200) NULL,
  story MEDIUMTEXT NULL,
  notes MEDIUMTEXT NULL,
  open TINYINT(1) NOT NULL DEFAULT 0,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL,
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id)
);
-- On a stall.
CREATE TABLE ware (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  institution_id BINARY(16) NOT NULL,
  stall_id BINARY(16) NOT NULL,
  name VARCHAR(60) NOT NULL,
  cost BIGINT UNSIGNED NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id)
);
