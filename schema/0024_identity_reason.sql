-- expand
-- Why a claim or a joining was decided so is told in as many characters as any other decision.
ALTER TABLE identity_request MODIFY COLUMN reason VARCHAR(1000) NULL;
