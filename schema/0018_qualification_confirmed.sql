-- expand
-- What a platform's desk has confirmed of a qualification, whoever's copy it is: of these columns no other platform knows. `confirmed` is the digest of
-- what was looked at; a changed qualification is no longer confirmed.
ALTER TABLE qualification ADD COLUMN confirmed BINARY(32) NULL, ADD COLUMN confirmed_by VARCHAR(60) NULL, ADD COLUMN confirmed_at DATETIME(3) NULL;
