-- expand
-- Numbers of rows that the engine keeps for counters that declarations name (core/record/count.h).
CREATE TABLE record_count (
  platform_id INT UNSIGNED NOT NULL,
  name VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  per VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'values that it is kept for, separated by /',
  bucket VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number BIGINT NOT NULL,
  total BIGINT NOT NULL,
  PRIMARY KEY (platform_id, name, per, bucket)
);
INSERT INTO record_count (platform_id, name, per, bucket, number, total)
  SELECT platform_id, 'announcements', '', phase, COUNT(*), 0 FROM announcement GROUP BY platform_id, phase;
