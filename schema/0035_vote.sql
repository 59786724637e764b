-- expand
-- Votes of a desk on a step of a row (core/record/vote.h), until the row leaves it.
CREATE TABLE vote (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL COMMENT 'of the row',
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  event VARCHAR(32) CHARACTER SET ascii NOT NULL,
  account_id BINARY(16) NOT NULL,
  record VARCHAR(40) CHARACTER SET ascii NOT NULL,
  at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id, step, event, account_id)
);
