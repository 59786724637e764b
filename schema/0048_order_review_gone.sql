-- contract
-- Reviews are records of their own since 0047.
ALTER TABLE trade_order DROP COLUMN score, DROP COLUMN comment;
