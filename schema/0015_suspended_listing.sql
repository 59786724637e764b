-- expand
-- Where a listing stood when its institution was suspended, so that it comes back to that place and not to another.
ALTER TABLE listing ADD COLUMN frozen TEXT NULL COMMENT 'while suspended: the step, whether it was live, and the last opinion, JSON' AFTER reason;
