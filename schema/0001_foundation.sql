-- expand
-- The tables of the first version. A table with platform_id belongs to a platform, one with network_id (and no
-- platform_id) to a network, the others to the server. Times are UTC. Ids are UUIDv7; money is in fen.
--
-- Record tables share: version (bumped by every write), phase and step (lifecycle; NULL without one), policy_hash (the
-- policy that a running case began with), home_id (the platform that alone writes the record; a row with
-- home_id <> platform_id is a copy, written only by applying home's log, home_seq being the last entry applied).

-- ---- The server ----

CREATE TABLE network (
  id INT UNSIGNED NOT NULL PRIMARY KEY,
  slug VARCHAR(40) CHARACTER SET ascii NOT NULL UNIQUE,
  name_zh VARCHAR(80) NOT NULL,
  name_en VARCHAR(120) NOT NULL,
  created_at DATETIME(3) NOT NULL
);

CREATE TABLE tenant (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  network INT UNSIGNED NOT NULL,
  parent INT UNSIGNED NULL,
  slug VARCHAR(40) CHARACTER SET ascii NOT NULL UNIQUE,
  level VARCHAR(16) CHARACTER SET ascii NOT NULL,
  kind VARCHAR(16) CHARACTER SET ascii NOT NULL,
  region_code CHAR(6) CHARACTER SET ascii NOT NULL,
  number_code VARCHAR(8) CHARACTER SET ascii NOT NULL,
  name_zh VARCHAR(80) NOT NULL,
  name_en VARCHAR(120) NOT NULL,
  state ENUM('active','suspended','closed') NOT NULL DEFAULT 'active',
  policy_hash BINARY(32) NULL,
  policy_version INT UNSIGNED NOT NULL DEFAULT 0,
  demonstration TINYINT(1) NOT NULL DEFAULT 0,
  created_at DATETIME(3) NOT NULL,
  UNIQUE KEY number_code (network, number_code),
  KEY parent (parent)
) COMMENT 'platforms; ids are platform_id elsewhere';

CREATE TABLE tenant_host (
  host VARCHAR(253) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  tenant INT UNSIGNED NOT NULL,
  main TINYINT(1) NOT NULL DEFAULT 0,
  KEY tenant (tenant)
);

CREATE TABLE policy_document (
  hash BINARY(32) NOT NULL PRIMARY KEY,
  document MEDIUMTEXT NOT NULL,
  created_at DATETIME(3) NOT NULL
) COMMENT 'flattened policies, shared by hash, never changed';

CREATE TABLE policy_version (
  tenant INT UNSIGNED NOT NULL,
  version INT UNSIGNED NOT NULL,
  hash BINARY(32) NOT NULL,
  source MEDIUMTEXT NOT NULL COMMENT 'the YAML as it was given, for children to inherit from',
  created_at DATETIME(3) NOT NULL,
  created_by VARCHAR(80) NOT NULL,
  PRIMARY KEY (tenant, version)
);

CREATE TABLE change_head (
  topic VARCHAR(32) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  seq BIGINT UNSIGNED NOT NULL
) COMMENT 'bumped with what servers cache: platforms, grants, regions, calendar';

INSERT INTO change_head (topic, seq) VALUES ('platforms', 1), ('grants', 1), ('regions', 1), ('calendar', 1);

CREATE TABLE server_meta (
  name VARCHAR(40) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  value VARCHAR(255) NOT NULL
);

-- ---- The network ----

CREATE TABLE region (
  network_id INT UNSIGNED NOT NULL,
  code CHAR(6) CHARACTER SET ascii NOT NULL,
  parent_code CHAR(6) CHARACTER SET ascii NULL,
  name VARCHAR(60) NOT NULL,
  kind ENUM('province','city','county','zone') NOT NULL,
  valid_from DATE NULL,
  valid_to DATE NULL,
  aliases VARCHAR(120) CHARACTER SET ascii NULL,
  PRIMARY KEY (network_id, code),
  KEY parent (network_id, parent_code)
);

CREATE TABLE calendar_day (
  network_id INT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  working TINYINT(1) NOT NULL,
  name VARCHAR(60) NOT NULL,
  PRIMARY KEY (network_id, day)
);

CREATE TABLE identity (
  network_id INT UNSIGNED NOT NULL,
  uscc CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  institution_id BINARY(16) NOT NULL,
  home INT UNSIGNED NOT NULL COMMENT 'platform id',
  name VARCHAR(120) NOT NULL,
  kind ENUM('institution','enterprise') NOT NULL DEFAULT 'institution',
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (network_id, uscc),
  UNIQUE KEY institution (network_id, institution_id)
) COMMENT 'one institution is one USCC in its network';

CREATE TABLE uscc_override (
  network_id INT UNSIGNED NOT NULL,
  uscc CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason VARCHAR(200) NOT NULL,
  accepted_by VARCHAR(80) NULL,
  accepted_at DATETIME(3) NOT NULL,
  PRIMARY KEY (network_id, uscc)
) COMMENT 'codes that fail their check digit and were accepted by a reviewer';

CREATE TABLE number_series (
  network_id INT UNSIGNED NOT NULL,
  series VARCHAR(24) CHARACTER SET ascii NOT NULL COMMENT 'PX-331100',
  next BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (network_id, series)
);

-- ---- The log ----

CREATE TABLE head (
  platform_id INT UNSIGNED NOT NULL PRIMARY KEY,
  epoch INT UNSIGNED NOT NULL DEFAULT 1,
  seq BIGINT UNSIGNED NOT NULL DEFAULT 0
);

CREATE TABLE log_entry (
  platform_id INT UNSIGNED NOT NULL,
  seq BIGINT UNSIGNED NOT NULL,
  epoch INT UNSIGNED NOT NULL,
  kind VARCHAR(64) CHARACTER SET ascii NOT NULL,
  record_type VARCHAR(32) CHARACTER SET ascii NOT NULL,
  record_id BINARY(16) NOT NULL,
  audience TINYINT UNSIGNED NOT NULL,
  actor_id BINARY(16) NULL,
  actor_name VARCHAR(80) NULL,
  actor_role VARCHAR(32) CHARACTER SET ascii NULL,
  client VARCHAR(45) CHARACTER SET ascii NULL,
  at DATETIME(3) NOT NULL,
  commitment BINARY(32) NOT NULL,
  leaf BINARY(32) NOT NULL,
  PRIMARY KEY (platform_id, seq),
  KEY record (platform_id, record_id, seq),
  KEY kind (platform_id, kind, seq)
);

CREATE TABLE log_payload (
  platform_id INT UNSIGNED NOT NULL,
  seq BIGINT UNSIGNED NOT NULL,
  salt BINARY(16) NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  PRIMARY KEY (platform_id, seq)
);

CREATE TABLE log_address (
  reader INT UNSIGNED NOT NULL COMMENT 'platform id of the addressee',
  platform_id INT UNSIGNED NOT NULL COMMENT 'whose log',
  seq BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (reader, platform_id, seq)
);

CREATE TABLE log_cursor (
  platform_id INT UNSIGNED NOT NULL COMMENT 'the reader',
  source INT UNSIGNED NOT NULL COMMENT 'whose log',
  epoch INT UNSIGNED NOT NULL DEFAULT 1,
  seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  tries INT UNSIGNED NOT NULL DEFAULT 0,
  error VARCHAR(255) NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, source)
);

