-- expand
-- One valid code for an institution and platform, whoever asks for it at once. Of several that there are the newest stays.
UPDATE invitation i JOIN (SELECT platform_id, id, ROW_NUMBER() OVER (PARTITION BY platform_id, uscc ORDER BY created_at DESC, id DESC) AS n FROM invitation
  WHERE phase IN ('issued', 'delivered', 'opened')) o ON o.platform_id = i.platform_id AND o.id = i.id
  SET i.phase = 'void', i.step = 'void', i.version = i.version + 1 WHERE o.n > 1;
ALTER TABLE invitation
  ADD COLUMN open_uscc VARCHAR(18) CHARACTER SET ascii COLLATE ascii_bin GENERATED ALWAYS AS (IF(phase IN ('issued', 'delivered', 'opened'), RTRIM(uscc), NULL)) STORED AFTER uscc,
  ADD COLUMN redeemed_for BINARY(16) NULL COMMENT 'the request that proved the code; what it is for follows' AFTER redeemed_from,
  ADD UNIQUE KEY open_uscc (platform_id, open_uscc),
  ADD KEY redeemed_for (platform_id, redeemed_for);
