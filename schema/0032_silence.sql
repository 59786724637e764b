-- expand
-- What happens by itself when nobody says anything (core/record/silence.h): one row for each step on which a record waits
-- and each event that ends the waiting. The job that looks at it is in `job`.
CREATE TABLE silence (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL COMMENT 'of the row that waits',
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  event VARCHAR(32) CHARACTER SET ascii NOT NULL,
  record VARCHAR(40) CHARACTER SET ascii NOT NULL,
  fires_on DATE NOT NULL COMMENT 'the last day on which somebody may say something',
  tells_on DATE NULL COMMENT 'NULL: nobody is told, or they have been',
  stopped_on DATE NULL COMMENT 'since when the clock stands still',
  PRIMARY KEY (platform_id, id, step, event)
);
