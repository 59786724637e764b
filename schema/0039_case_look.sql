-- expand
-- What a reviewer has seen of a case when a sitting with it begins: what changed since is marked until the next one,
-- also when the page is loaded anew. And the cases of one code.
ALTER TABLE case_view ADD COLUMN base_seq BIGINT UNSIGNED NULL AFTER seen_seq;
ALTER TABLE entry_case ADD KEY uscc (platform_id, uscc, created_at);
