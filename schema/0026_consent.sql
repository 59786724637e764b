-- expand
-- Consent that an application gave ends with the membership that it led to, and does not come back by itself.
ALTER TABLE application ADD COLUMN consent_ended_at DATETIME(3) NULL COMMENT 'left, removed, expired: the profile goes there no longer' AFTER decided_at;

UPDATE application a JOIN membership m ON m.platform_id = a.platform_id AND m.institution_id = a.institution_id AND m.home_id = a.to_platform
  SET a.consent_ended_at = m.updated_at
  WHERE a.phase = 'approved' AND a.consent_ended_at IS NULL AND m.phase IN ('refused', 'expired', 'left', 'removed');
