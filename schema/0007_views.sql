-- expand
-- Listings of other platforms' products that were looked at here since their home was last told (ZJ-11). A row goes when it is told.
CREATE TABLE listing_seen (
  platform_id INT UNSIGNED NOT NULL,
  listing_id BINARY(16) NOT NULL,
  product_home INT UNSIGNED NOT NULL,
  PRIMARY KEY (platform_id, listing_id)
);
