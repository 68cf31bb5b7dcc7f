ALTER TABLE read_marks DROP COLUMN seen;
