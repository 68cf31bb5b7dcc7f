-- The author of a declined post has read why, and is shown it no more.
ALTER TABLE held_posts
    ADD COLUMN dismissed_at timestamptz,
    ADD CHECK (dismissed_at IS NULL OR state = 'declined');
