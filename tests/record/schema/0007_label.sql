CREATE TABLE label (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  home_id INT UNSIGNED NOT NULL,
  home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  parcel_id BINARY(16) NOT NULL,
  words VARCHAR(40) NOT NULL,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL,
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  KEY parcel (platform_id, parcel_id)
);
