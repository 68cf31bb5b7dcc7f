-- What a member has read above the mark: whoever reads in the order of replies does not read in the order of numbers.
-- A range reaches from a post that was seen down to the one before it in its thread, so that neighbours join.
ALTER TABLE read_marks ADD COLUMN seen int8multirange NOT NULL DEFAULT '{}';
