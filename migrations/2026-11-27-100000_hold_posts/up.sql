-- Posts that wait for a moderator before anyone else sees them. They have no number: numbers never betray what is held.

ALTER TABLE threads ADD COLUMN review_first boolean NOT NULL DEFAULT false;

CREATE TABLE held_posts (
    id            uuid PRIMARY KEY,
    room_id       uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    thread_id     uuid NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    parent_id     uuid REFERENCES posts (id) ON DELETE SET NULL,
    author_id     uuid NOT NULL REFERENCES members (id),
    attribution   text NOT NULL CHECK (attribution IN ('named', 'organisation', 'constituency')),
    lang          text NOT NULL CHECK (lang IN ('en', 'zh')),
    body_md       text NOT NULL CHECK (char_length(body_md) BETWEEN 1 AND 20000),
    body_html     text NOT NULL,
    client_id     uuid NOT NULL,
    request_hash  bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    created_at    timestamptz NOT NULL,
    state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'declined')),
    -- The moderator who looks at it now, and until when nobody else may decide.
    claimed_by    uuid REFERENCES members (id),
    claimed_until timestamptz,
    -- Why it was declined; told to its author.
    reason        text REFERENCES moderation_reasons (id),
    note          text NOT NULL DEFAULT '' CHECK (char_length(note) <= 2000),
    decided_by    uuid REFERENCES members (id),
    decided_at    timestamptz,
    UNIQUE (author_id, client_id),
    CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CHECK ((state = 'declined') = (reason IS NOT NULL))
);
CREATE INDEX held_posts_room_idx ON held_posts (room_id, state, created_at);
CREATE INDEX held_posts_thread_idx ON held_posts (thread_id, author_id, created_at);
CREATE INDEX held_posts_parent_idx ON held_posts (parent_id);
CREATE INDEX held_posts_claimed_by_idx ON held_posts (claimed_by);
CREATE INDEX held_posts_reason_idx ON held_posts (reason);
CREATE INDEX held_posts_decided_by_idx ON held_posts (decided_by);
