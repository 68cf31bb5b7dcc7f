ALTER TABLE moderation_acts DROP COLUMN question_id;
ALTER TABLE threads DROP COLUMN question_id;
DROP TABLE question_history, question_supports, questions;
ALTER TABLE sessions DROP COLUMN present;
