-- expand
-- Who acted is part of what a log proves: the entry commits to the name and the address, with a salt of its own, so that they can be erased
-- and the log still verifies. Entries from before have neither column, and their leaf hash says so.
ALTER TABLE log_entry
  ADD who_salt BINARY(16) NULL COMMENT 'NULL: erased, or from before',
  ADD who BINARY(32) NULL COMMENT 'SHA-256(who_salt, actor_name, 0, client); NULL: from before';
