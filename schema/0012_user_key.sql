-- expand
-- User names are compared without case. What there is already stays: of names that differ by case alone the eldest is twin 0, and the others
-- are told apart by their number and sign in by their exact spelling. New ones are twin 0, so none of them can be a second.
ALTER TABLE account
  ADD COLUMN user_key VARCHAR(64) COLLATE utf8mb4_bin GENERATED ALWAYS AS (LOWER(user_name)) STORED AFTER user_name,
  ADD COLUMN user_twin SMALLINT UNSIGNED NOT NULL DEFAULT 0 AFTER user_key;
UPDATE account a JOIN (SELECT platform_id, id, ROW_NUMBER() OVER (PARTITION BY platform_id, user_key ORDER BY created_at, id) - 1 AS twin FROM account) t
  ON t.platform_id = a.platform_id AND t.id = a.id SET a.user_twin = t.twin WHERE t.twin > 0;
ALTER TABLE account ADD UNIQUE KEY user_key (platform_id, user_key, user_twin);
