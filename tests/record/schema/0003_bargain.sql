-- One row with two organisations and a person.
CREATE TABLE bargain (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  buyer_id BINARY(16) NULL,
  buyer_home INT UNSIGNED NULL,
  seller_id BINARY(16) NULL,
  advisor_account BINARY(16) NULL,
  title VARCHAR(40) NOT NULL,
  price BIGINT UNSIGNED NULL,
  mobile VARCHAR(20) NULL,
  cost BIGINT UNSIGNED NULL,
  memo VARCHAR(40) NULL,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL,
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  policy_hash BINARY(32) NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  KEY buyer (platform_id, buyer_id, id),
  KEY seller (platform_id, seller_id, id)
);
