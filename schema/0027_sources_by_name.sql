-- expand
-- Platforms stand in a membership's sources by name, which is longer than a number.
ALTER TABLE membership MODIFY COLUMN sources VARCHAR(1600) CHARACTER SET ascii NULL
  COMMENT 'of the open case: way:origin, comma-separated (whose review it is, ZJ-5); from before: way:platform';
