-- What people say: threads, posts, their earlier versions, reactions, and how far each member has read.

CREATE TABLE threads (
    id             uuid PRIMARY KEY,
    room_id        uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    kind           text NOT NULL CHECK (kind IN ('discussion', 'question', 'proposal', 'chat')),
    title          text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    lang           text NOT NULL CHECK (lang IN ('en', 'zh')),
    -- Number of the log entry that made the thread.
    seq            bigint NOT NULL CHECK (seq > 0),
    author_id      uuid NOT NULL REFERENCES members (id),
    attribution    text NOT NULL CHECK (attribution IN ('named', 'organisation', 'constituency')),
    -- The author as shown when the thread was opened: a record does not change when a profile does.
    author_name    text NOT NULL,
    author_organisation text NOT NULL,
    constituency   text NOT NULL REFERENCES constituencies (id),
    author_confirmed boolean NOT NULL,
    locked         boolean NOT NULL DEFAULT false,
    pinned         boolean NOT NULL DEFAULT false,
    post_count     integer NOT NULL DEFAULT 0,
    last_post_seq  bigint NOT NULL,
    last_post_at   timestamptz NOT NULL,
    -- Posts by constituency, {"workers": 3}; kept here so that a list of threads needs no count.
    counts         jsonb NOT NULL DEFAULT '{}',
    client_id      uuid NOT NULL,
    request_hash   bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    created_at     timestamptz NOT NULL,
    UNIQUE (author_id, client_id)
) WITH (fillfactor = 70);
CREATE INDEX threads_activity_idx ON threads (room_id, last_post_seq DESC);
CREATE INDEX threads_seq_idx ON threads (room_id, seq DESC);
CREATE INDEX threads_constituency_idx ON threads (constituency);
ALTER TABLE sessions ADD CONSTRAINT sessions_thread_id_fkey
    FOREIGN KEY (thread_id) REFERENCES threads (id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE posts (
    id             uuid PRIMARY KEY,
    room_id        uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    thread_id      uuid NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    parent_id      uuid REFERENCES posts (id) ON DELETE SET NULL,
    depth          integer NOT NULL DEFAULT 0 CHECK (depth >= 0),
    -- Number of the log entry that made the post; the order of a thread.
    seq            bigint NOT NULL CHECK (seq > 0),
    author_id      uuid NOT NULL REFERENCES members (id),
    attribution    text NOT NULL CHECK (attribution IN ('named', 'organisation', 'constituency')),
    author_name    text NOT NULL,
    author_organisation text NOT NULL,
    constituency   text NOT NULL REFERENCES constituencies (id),
    author_confirmed boolean NOT NULL,
    lang           text NOT NULL CHECK (lang IN ('en', 'zh')),
    body_md        text NOT NULL CHECK (char_length(body_md) BETWEEN 1 AND 20000),
    body_html      text NOT NULL,
    -- The digest in the room log covers salt and text; destroying both erases the text for good.
    salt           bytea NOT NULL,
    client_id      uuid NOT NULL,
    -- SHA-256 of what was first sent: tells a retry from another post under the same client_id.
    request_hash   bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    created_at     timestamptz NOT NULL,
    edited_at      timestamptz,
    revision       integer NOT NULL DEFAULT 1 CHECK (revision > 0),
    hidden_at      timestamptz,
    hidden_reason  text,
    hidden_note    text CHECK (char_length(hidden_note) <= 2000),
    hidden_by      uuid REFERENCES members (id),
    UNIQUE (author_id, client_id),
    CHECK ((hidden_at IS NULL) = (hidden_reason IS NULL))
);
CREATE UNIQUE INDEX posts_thread_seq_key ON posts (thread_id, seq);
CREATE INDEX posts_room_author_idx ON posts (room_id, author_id, seq DESC);
CREATE INDEX posts_room_seq_idx ON posts (room_id, seq);
CREATE INDEX posts_parent_idx ON posts (parent_id);
CREATE INDEX posts_constituency_idx ON posts (constituency);
CREATE INDEX posts_hidden_by_idx ON posts (hidden_by);

CREATE TABLE post_revisions (
    post_id    uuid NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    revision   integer NOT NULL CHECK (revision > 0),
    body_md    text NOT NULL CHECK (char_length(body_md) BETWEEN 1 AND 20000),
    -- When this version was written.
    at         timestamptz NOT NULL,
    PRIMARY KEY (post_id, revision)
);

CREATE TABLE reactions (
    post_id      uuid NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    member_id    uuid NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    name         text NOT NULL CHECK (name IN ('agree', 'unsure', 'disagree', 'thanks')),
    constituency text NOT NULL REFERENCES constituencies (id),
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (post_id, member_id, name)
);
-- Agree, unsure and disagree are one stance: a member holds at most one of them on a post.
CREATE UNIQUE INDEX reactions_one_stance_key ON reactions (post_id, member_id) WHERE name <> 'thanks';
CREATE INDEX reactions_member_idx ON reactions (member_id);
CREATE INDEX reactions_constituency_idx ON reactions (constituency);

CREATE TABLE read_marks (
    member_id uuid NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    thread_id uuid NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    seq       bigint NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (member_id, thread_id)
);
CREATE INDEX read_marks_thread_idx ON read_marks (thread_id);
