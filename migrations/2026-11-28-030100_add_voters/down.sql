ALTER TABLE polls DROP COLUMN with_session;
DROP TABLE poll_additions;
