-- expand
-- What a platform that holds a copy of a profile asks its home to put right: a row where it is asked, and one with the same id at the
-- institution's home, which decides.
CREATE TABLE correction (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  institution_id BINARY(16) NOT NULL,
  institution_name VARCHAR(120) NOT NULL,
  institution_home INT UNSIGNED NOT NULL COMMENT 'where it is decided',
  from_platform INT UNSIGNED NOT NULL COMMENT 'where it is asked for',
  from_name VARCHAR(80) NOT NULL,
  changes MEDIUMTEXT NOT NULL COMMENT 'JSON: the fields of the institution with the values asked for',
  profile_version INT UNSIGNED NOT NULL COMMENT 'of the profile that the asking platform saw',
  reason VARCHAR(1000) NOT NULL,
  asked_by VARCHAR(80) NULL,
  asked_at DATETIME(3) NOT NULL,
  answer VARCHAR(1000) NULL COMMENT 'reason of the decision',
  decided_by VARCHAR(80) NULL,
  decided_at DATETIME(3) NULL,
  open_key VARCHAR(64) CHARACTER SET ascii NULL COMMENT 'institution and asking platform while undecided: one at a time',
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'sent, waiting, withdrawing, accepted, refused, withdrawn',
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  policy_hash BINARY(32) NULL,
  due_on DATE NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY open_key (platform_id, open_key),
  KEY phase (platform_id, phase, created_at),
  KEY institution (platform_id, institution_id)
);
