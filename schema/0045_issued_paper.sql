-- expand
-- Papers that a platform made as PDF, by the SHA-256 of the file: whoever holds one may ask whether it is that very one.
CREATE TABLE issued_paper (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  kind ENUM('recommendation','summary','case_file','contract') NOT NULL,
  number VARCHAR(32) CHARACTER SET ascii NULL,
  code VARCHAR(16) CHARACTER SET ascii NOT NULL,
  record_type VARCHAR(32) CHARACTER SET ascii NOT NULL,
  record_id BINARY(16) NULL,
  sha256 BINARY(32) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  UNIQUE KEY content (platform_id, sha256),
  KEY code (platform_id, code),
  KEY made (platform_id, created_at, id)
);
