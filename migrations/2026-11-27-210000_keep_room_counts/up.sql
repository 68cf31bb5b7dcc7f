-- What a list of rooms shows, so that reading it costs the same however much was said.
CREATE TABLE room_stats (
    room_id uuid PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    -- Chats of sessions are not counted.
    threads bigint NOT NULL,
    posts bigint NOT NULL,
    last_post_at timestamptz
);

CREATE TABLE room_counts (
    room_id uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    constituency text NOT NULL,
    posts bigint NOT NULL,
    PRIMARY KEY (room_id, constituency)
);

-- A member has read everything in a room up to this number of its log, chats of sessions left out. Only a
-- short cut for counting what is unread: read_marks say what was read.
CREATE TABLE read_floors (
    member_id uuid NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    room_id uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seq bigint NOT NULL,
    PRIMARY KEY (member_id, room_id)
);
CREATE INDEX read_floors_room_idx ON read_floors (room_id);

INSERT INTO room_stats (room_id, threads, posts, last_post_at)
    SELECT room_id, count(*) FILTER (WHERE kind <> 'chat'), sum(post_count),
           max(last_post_at) FILTER (WHERE post_count > 0)
    FROM threads GROUP BY room_id;
INSERT INTO room_counts (room_id, constituency, posts)
    SELECT room_id, c.key, sum(c.value::bigint) FROM threads, jsonb_each_text(counts) c GROUP BY room_id, c.key;

CREATE FUNCTION room_counts_of_new_threads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO room_stats AS s (room_id, threads, posts, last_post_at)
        SELECT room_id, count(*) FILTER (WHERE kind <> 'chat'), sum(post_count),
               max(last_post_at) FILTER (WHERE post_count > 0)
        FROM after GROUP BY room_id
        ON CONFLICT (room_id) DO UPDATE SET threads = s.threads + excluded.threads,
            posts = s.posts + excluded.posts, last_post_at = greatest(s.last_post_at, excluded.last_post_at);
    INSERT INTO room_counts AS r (room_id, constituency, posts)
        SELECT room_id, c.key, sum(c.value::bigint) FROM after, jsonb_each_text(counts) c GROUP BY room_id, c.key
        ON CONFLICT (room_id, constituency) DO UPDATE SET posts = r.posts + excluded.posts;
    RETURN NULL;
END $$;

CREATE FUNCTION room_counts_of_changed_threads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE room_stats s SET threads = s.threads + d.threads, posts = s.posts + d.posts,
           last_post_at = greatest(s.last_post_at, d.last_post_at)
        FROM (SELECT n.room_id, sum((n.kind <> 'chat')::int - (o.kind <> 'chat')::int) AS threads,
                     sum(n.post_count - o.post_count) AS posts,
                     max(n.last_post_at) FILTER (WHERE n.post_count > 0) AS last_post_at
              FROM after n JOIN before o ON o.id = n.id
              WHERE n.post_count <> o.post_count OR n.kind <> o.kind GROUP BY n.room_id) d
        WHERE s.room_id = d.room_id;
    INSERT INTO room_counts AS r (room_id, constituency, posts)
        SELECT room_id, key, sum(n) FROM (
            SELECT n.room_id, c.key, c.value::bigint AS n FROM after n JOIN before o ON o.id = n.id,
                jsonb_each_text(n.counts) c WHERE n.counts IS DISTINCT FROM o.counts
            UNION ALL
            SELECT o.room_id, c.key, -c.value::bigint FROM after n JOIN before o ON o.id = n.id,
                jsonb_each_text(o.counts) c WHERE n.counts IS DISTINCT FROM o.counts) d
        GROUP BY room_id, key HAVING sum(n) <> 0
        ON CONFLICT (room_id, constituency) DO UPDATE SET posts = r.posts + excluded.posts;
    RETURN NULL;
END $$;

CREATE FUNCTION room_counts_of_gone_threads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE room_stats s SET threads = s.threads - d.threads, posts = s.posts - d.posts
        FROM (SELECT room_id, count(*) FILTER (WHERE kind <> 'chat') AS threads, sum(post_count) AS posts
              FROM before GROUP BY room_id) d
        WHERE s.room_id = d.room_id;
    UPDATE room_counts r SET posts = r.posts - d.posts
        FROM (SELECT room_id, c.key, sum(c.value::bigint) AS posts FROM before, jsonb_each_text(counts) c
              GROUP BY room_id, c.key) d
        WHERE r.room_id = d.room_id AND r.constituency = d.key;
    RETURN NULL;
END $$;

CREATE TRIGGER room_counts_of_new_threads AFTER INSERT ON threads
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION room_counts_of_new_threads();
CREATE TRIGGER room_counts_of_changed_threads AFTER UPDATE ON threads
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION room_counts_of_changed_threads();
CREATE TRIGGER room_counts_of_gone_threads AFTER DELETE ON threads
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION room_counts_of_gone_threads();

-- Counting unread posts reads this index alone.
DROP INDEX posts_thread_seq_key;
CREATE UNIQUE INDEX posts_thread_seq_key ON posts (thread_id, seq) INCLUDE (author_id, hidden_at);
