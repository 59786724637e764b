-- expand
-- What is known of a supplement where its row lies, and nowhere else.
ALTER TABLE supplement
  ADD COLUMN sent_at DATETIME(3) NULL COMMENT 'where it is answered: the answer is on its way, with the files that were there',
  ADD COLUMN chased_on DATE NULL COMMENT 'where it is answered: the day on which its institution was reminded last',
  ADD COLUMN lapsed_on DATE NULL COMMENT 'at the deciding platform: the day on which its desk heard that nothing came';