CREATE TABLE log_parked (
  platform_id INT UNSIGNED NOT NULL COMMENT 'the reader',
  source INT UNSIGNED NOT NULL,
  seq BIGINT UNSIGNED NOT NULL,
  record_id BINARY(16) NOT NULL,
  kind VARCHAR(64) CHARACTER SET ascii NOT NULL,
  tries INT UNSIGNED NOT NULL,
  error VARCHAR(500) NOT NULL,
  parked_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, source, seq),
  KEY record (platform_id, record_id)
);

-- ---- Work done later ----

CREATE TABLE job (
  id BINARY(16) NOT NULL PRIMARY KEY,
  kind VARCHAR(32) CHARACTER SET ascii NOT NULL,
  tenant INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'platform id, 0 the server',
  network INT UNSIGNED NOT NULL DEFAULT 0,
  unique_key VARCHAR(120) CHARACTER SET ascii NULL,
  payload MEDIUMTEXT NOT NULL,
  run_at DATETIME(3) NOT NULL,
  lease_until DATETIME(3) NULL,
  lease_owner BINARY(16) NULL,
  attempts INT UNSIGNED NOT NULL DEFAULT 0,
  parked TINYINT(1) NOT NULL DEFAULT 0,
  error VARCHAR(500) NULL,
  created_at DATETIME(3) NOT NULL,
  UNIQUE KEY unique_key (kind, unique_key),
  KEY due (parked, run_at)
);

