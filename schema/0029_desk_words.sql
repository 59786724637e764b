-- expand
-- Which desk holds a case is told in both languages.
ALTER TABLE application ADD COLUMN desk_en VARCHAR(160) NULL AFTER desk;

ALTER TABLE recommendation ADD COLUMN desk_en VARCHAR(160) NULL AFTER desk;
