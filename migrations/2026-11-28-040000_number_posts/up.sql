-- The number of a post in its thread, 1 for the first: what people call it, and where it stands among the others.
-- Numbering what is there rewrites the table: some ten seconds for a million posts, in which nobody can post.
ALTER TABLE posts ADD COLUMN number integer CHECK (number > 0);
UPDATE posts SET number = n.number
    FROM (SELECT id, row_number() OVER (PARTITION BY thread_id ORDER BY seq) AS number FROM posts) n
    WHERE n.id = posts.id;
ALTER TABLE posts ALTER COLUMN number SET NOT NULL;
CREATE UNIQUE INDEX posts_thread_number_key ON posts (thread_id, number);

-- For servers that do not know of numbers yet. Posts of a thread come in order, under the lock of their room.
CREATE FUNCTION number_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.number := 1 + coalesce(
        (SELECT number FROM posts WHERE thread_id = NEW.thread_id ORDER BY number DESC LIMIT 1), 0);
    RETURN NEW;
END $$;
CREATE TRIGGER posts_number BEFORE INSERT ON posts
    FOR EACH ROW WHEN (NEW.number IS NULL) EXECUTE FUNCTION number_post();
