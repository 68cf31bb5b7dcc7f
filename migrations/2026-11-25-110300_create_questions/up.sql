-- Questions asked in a session, who supports them, and what became of them.

-- Present members by constituency, {"workers": 12}: what support is divided by in the order.
ALTER TABLE sessions ADD COLUMN present jsonb NOT NULL DEFAULT '{}';

CREATE TABLE questions (
    id             uuid PRIMARY KEY,
    room_id        uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    session_id     uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    -- Number of the log entry that made it.
    seq            bigint NOT NULL CHECK (seq > 0),
    -- Who sent it: for a person without a device, the moderator or steward who entered it.
    author_id      uuid NOT NULL REFERENCES members (id),
    on_behalf      boolean NOT NULL,
    attribution    text NOT NULL CHECK (attribution IN ('named', 'organisation', 'constituency')),
    author_name    text NOT NULL CHECK (char_length(author_name) BETWEEN 1 AND 80),
    author_organisation text NOT NULL CHECK (char_length(author_organisation) <= 120),
    constituency   text NOT NULL REFERENCES constituencies (id),
    author_confirmed boolean NOT NULL,
    lang           text NOT NULL CHECK (lang IN ('en', 'zh')),
    body_md        text NOT NULL CHECK (char_length(body_md) BETWEEN 1 AND 1000),
    body_html      text NOT NULL,
    salt           bytea NOT NULL,
    client_id      uuid NOT NULL,
    request_hash   bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    created_at     timestamptz NOT NULL,
    state          text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'taken', 'answered', 'parked')),
    state_at       timestamptz NOT NULL,
    -- Supporters by constituency, those of the questions merged into it with them, each member once.
    support        jsonb NOT NULL DEFAULT '{}',
    merged_into    uuid REFERENCES questions (id) ON DELETE SET NULL CHECK (merged_into <> id),
    hidden_at      timestamptz,
    hidden_reason  text,
    hidden_note    text CHECK (char_length(hidden_note) <= 2000),
    hidden_by      uuid REFERENCES members (id),
    UNIQUE (author_id, client_id),
    CHECK ((hidden_at IS NULL) = (hidden_reason IS NULL))
);
CREATE INDEX questions_room_idx ON questions (room_id);
CREATE INDEX questions_session_idx ON questions (session_id, seq);
CREATE INDEX questions_constituency_idx ON questions (constituency);
CREATE INDEX questions_merged_into_idx ON questions (merged_into);
CREATE INDEX questions_hidden_by_idx ON questions (hidden_by);

-- Support stays with the question that it was given to, so that a merge can be taken back exactly.
CREATE TABLE question_supports (
    question_id  uuid NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    member_id    uuid NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    constituency text NOT NULL REFERENCES constituencies (id),
    at           timestamptz NOT NULL,
    PRIMARY KEY (question_id, member_id)
);
CREATE INDEX question_supports_member_idx ON question_supports (member_id);
CREATE INDEX question_supports_constituency_idx ON question_supports (constituency);

-- What became of a question; seq is that of the log entry.
CREATE TABLE question_history (
    question_id uuid NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    seq         bigint NOT NULL CHECK (seq > 0),
    kind        text NOT NULL CHECK (kind ~ '^question\.[a-z]+$'),
    reason      text NOT NULL DEFAULT '' CHECK (char_length(reason) <= 2000),
    -- The question that it was merged into, or taken out of.
    other_id    uuid REFERENCES questions (id) ON DELETE SET NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (question_id, seq)
);
CREATE INDEX question_history_other_idx ON question_history (other_id);

-- The question of a session that goes on as this thread.
ALTER TABLE threads ADD COLUMN question_id uuid UNIQUE REFERENCES questions (id) ON DELETE SET NULL;
ALTER TABLE moderation_acts ADD COLUMN question_id uuid REFERENCES questions (id) ON DELETE CASCADE;
CREATE INDEX moderation_acts_question_idx ON moderation_acts (question_id);
