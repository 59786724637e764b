-- expand
-- A claim waits for the objection of who holds the institution (tenants/identity_request.c).
ALTER TABLE identity_request
  ADD COLUMN objection_until DATE NULL COMMENT 'of a claim: not granted before that day is over, unless the holder objected' AFTER policy_hash,
  ADD COLUMN objection VARCHAR(500) NULL AFTER objection_until,
  ADD COLUMN objected_name VARCHAR(60) NULL AFTER objection,
  ADD COLUMN objected_at DATETIME(3) NULL AFTER objected_name;