CREATE TABLE operation (
  platform_id INT UNSIGNED NOT NULL,
  account_id BINARY(16) NOT NULL,
  op_key VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_hash BINARY(32) NOT NULL,
  status SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  answer MEDIUMTEXT NULL,
  expires_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, account_id, op_key),
  KEY expires (expires_at)
) COMMENT 'Idempotency-Key, and what settles an unknown COMMIT';

CREATE TABLE rate_limit (
  platform_id INT UNSIGNED NOT NULL,
  subject VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what is limited: sign-in:<account>, invite:<account>',
  window_start DATETIME(3) NOT NULL,
  used INT UNSIGNED NOT NULL,
  PRIMARY KEY (platform_id, subject)
);

-- ---- Accounts ----

CREATE TABLE account (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  user_name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  name VARCHAR(60) NOT NULL,
  kind ENUM('staff','institution','enterprise','visitor') NOT NULL COMMENT 'visitor: signed in elsewhere, by hand-off',
  state ENUM('active','disabled','closed') NOT NULL DEFAULT 'active',
  institution_id BINARY(16) NULL,
  home INT UNSIGNED NOT NULL COMMENT 'platform where it was registered',
  home_account_id BINARY(16) NULL,
  mobile_sealed VARBINARY(160) NULL,
  mobile_index BINARY(32) NULL,
  mobile_hint VARCHAR(20) NULL,
  email VARCHAR(120) NULL,
  password_hash VARCHAR(255) CHARACTER SET ascii NULL,
  password_history TEXT CHARACTER SET ascii NULL,
  password_changed_at DATETIME(3) NULL,
  must_change TINYINT(1) NOT NULL DEFAULT 0 COMMENT 'the password was set by somebody else',
  totp_sealed VARBINARY(160) NULL,
  totp_step BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of the last code taken: none is taken twice',
  failures INT UNSIGNED NOT NULL DEFAULT 0,
  failed_since DATETIME(3) NULL COMMENT 'when the present run of failures began',
  locked_until DATETIME(3) NULL,
  last_sign_in_at DATETIME(3) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY user_name (platform_id, user_name),
  UNIQUE KEY mobile (platform_id, mobile_index, kind),
  UNIQUE KEY visitor (platform_id, home, home_account_id),
  KEY institution (platform_id, institution_id)
);

CREATE TABLE account_role (
  platform_id INT UNSIGNED NOT NULL,
  account_id BINARY(16) NOT NULL,
  role VARCHAR(32) CHARACTER SET ascii NOT NULL,
  permissions VARCHAR(500) CHARACTER SET ascii NULL COMMENT 'menu permissions of a sub-account (DX-14); NULL all of the role',
  granted_by BINARY(16) NULL,
  granted_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, account_id, role)
);

CREATE TABLE session (
  platform_id INT UNSIGNED NOT NULL,
  token_hash BINARY(32) NOT NULL,
  id BINARY(16) NOT NULL COMMENT 'how its owner names it; opens nothing',
  account_id BINARY(16) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  seen_at DATETIME(3) NOT NULL,
  expires_at DATETIME(3) NOT NULL,
  client VARCHAR(45) CHARACTER SET ascii NULL,
  agent VARCHAR(120) NULL COMMENT 'the browser, as it calls itself',
  needs VARCHAR(16) CHARACTER SET ascii NULL COMMENT 'password, totp: only that may be done until it is',
  PRIMARY KEY (platform_id, token_hash),
  UNIQUE KEY id (platform_id, id),
  KEY account (platform_id, account_id),
  KEY expires (expires_at)
);

CREATE TABLE external_identity (
  platform_id INT UNSIGNED NOT NULL,
  provider VARCHAR(32) CHARACTER SET ascii NOT NULL,
  subject VARCHAR(190) COLLATE utf8mb4_bin NOT NULL,
  account_id BINARY(16) NOT NULL,
  bound_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, provider, subject),
  KEY account (platform_id, account_id)
);

CREATE TABLE api_key (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  account_id BINARY(16) NOT NULL,
  name VARCHAR(60) NOT NULL,
  key_hash BINARY(32) NOT NULL,
  expires_at DATETIME(3) NULL,
  last_used_at DATETIME(3) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY key_hash (platform_id, key_hash)
);

