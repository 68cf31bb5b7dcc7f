-- Screens in a hall, and what the screens of a room show.

CREATE TABLE screens (
    id              uuid PRIMARY KEY,
    -- SHA-256 of the token; the token itself is never stored.
    token_hash      bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    -- Of the token that takes its place once the screen has come with it.
    next_token_hash bytea UNIQUE CHECK (octet_length(next_token_hash) = 32),
    -- The token was renewed after pairing; before that it reads nothing.
    settled         boolean NOT NULL DEFAULT false,
    -- What a moderator enters, while nobody has.
    code            text UNIQUE CHECK (code ~ '^[0-9]{6}$'),
    code_expires_at timestamptz,
    room_id         uuid REFERENCES rooms (id) ON DELETE CASCADE,
    name            text CHECK (char_length(name) BETWEEN 1 AND 80),
    paired_by       uuid REFERENCES members (id) ON DELETE SET NULL,
    paired_at       timestamptz,
    last_seen_at    timestamptz NOT NULL DEFAULT now(),
    created_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((room_id IS NULL) = (code IS NOT NULL)),
    CHECK ((code IS NULL) = (code_expires_at IS NULL)),
    CHECK ((room_id IS NULL) = (name IS NULL)),
    CHECK ((room_id IS NULL) = (paired_at IS NULL))
);
CREATE INDEX screens_room_idx ON screens (room_id);
CREATE INDEX screens_paired_by_idx ON screens (paired_by);

CREATE TABLE room_screens (
    room_id    uuid PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    -- Leads to the room and grants nothing.
    join_code  text NOT NULL UNIQUE CHECK (join_code ~ '^[A-HJ-NP-Z2-9]{6}$'),
    -- Grows with each change, so that other nodes notice.
    version    bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    -- {"scene": "message", "en": "…", "zh": "…"}
    scene      jsonb NOT NULL CHECK (jsonb_typeof(scene -> 'scene') = 'string' AND octet_length(scene::text) <= 8000),
    changed_by uuid REFERENCES members (id) ON DELETE SET NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX room_screens_changed_by_idx ON room_screens (changed_by);
