-- expand
-- Who has read which message: one for several people is read by each. message.read_at remains from before, and means read by all.
CREATE TABLE message_read (
  platform_id INT UNSIGNED NOT NULL,
  account_id BINARY(16) NOT NULL,
  message_id BINARY(16) NOT NULL,
  read_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, account_id, message_id)
);
-- Up to where somebody has read everything (ids begin with the time): what is counted is what came later, however much there was.
CREATE TABLE message_seen (
  platform_id INT UNSIGNED NOT NULL,
  account_id BINARY(16) NOT NULL,
  up_to BINARY(16) NOT NULL COMMENT 'message ids, this one included',
  seen_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, account_id)
);
