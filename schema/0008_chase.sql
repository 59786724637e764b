-- expand
-- What each desk was told of its overdue work: once on a working day, whichever server does it.
CREATE TABLE chase (
  platform_id INT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  count INT UNSIGNED NOT NULL COMMENT 'overdue items',
  days INT UNSIGNED NOT NULL COMMENT 'working days that the oldest had waited',
  told INT UNSIGNED NOT NULL COMMENT 'people',
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, day)
);
