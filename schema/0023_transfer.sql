-- expand
-- Transfer of an institution to another home: a row where it is asked for (its home) and one with the same id where it is decided.
CREATE TABLE transfer (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  institution_id BINARY(16) NOT NULL,
  institution_name VARCHAR(120) NOT NULL COMMENT 'as it was when asked for',
  uscc CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  from_platform INT UNSIGNED NOT NULL COMMENT 'its home until then',
  to_platform INT UNSIGNED NOT NULL COMMENT 'which decides',
  asked_as ENUM('institution','platform') NOT NULL,
  asked_by VARCHAR(80) NULL,
  asked_at DATETIME(3) NOT NULL,
  reason VARCHAR(1000) NOT NULL,
  products INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'when asked for; accounts likewise',
  accounts INT UNSIGNED NOT NULL DEFAULT 0,
  answer VARCHAR(1000) NULL COMMENT 'reason of the decision',
  decided_by VARCHAR(80) NULL,
  decided_at DATETIME(3) NULL,
  moved_at DATETIME(3) NULL,
  open_key BINARY(16) NULL COMMENT 'institution while undecided: one at a time',
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'sent, waiting, withdrawing, moving, moved, refused, withdrawn',
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

-- Where homes went: what a log said of an institution before it moved still holds (federation/homes.h).
CREATE TABLE identity_move (
  network_id INT UNSIGNED NOT NULL,
  institution_id BINARY(16) NOT NULL,
  transfer_id BINARY(16) NOT NULL,
  from_home INT UNSIGNED NOT NULL,
  to_home INT UNSIGNED NOT NULL,
  moved_at DATETIME(3) NOT NULL,
  PRIMARY KEY (network_id, institution_id, transfer_id)
);

-- Where an account went with its institution: who signs in with it here is told so.
ALTER TABLE account ADD COLUMN moved_to INT UNSIGNED NULL COMMENT 'platform' AFTER state;
