-- contract
-- A payload lies in its entry's row: one statement less while the head row is locked, which is what bounds the writes of a
-- platform, and none to join for readers. Erasing sets it to NULL; the leaf hash covers the commitment only.
ALTER TABLE log_entry
  ADD salt BINARY(16) NULL,
  ADD payload MEDIUMTEXT NULL COMMENT 'canonical JSON; NULL once erased';
UPDATE log_entry e JOIN log_payload p ON p.platform_id = e.platform_id AND p.seq = e.seq SET e.salt = p.salt, e.payload = p.payload;
DROP TABLE log_payload;
