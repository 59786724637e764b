-- expand
-- What an institution has changed of a product that is on shelves, and shows to nobody yet.
CREATE TABLE product_draft (
  platform_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL COMMENT 'of the product',
  version INT UNSIGNED NOT NULL DEFAULT 1,
  institution_id BINARY(16) NOT NULL,
  base INT UNSIGNED NOT NULL COMMENT 'version of the product that was looked at',
  changes LONGTEXT NOT NULL,
  saved_name VARCHAR(60) NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (platform_id, id),
  KEY institution (platform_id, institution_id)
);
