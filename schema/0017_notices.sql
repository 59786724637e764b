-- expand
-- E-mails are written in the language in which an account reads its pages; what another platform tells an institution is put once.
ALTER TABLE account ADD COLUMN language CHAR(2) CHARACTER SET ascii NOT NULL DEFAULT 'zh' COMMENT 'zh, en: in which its pages were last read';
ALTER TABLE message ADD COLUMN once BINARY(16) NULL COMMENT 'stands for the entry that it tells of' AFTER record_id,
  ADD UNIQUE KEY once (platform_id, once);
