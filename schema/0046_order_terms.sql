-- expand
-- What two sides of an order change or end by consent; who said that something was paid; who buys from elsewhere.
ALTER TABLE trade_order
  ADD COLUMN buyer_home INT UNSIGNED NULL AFTER buyer_id,
  ADD COLUMN public_money TINYINT(1) NOT NULL DEFAULT 0 AFTER needed_by,
  ADD COLUMN seller_standing ENUM('suspended','removed') NULL AFTER result,
  ADD COLUMN applied_at DATETIME(3) NULL AFTER seller_standing,
  ADD COLUMN completed_at DATETIME(3) NULL AFTER delivered_at,
  ADD COLUMN approved_by ENUM('buyer','silence') NULL AFTER approved_at,
  ADD COLUMN refused_at DATETIME(3) NULL AFTER approved_by,
  ADD COLUMN lapsed_at DATETIME(3) NULL AFTER refused_at,
  ADD COLUMN left_at DATETIME(3) NULL AFTER lapsed_at,
  ADD COLUMN ended_at DATETIME(3) NULL AFTER left_at;
CREATE TABLE order_change (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  home_id INT UNSIGNED NOT NULL,
  home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  order_id BINARY(16) NOT NULL,
  proposer_id BINARY(16) NULL,
  answerer_id BINARY(16) NULL,
  price BIGINT UNSIGNED NULL COMMENT 'fen',
  starts_on DATE NULL,
  ends_on DATE NULL,
  quantity INT UNSIGNED NULL,
  was_price BIGINT UNSIGNED NULL COMMENT 'fen',
  was_starts_on DATE NULL,
  was_ends_on DATE NULL,
  was_quantity INT UNSIGNED NULL,
  why VARCHAR(1000) NOT NULL,
  reason VARCHAR(1000) NULL,
  answered_at DATETIME(3) NULL,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL,
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  policy_hash BINARY(32) NULL,
  due_on DATE NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  KEY `order` (platform_id, order_id, created_at, id),
  KEY phase (platform_id, phase, created_at, id)
);
CREATE TABLE order_ending (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  home_id INT UNSIGNED NOT NULL,
  home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  order_id BINARY(16) NOT NULL,
  proposer_id BINARY(16) NULL,
  answerer_id BINARY(16) NULL,
  why VARCHAR(1000) NOT NULL,
  delivered VARCHAR(1000) NULL,
  settled BIGINT UNSIGNED NULL COMMENT 'fen',
  reason VARCHAR(1000) NULL,
  answered_at DATETIME(3) NULL,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL,
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  policy_hash BINARY(32) NULL,
  due_on DATE NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  KEY `order` (platform_id, order_id, created_at, id),
  KEY phase (platform_id, phase, created_at, id)
);
ALTER TABLE order_payment
  ADD COLUMN kind ENUM('payment','refund') NOT NULL DEFAULT 'payment' AFTER order_id,
  ADD COLUMN stater_id BINARY(16) NULL AFTER kind,
  ADD COLUMN answerer_id BINARY(16) NULL AFTER stater_id;
UPDATE order_payment p JOIN trade_order o ON o.platform_id = p.platform_id AND o.id = p.order_id
  SET p.stater_id = o.buyer_id, p.answerer_id = o.institution_id;
UPDATE trade_order SET buyer_home = home_id, applied_at = IF(phase = 'draft', NULL, created_at), refused_at = IF(step = 'refused', updated_at, NULL);
