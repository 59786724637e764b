-- expand
-- Reasons that the server gives are said in both languages, wherever they come to; a standing keeps a reason whole, as its case does.
ALTER TABLE membership MODIFY reason VARCHAR(1000) NULL, ADD COLUMN reason_en VARCHAR(1000) NULL AFTER reason;
ALTER TABLE application ADD COLUMN reason_en VARCHAR(1000) NULL AFTER reason;
ALTER TABLE recommendation ADD COLUMN decision_reason_en VARCHAR(1000) NULL AFTER decision_reason;
ALTER TABLE entry_case ADD COLUMN decision_reason_en VARCHAR(1000) NULL AFTER decision_reason;
