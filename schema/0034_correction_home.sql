-- expand
-- A correction is one row with a home, the institution's, and a copy where it was asked for. What was under way between two platforms is as its home
-- has it; what no home had read is withdrawn, and may be asked for again.
ALTER TABLE correction
  ADD COLUMN home_id INT UNSIGNED NOT NULL DEFAULT 0 AFTER version,
  ADD COLUMN home_seq BIGINT UNSIGNED NOT NULL DEFAULT 0 AFTER home_id;
UPDATE correction SET home_id = IF(platform_id = from_platform, institution_home, platform_id);
UPDATE correction c LEFT JOIN correction o ON o.id = c.id AND o.platform_id = c.home_id AND o.platform_id <> c.platform_id
  SET c.phase = COALESCE(o.phase, 'withdrawn'), c.step = COALESCE(o.step, 'withdrawn'), c.version = COALESCE(o.version, c.version),
    c.open_key = IF(o.phase = 'waiting', c.open_key, NULL)
  WHERE c.platform_id = c.from_platform AND c.phase IN ('sent', 'withdrawing');