CREATE TABLE one_time (
  platform_id INT UNSIGNED NOT NULL,
  token_hash BINARY(32) NOT NULL,
  purpose VARCHAR(24) CHARACTER SET ascii NOT NULL COMMENT 'admin_link, password_link, hand_off, sms_code, second_factor, external',
  subject VARCHAR(190) NOT NULL,
  payload TEXT NULL,
  tries INT UNSIGNED NOT NULL DEFAULT 0,
  expires_at DATETIME(3) NOT NULL,
  used_at DATETIME(3) NULL,
  PRIMARY KEY (platform_id, token_hash),
  KEY subject (platform_id, purpose, subject),
  KEY expires (expires_at)
);

CREATE TABLE identity_request (
  platform_id INT UNSIGNED NOT NULL COMMENT 'home of the institution asked for',
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  institution_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL COMMENT 'who asks',
  account_name VARCHAR(60) NOT NULL,
  kind ENUM('claim','join') NOT NULL COMMENT 'claim: I own it, reviewed by the platform; join: I work there, approved by its owner',
  statement VARCHAR(1000) NOT NULL,
  open_key BINARY(16) NULL COMMENT 'the account while undecided: one at a time',
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'waiting, approved, refused, withdrawn',
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  policy_hash BINARY(32) NULL,
  reason VARCHAR(500) NULL,
  decided_name VARCHAR(60) NULL,
  decided_at DATETIME(3) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY open_key (platform_id, open_key),
  KEY institution (platform_id, institution_id, phase)
);

-- ---- Institutions and their standing ----

CREATE TABLE institution (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  home_id INT UNSIGNED NOT NULL,
  home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  uscc CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uscc_override VARCHAR(200) NULL COMMENT 'why a reviewer accepted a code that fails its check digit',
  name VARCHAR(120) NOT NULL,
  short_name VARCHAR(40) NULL,
  type VARCHAR(24) CHARACTER SET ascii NOT NULL COMMENT 'social_service, government_service, saas_service, expert (HN-1)',
  organisation_type VARCHAR(24) CHARACTER SET ascii NOT NULL COMMENT 'enterprise, partnership, public_institution, association, private_non_enterprise, foundation, individual, cooperative, government',
  region_code CHAR(6) CHARACTER SET ascii NOT NULL,
  address VARCHAR(200) NULL,
  registered_on DATE NULL,
  registered_capital BIGINT UNSIGNED NULL COMMENT 'fen',
  legal_representative VARCHAR(60) NULL,
  contact_name VARCHAR(60) NULL,
  contact_mobile_sealed VARBINARY(160) NULL,
  contact_mobile_index BINARY(32) NULL,
  contact_mobile_hint VARCHAR(20) NULL,
  contact_email VARCHAR(120) NULL,
  service_phone VARCHAR(40) NULL,
  website VARCHAR(200) NULL,
  categories VARCHAR(300) NULL COMMENT 'JSON array of category codes',
  introduction TEXT NULL,
  annual_income BIGINT UNSIGNED NULL COMMENT 'last year, fen',
  insured_staff INT UNSIGNED NULL,
  full_time_staff INT UNSIGNED NULL,
  qualified_staff INT UNSIGNED NULL COMMENT 'college degree or above, or intermediate title or above; a person counts once',
  enterprises_served INT UNSIGNED NULL COMMENT 'a year',
  penalty_free TINYINT(1) NULL COMMENT 'declares: no administrative penalty in three years, no pending case',
  fixed_premises TINYINT(1) NULL,
  logo BINARY(16) NULL COMMENT 'attachment',
  extra LONGTEXT NULL COMMENT 'extra fields of the platform''s form, JSON',
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY uscc (platform_id, uscc),
  KEY region (platform_id, region_code),
  KEY name (platform_id, name)
);

CREATE TABLE qualification (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  home_id INT UNSIGNED NOT NULL,
  home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  institution_id BINARY(16) NOT NULL,
  kind VARCHAR(32) CHARACTER SET ascii NOT NULL,
  name VARCHAR(120) NOT NULL,
  number VARCHAR(60) NULL,
  issuer VARCHAR(120) NULL,
  issued_on DATE NULL,
  expires_on DATE NULL,
  reminded_at DATETIME(3) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  KEY institution (platform_id, institution_id),
  KEY expires (platform_id, expires_on)
);

