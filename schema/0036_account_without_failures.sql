-- contract
-- Guesses are counted apart, by what was typed and from where (tenants/account/guess.h): nothing has read or written these since.
ALTER TABLE account DROP COLUMN failures, DROP COLUMN failed_since, DROP COLUMN locked_until;
