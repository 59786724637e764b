-- expand
-- Kept for another branch: this file goes when that one is merged.
DO 0;
