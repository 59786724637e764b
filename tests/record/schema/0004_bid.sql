-- Records under a bargain: one with a side of its own, one with its parent's alone.
CREATE TABLE sample_bid (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  bargain_id BINARY(16) NOT NULL,
  bidder_id BINARY(16) NOT NULL,
  price BIGINT UNSIGNED NULL,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL,
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  KEY bargain (platform_id, bargain_id, phase)
);
CREATE TABLE sample_amendment (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  bargain_id BINARY(16) NOT NULL,
  content VARCHAR(40) NOT NULL,
  secret VARCHAR(40) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  KEY bargain (platform_id, bargain_id)
);
