DROP TABLE held_posts;
ALTER TABLE threads DROP COLUMN review_first;
