-- contract
-- Offers are sealed until an instant, not a day; what a demand came to; questions that all read.
ALTER TABLE demand
  ADD COLUMN closes_at DATETIME(3) NULL AFTER until,
  ADD COLUMN delivery VARCHAR(200) NULL,
  ADD COLUMN cause VARCHAR(16) CHARACTER SET ascii NULL,
  ADD COLUMN winner_name VARCHAR(120) NULL,
  ADD COLUMN order_id BINARY(16) NULL,
  ADD COLUMN order_number VARCHAR(32) CHARACTER SET ascii NULL,
  ADD COLUMN opened_at DATETIME(3) NULL;
-- The day was over at midnight of China.
UPDATE demand SET closes_at = TIMESTAMP(until) + INTERVAL 16 HOUR - INTERVAL 1 SECOND;
ALTER TABLE demand DROP COLUMN until, MODIFY closes_at DATETIME(3) NOT NULL, ADD KEY closes (platform_id, phase, closes_at, id);
UPDATE demand SET phase = 'ordered', step = 'ordered' WHERE phase = 'awarded';
ALTER TABLE bid
  ADD COLUMN demand_title VARCHAR(80) NULL,
  ADD COLUMN reason_en VARCHAR(1000) NULL,
  ADD COLUMN submitted_at DATETIME(3) NULL,
  ADD COLUMN late TINYINT(1) NOT NULL DEFAULT 0,
  ADD COLUMN winner_name VARCHAR(120) NULL,
  ADD COLUMN order_id BINARY(16) NULL,
  ADD COLUMN order_number VARCHAR(32) CHARACTER SET ascii NULL;
UPDATE bid b JOIN demand d ON d.platform_id = b.platform_id AND d.id = b.demand_id SET b.demand_title = d.title;
UPDATE bid SET phase = 'submitted', step = 'submitted' WHERE phase = 'waiting';
UPDATE bid SET phase = 'won', step = 'won' WHERE phase = 'chosen';
UPDATE bid SET phase = 'lost' WHERE phase = 'ended' AND step = 'lost';
UPDATE bid SET phase = 'unopened' WHERE phase = 'ended';
-- An order that comes from an offer is of no listing.
ALTER TABLE trade_order MODIFY listing_id BINARY(16) NULL;
CREATE TABLE demand_question (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  demand_id BINARY(16) NOT NULL,
  institution_id BINARY(16) NOT NULL COMMENT 'who asks, and nobody else is told',
  question VARCHAR(1000) NOT NULL,
  answer VARCHAR(2000) NULL,
  answered_at DATETIME(3) NULL,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL,
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  KEY demand (platform_id, demand_id, created_at, id),
  KEY asker (platform_id, institution_id, created_at, id)
);