CREATE TABLE attachment (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  record_type VARCHAR(32) CHARACTER SET ascii NOT NULL,
  record_id BINARY(16) NOT NULL,
  institution_id BINARY(16) NULL,
  purpose VARCHAR(32) CHARACTER SET ascii NOT NULL,
  file_name VARCHAR(160) NOT NULL,
  media_type VARCHAR(80) CHARACTER SET ascii NOT NULL,
  size BIGINT UNSIGNED NOT NULL,
  sha256 BINARY(32) NOT NULL,
  variants VARCHAR(500) NULL COMMENT 'JSON: three sizes of a picture (HN-5)',
  uploaded_by BINARY(16) NULL,
  home_id INT UNSIGNED NOT NULL,
  home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  KEY record (platform_id, record_id),
  KEY sha (sha256)
);

CREATE TABLE membership (
  platform_id INT UNSIGNED NOT NULL COMMENT 'where this row is read',
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  home_id INT UNSIGNED NOT NULL COMMENT 'the platform that the membership is on',
  home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  institution_id BINARY(16) NOT NULL,
  institution_home INT UNSIGNED NOT NULL,
  uscc CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(120) NOT NULL,
  way VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'self, recommendation, invitation, join, acceptance',
  sources VARCHAR(200) CHARACTER SET ascii NULL COMMENT 'of the open case: way:platform, comma-separated (whose review it is, ZJ-5)',
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'applied, supplement, refused, active, suspended, expired, left, removed',
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  reason VARCHAR(500) NULL,
  policy_hash BINARY(32) NULL,
  since DATETIME(3) NULL,
  until DATE NULL,
  first_live_at DATETIME(3) NULL COMMENT 'first product on this platform''s shelf',
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY standing (platform_id, home_id, institution_id),
  KEY institution (platform_id, institution_id),
  KEY phase (platform_id, home_id, phase)
);

CREATE TABLE consent (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  institution_id BINARY(16) NOT NULL,
  account_id BINARY(16) NULL,
  purpose VARCHAR(40) CHARACTER SET ascii NOT NULL,
  to_platform INT UNSIGNED NOT NULL,
  text_version VARCHAR(40) NOT NULL,
  given_at DATETIME(3) NOT NULL,
  withdrawn_at DATETIME(3) NULL,
  PRIMARY KEY (platform_id, id),
  KEY institution (platform_id, institution_id)
);

-- ---- The ways in ----

CREATE TABLE application (
  platform_id INT UNSIGNED NOT NULL COMMENT 'home of the institution',
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  institution_id BINARY(16) NOT NULL,
  to_platform INT UNSIGNED NOT NULL,
  way VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'self, join, invitation',
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'draft, sent, waiting, supplement, withdrawing, withdrawn, approved, refused',
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  open_key VARCHAR(64) CHARACTER SET ascii NULL COMMENT 'institution and target while undecided: one at a time',
  dossier MEDIUMTEXT NULL,
  dossier_hash BINARY(32) NULL,
  case_id BINARY(16) NULL,
  case_version INT UNSIGNED NOT NULL DEFAULT 0,
  desk VARCHAR(80) NULL COMMENT 'which desk holds it, as told by the deciding platform',
  reason VARCHAR(1000) NULL,
  previous_id BINARY(16) NULL,
  sent_at DATETIME(3) NULL,
  decided_at DATETIME(3) NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY open_key (platform_id, open_key),
  KEY institution (platform_id, institution_id)
);

CREATE TABLE recommendation (
  platform_id INT UNSIGNED NOT NULL COMMENT 'the city that makes it',
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  institution_id BINARY(16) NOT NULL,
  uscc CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(120) NOT NULL,
  to_platform INT UNSIGNED NOT NULL,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'sent, waiting, supplement, withdrawing, withdrawn, approved, refused',
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  open_key BINARY(16) NULL COMMENT 'institution while undecided: one at a time',
  annual_income BIGINT UNSIGNED NULL COMMENT 'fen',
  insured_staff INT UNSIGNED NULL,
  qualified_staff INT UNSIGNED NULL,
  enterprises_served INT UNSIGNED NULL,
  reason VARCHAR(2000) NOT NULL COMMENT 'why the city recommends',
  dossier MEDIUMTEXT NOT NULL,
  dossier_hash BINARY(32) NOT NULL,
  batch_id BINARY(16) NULL,
  case_id BINARY(16) NULL,
  case_version INT UNSIGNED NOT NULL DEFAULT 0,
  desk VARCHAR(80) NULL,
  decision_reason VARCHAR(1000) NULL,
  previous_id BINARY(16) NULL COMMENT 'the refused one that this follows',
  sent_by BINARY(16) NULL,
  sent_at DATETIME(3) NOT NULL,
  decided_at DATETIME(3) NULL,
  first_live_at DATETIME(3) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY open_key (platform_id, open_key),
  KEY institution (platform_id, institution_id),
  KEY phase (platform_id, phase, sent_at)
);

