-- expand
-- The end of all that lets an account in, here and wherever its hand-offs led (tenants/access.h).
ALTER TABLE account ADD COLUMN access_no INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'how often all that lets it in was ended' AFTER locked_until;
CREATE TABLE account_visit (
  platform_id INT UNSIGNED NOT NULL COMMENT 'home of the account',
  account_id BINARY(16) NOT NULL,
  visited INT UNSIGNED NOT NULL COMMENT 'a platform to which a hand-off was given since the last end',
  PRIMARY KEY (platform_id, account_id, visited)
);
CREATE TABLE visitor_access (
  platform_id INT UNSIGNED NOT NULL COMMENT 'where the visitor comes to',
  home INT UNSIGNED NOT NULL,
  home_account_id BINARY(16) NOT NULL,
  access_no INT UNSIGNED NOT NULL COMMENT 'the newest that is known here; hand-offs of an older one open nothing',
  PRIMARY KEY (platform_id, home, home_account_id)
);
