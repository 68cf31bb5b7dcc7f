-- Interpretation: posts and questions in another language, and the running text of a session.

-- One row for what all may read and one for the draft of its next version.
CREATE TABLE translations (
    id             uuid PRIMARY KEY,
    room_id        uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    post_id        uuid REFERENCES posts (id) ON DELETE CASCADE,
    question_id    uuid REFERENCES questions (id) ON DELETE CASCADE,
    lang           text NOT NULL CHECK (lang IN ('en', 'zh')),
    state          text NOT NULL CHECK (state IN ('draft', 'interpreter', 'confirmed', 'withdrawn')),
    body_md        text NOT NULL CHECK (char_length(body_md) <= 20000),
    body_html      text NOT NULL,
    salt           bytea NOT NULL,
    -- The version of the original that it renders.
    based_on       integer NOT NULL CHECK (based_on > 0),
    version        integer NOT NULL DEFAULT 1 CHECK (version > 0),
    interpreter_id uuid NOT NULL REFERENCES members (id),
    updated_at     timestamptz NOT NULL,
    CHECK (num_nonnulls(post_id, question_id) = 1),
    CHECK ((state = 'withdrawn') = (body_md = ''))
);
CREATE INDEX translations_room_idx ON translations (room_id);
CREATE INDEX translations_post_idx ON translations (post_id);
CREATE INDEX translations_question_idx ON translations (question_id);
CREATE INDEX translations_interpreter_idx ON translations (interpreter_id);
CREATE UNIQUE INDEX translations_of_post_key ON translations (post_id, lang, (state = 'draft'));
CREATE UNIQUE INDEX translations_of_question_key ON translations (question_id, lang, (state = 'draft'));

-- What is said in a session, as its interpreters write it down.
CREATE TABLE transcript_lines (
    id            uuid PRIMARY KEY,
    room_id       uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    session_id    uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    seq           bigint NOT NULL CHECK (seq > 0),
    author_id     uuid NOT NULL REFERENCES members (id),
    -- The language of the text, and the one that was spoken.
    lang          text NOT NULL CHECK (lang IN ('en', 'zh')),
    original_lang text NOT NULL CHECK (original_lang IN ('en', 'zh')),
    body          text NOT NULL CHECK (char_length(body) BETWEEN 1 AND 2000),
    salt          bytea NOT NULL,
    client_id     uuid NOT NULL,
    request_hash  bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    at            timestamptz NOT NULL,
    UNIQUE (author_id, client_id)
);
CREATE INDEX transcript_lines_room_idx ON transcript_lines (room_id);
CREATE INDEX transcript_lines_session_idx ON transcript_lines (session_id, seq);
