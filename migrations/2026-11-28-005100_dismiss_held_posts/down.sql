ALTER TABLE held_posts DROP COLUMN dismissed_at;
