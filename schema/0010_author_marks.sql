-- expand
-- By what the person who sent a source is known again at the deciding platform, to be recused there (tenants/person.h).
ALTER TABLE case_source ADD COLUMN author_marks TEXT CHARACTER SET ascii NULL AFTER author_id;
