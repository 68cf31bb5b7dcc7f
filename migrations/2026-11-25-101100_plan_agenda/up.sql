-- The agenda under control: the plan beside the current times, how a session takes a delay, its materials; every
-- delay that was announced; and what calendar feeds need.

ALTER TABLE sessions
    ADD COLUMN time_kind text NOT NULL DEFAULT 'compressible'
        CHECK (time_kind IN ('fixed', 'hard_stop', 'compressible')),
    -- What was planned; starts_at and ends_at are what counts now.
    ADD COLUMN planned_start timestamptz,
    ADD COLUMN planned_end timestamptz,
    -- SEQUENCE of RFC 5545: grows with each change that a calendar shows.
    ADD COLUMN sequence integer NOT NULL DEFAULT 0 CHECK (sequence >= 0),
    ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now(),
    -- [{"title", "url"}]
    ADD COLUMN materials jsonb NOT NULL DEFAULT '[]'
        CHECK (jsonb_typeof(materials) = 'array' AND jsonb_array_length(materials) <= 20);
UPDATE sessions SET planned_start = starts_at, planned_end = ends_at, changed_at = created_at;
ALTER TABLE sessions
    ALTER COLUMN planned_start SET NOT NULL,
    ALTER COLUMN planned_end SET NOT NULL,
    ADD CONSTRAINT sessions_plan_check CHECK (planned_start < planned_end);

-- "We run 12 minutes late."
CREATE TABLE agenda_shifts (
    id           uuid PRIMARY KEY,
    room_id      uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    -- By how much it was changed, and how late the room was after it.
    minutes      integer NOT NULL CHECK (minutes BETWEEN -600 AND 600),
    late_minutes integer NOT NULL CHECK (late_minutes BETWEEN 0 AND 1440),
    reason       text NOT NULL DEFAULT '' CHECK (char_length(reason) <= 200),
    created_by   uuid NOT NULL REFERENCES members (id),
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX agenda_shifts_room_idx ON agenda_shifts (room_id, created_at DESC, id DESC);
CREATE INDEX agenda_shifts_created_by_idx ON agenda_shifts (created_by);

-- What a calendar must be told is cancelled, since it keeps what simply vanishes from a feed.
CREATE TABLE removed_sessions (
    id           uuid PRIMARY KEY,
    room_id      uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    title        text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    title_zh     text CHECK (char_length(title_zh) BETWEEN 1 AND 200),
    organisation text NOT NULL DEFAULT '' CHECK (char_length(organisation) <= 200),
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    sequence     integer NOT NULL CHECK (sequence > 0),
    removed_at   timestamptz NOT NULL DEFAULT now(),
    CHECK (starts_at < ends_at)
);
CREATE INDEX removed_sessions_room_idx ON removed_sessions (room_id, starts_at);

-- The secret address of a member's calendar feed, one each.
CREATE TABLE calendar_feeds (
    member_id  uuid PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    -- SHA-256 of the token; the token itself is never stored.
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now()
);
