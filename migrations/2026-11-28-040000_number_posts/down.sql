DROP TRIGGER posts_number ON posts;
DROP FUNCTION number_post;
ALTER TABLE posts DROP COLUMN number;