CREATE TABLE entry_case (
  platform_id INT UNSIGNED NOT NULL COMMENT 'the platform that decides',
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  number VARCHAR(24) CHARACTER SET ascii NOT NULL,
  uscc CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  open_uscc CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'while undecided: one case per USCC and platform',
  institution_id BINARY(16) NOT NULL,
  institution_home INT UNSIGNED NOT NULL,
  name VARCHAR(120) NOT NULL,
  region_code CHAR(6) CHARACTER SET ascii NOT NULL,
  ways VARCHAR(60) CHARACTER SET ascii NOT NULL COMMENT 'of its active sources, comma-separated',
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'waiting, supplement, approved, refused, withdrawn',
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  policy_hash BINARY(32) NULL,
  dossier MEDIUMTEXT NOT NULL,
  conditions TEXT NOT NULL COMMENT 'JSON: each entry condition with its result (ZJ-8)',
  claimed_by BINARY(16) NULL,
  claimed_name VARCHAR(60) NULL,
  claimed_until DATETIME(3) NULL,
  due_on DATE NULL,
  clock_stopped_on DATE NULL,
  decided_by BINARY(16) NULL,
  decided_name VARCHAR(60) NULL,
  decided_at DATETIME(3) NULL,
  decision_reason VARCHAR(1000) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY open_uscc (platform_id, open_uscc),
  UNIQUE KEY number (platform_id, number),
  KEY queue (platform_id, phase, created_at),
  KEY institution (platform_id, institution_id)
);

CREATE TABLE case_source (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL COMMENT 'the id of the application, recommendation or invitation',
  case_id BINARY(16) NOT NULL,
  way VARCHAR(16) CHARACTER SET ascii NOT NULL,
  from_platform INT UNSIGNED NOT NULL,
  from_name VARCHAR(80) NOT NULL,
  state ENUM('active','withdrawn','decided') NOT NULL,
  dossier MEDIUMTEXT NOT NULL,
  dossier_hash BINARY(32) NOT NULL,
  opinion VARCHAR(2000) NULL,
  author VARCHAR(60) NULL,
  author_id BINARY(16) NULL COMMENT 'account at from_platform: recusal when it is the same person',
  created_at DATETIME(3) NOT NULL,
  withdrawn_at DATETIME(3) NULL,
  PRIMARY KEY (platform_id, id),
  KEY case_id (platform_id, case_id)
);

CREATE TABLE supplement (
  platform_id INT UNSIGNED NOT NULL COMMENT 'the deciding platform, or a copy where it must be answered',
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  home_id INT UNSIGNED NOT NULL,
  home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  case_id BINARY(16) NOT NULL,
  institution_id BINARY(16) NOT NULL,
  institution_name VARCHAR(120) NOT NULL,
  addressee ENUM('city','institution') NOT NULL,
  to_platform INT UNSIGNED NOT NULL,
  item VARCHAR(80) NOT NULL COMMENT 'what is asked: a condition, a field, a document',
  question VARCHAR(1000) NOT NULL,
  answer VARCHAR(4000) NULL,
  state ENUM('open','answered','accepted','void') NOT NULL,
  due_on DATE NULL,
  asked_at DATETIME(3) NOT NULL,
  answered_at DATETIME(3) NULL,
  answered_by VARCHAR(60) NULL,
  PRIMARY KEY (platform_id, id),
  KEY case_id (platform_id, case_id),
  KEY state (platform_id, state),
  KEY institution (platform_id, institution_id)
);

CREATE TABLE case_view (
  platform_id INT UNSIGNED NOT NULL,
  case_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  seen_version INT UNSIGNED NOT NULL,
  seen_seq BIGINT UNSIGNED NOT NULL,
  seen_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, case_id, account_id)
);

