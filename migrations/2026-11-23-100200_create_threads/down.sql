ALTER TABLE sessions DROP CONSTRAINT sessions_thread_id_fkey;
DROP TABLE read_marks, reactions, post_revisions, posts, threads;