CREATE TABLE invitation (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  uscc CHAR(18) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(120) NOT NULL,
  code_hash BINARY(32) NOT NULL,
  code_hint CHAR(4) CHARACTER SET ascii NOT NULL COMMENT 'last group, to recognise one on the telephone',
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'issued, delivered, opened, redeemed, expired, revoked, void',
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  contact_name VARCHAR(60) NULL,
  contact_mobile_sealed VARBINARY(160) NULL,
  contact_mobile_index BINARY(32) NULL,
  contact_mobile_hint VARCHAR(20) NULL,
  contact_email VARCHAR(120) NULL,
  message VARCHAR(500) NULL,
  delivery VARCHAR(16) CHARACTER SET ascii NOT NULL DEFAULT 'queued' COMMENT 'queued, sent, delivered, failed, none',
  expires_at DATETIME(3) NOT NULL,
  replaces_id BINARY(16) NULL,
  replaced_by BINARY(16) NULL,
  batch_id BINARY(16) NULL,
  requested_again_at DATETIME(3) NULL,
  issued_by BINARY(16) NULL,
  opened_at DATETIME(3) NULL,
  redeemed_at DATETIME(3) NULL,
  redeemed_from INT UNSIGNED NULL COMMENT 'platform of the account that redeemed it',
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY code_hash (platform_id, code_hash),
  KEY uscc (platform_id, uscc),
  KEY phase (platform_id, phase)
);

-- ---- Products and listings ----

CREATE TABLE product (
  platform_id INT UNSIGNED NOT NULL COMMENT 'home of the institution',
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  institution_id BINARY(16) NOT NULL,
  number VARCHAR(32) CHARACTER SET ascii NOT NULL COMMENT 'PX-331100-66821 (ZJ-9)',
  name VARCHAR(120) NOT NULL,
  category VARCHAR(32) CHARACTER SET ascii NOT NULL,
  industries VARCHAR(200) NULL COMMENT 'JSON array of codes',
  region_code CHAR(6) CHARACTER SET ascii NULL COMMENT 'where the service is offered',
  pricing ENUM('fixed','range','negotiable') NOT NULL,
  price BIGINT UNSIGNED NULL COMMENT 'fen; the lower bound of a range',
  price_high BIGINT UNSIGNED NULL,
  price_unit VARCHAR(20) NULL,
  summary VARCHAR(300) NULL,
  description MEDIUMTEXT NULL COMMENT 'JSON blocks',
  pictures VARCHAR(1000) NULL COMMENT 'JSON array of attachment ids with the size chosen',
  contact_phone VARCHAR(40) NULL,
  extra LONGTEXT NULL,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'draft, ready, deleted',
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  listed INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'platforms where it is live',
  copied_from BINARY(16) NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY number (platform_id, number),
  KEY institution (platform_id, institution_id, phase)
);

CREATE TABLE listing (
  platform_id INT UNSIGNED NOT NULL COMMENT 'where this row is read',
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  home_id INT UNSIGNED NOT NULL COMMENT 'the platform whose shelf it is',
  home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  product_id BINARY(16) NOT NULL,
  product_number VARCHAR(32) CHARACTER SET ascii NOT NULL,
  product_home INT UNSIGNED NOT NULL,
  institution_id BINARY(16) NOT NULL,
  institution_name VARCHAR(120) NOT NULL,
  phase VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'waiting, returned, active, delisted, refused, suspended',
  step VARCHAR(32) CHARACTER SET ascii NOT NULL,
  policy_hash BINARY(32) NULL,
  live TINYINT(1) NOT NULL DEFAULT 0 COMMENT 'an approved version is on the shelf',
  live_version INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of the product',
  name VARCHAR(120) NOT NULL COMMENT 'of the live version, else of the pending one; likewise below',
  category VARCHAR(32) CHARACTER SET ascii NOT NULL,
  region_code CHAR(6) CHARACTER SET ascii NOT NULL,
  pricing ENUM('fixed','range','negotiable') NOT NULL,
  price BIGINT UNSIGNED NULL,
  content MEDIUMTEXT NULL COMMENT 'the live version, JSON',
  pending_version INT UNSIGNED NOT NULL DEFAULT 0,
  pending MEDIUMTEXT NULL COMMENT 'the version in review, JSON',
  overrides TEXT NULL COMMENT 'what differs here from the product, JSON',
  request_count INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of the last request of the product''s home that this row answers',
  home_approved INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'version that the product''s home approved, as it told (HN-3)',
  reason VARCHAR(1000) NULL COMMENT 'opinion of the last decision',
  ended_by ENUM('institution','platform') NULL,
  due_on DATE NULL,
  submitted_at DATETIME(3) NULL,
  decided_at DATETIME(3) NULL,
  decided_name VARCHAR(60) NULL,
  published_at DATETIME(3) NULL,
  views INT UNSIGNED NOT NULL DEFAULT 0,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY shelf (platform_id, home_id, product_id),
  KEY product (platform_id, product_id),
  KEY institution (platform_id, institution_id, live),
  KEY review (platform_id, home_id, phase, submitted_at),
  KEY shelf_new (platform_id, home_id, live, published_at, id),
  KEY shelf_category (platform_id, home_id, live, category, published_at),
  KEY shelf_price (platform_id, home_id, live, price, id)
);

CREATE TABLE listing_request (
  platform_id INT UNSIGNED NOT NULL COMMENT 'home of the product',
  product_id BINARY(16) NOT NULL,
  to_platform INT UNSIGNED NOT NULL,
  listing_id BINARY(16) NOT NULL,
  institution_id BINARY(16) NOT NULL,
  wanted ENUM('listed','delisted') NOT NULL,
  sent_version INT UNSIGNED NOT NULL COMMENT 'of the product',
  sent_count INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'of requests: the listing''s request_count tells which one it answers',
  refused_count INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of the request that was not taken at all',
  overrides TEXT NULL,
  refusal VARCHAR(500) NULL COMMENT 'why the platform would not take it at all',
  sent_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, product_id, to_platform),
  KEY institution (platform_id, institution_id)
) COMMENT 'what the home last asked of each shelf; a cell shows "sent" while no answer has come';

CREATE TABLE product_count (
  platform_id INT UNSIGNED NOT NULL COMMENT 'where this row is read',
  institution_id BINARY(16) NOT NULL,
  home_id INT UNSIGNED NOT NULL,
  home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  created INT UNSIGNED NOT NULL DEFAULT 0,
  listed INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'live on at least one platform',
  PRIMARY KEY (platform_id, institution_id)
) COMMENT 'products created (n), listed (n) in the cities'' lists (ZJ-5)';

-- ---- Notices ----

CREATE TABLE notice (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  channel ENUM('sms','email') NOT NULL,
  template VARCHAR(40) CHARACTER SET ascii NOT NULL,
  variables TEXT NOT NULL,
  recipient_name VARCHAR(60) NULL,
  recipient_sealed VARBINARY(320) NOT NULL,
  recipient_hint VARCHAR(80) NOT NULL,
  fallback_sealed VARBINARY(320) NULL COMMENT 'e-mail, when SMS fails',
  language CHAR(2) CHARACTER SET ascii NOT NULL DEFAULT 'zh',
  record_type VARCHAR(32) CHARACTER SET ascii NULL,
  record_id BINARY(16) NULL,
  state ENUM('queued','sent','delivered','failed','replaced') NOT NULL DEFAULT 'queued',
  attempts INT UNSIGNED NOT NULL DEFAULT 0,
  next_at DATETIME(3) NULL,
  error VARCHAR(255) NULL,
  vendor_id VARCHAR(80) NULL,
  lease_until DATETIME(3) NULL COMMENT 'a sender has it',
  secret_sealed VARBINARY(160) NULL COMMENT 'a code or link that must not be read in the log of notices; gone once sent',
  text TEXT NULL COMMENT 'as sent, codes masked',
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  sent_at DATETIME(3) NULL,
  PRIMARY KEY (platform_id, id),
  KEY due (state, next_at),
  KEY record (platform_id, record_id)
);

CREATE TABLE message (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL DEFAULT 1,
  account_id BINARY(16) NULL,
  institution_id BINARY(16) NULL COMMENT 'for all accounts of it',
  role VARCHAR(32) CHARACTER SET ascii NULL COMMENT 'for all with this role',
  title VARCHAR(120) NOT NULL,
  title_en VARCHAR(200) NOT NULL,
  body VARCHAR(2000) NOT NULL,
  body_en VARCHAR(2000) NOT NULL,
  record_type VARCHAR(32) CHARACTER SET ascii NULL,
  record_id BINARY(16) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  read_at DATETIME(3) NULL,
  PRIMARY KEY (platform_id, id),
  KEY account (platform_id, account_id, read_at),
  KEY institution (platform_id, institution_id, read_at),
  KEY role (platform_id, role, read_at)
);
