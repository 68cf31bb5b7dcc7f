-- Where people meet: programmes, rooms, who holds a role in a room, and the agenda.

CREATE TABLE programmes (
    id          uuid PRIMARY KEY,
    slug        text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
    title       text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '' CHECK (char_length(description) <= 2000),
    starts_on   date,
    ends_on     date,
    created_by  uuid NOT NULL REFERENCES members (id),
    created_at  timestamptz NOT NULL DEFAULT now(),
    CHECK (starts_on IS NULL OR ends_on IS NULL OR starts_on <= ends_on)
);
CREATE INDEX programmes_created_by_idx ON programmes (created_by);

CREATE TABLE rooms (
    id             uuid PRIMARY KEY,
    programme_id   uuid REFERENCES programmes (id),
    slug           text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
    title          text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    description    text NOT NULL DEFAULT '' CHECK (char_length(description) <= 2000),
    kind           text NOT NULL CHECK (kind IN ('forum', 'workshop', 'caucus')),
    visibility     text NOT NULL CHECK (visibility IN ('public', 'members', 'invited')),
    constituency   text REFERENCES constituencies (id),
    -- Number and chain hash of the newest entry of the room log. This row is the room's write lock.
    head_seq       bigint NOT NULL DEFAULT 0 CHECK (head_seq >= 0),
    head_hash      bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(head_hash) = 32),
    -- Least time between two posts of one participant, in seconds; 0 is off.
    slow_mode_s    integer NOT NULL DEFAULT 0 CHECK (slow_mode_s BETWEEN 0 AND 3600),
    closed_at      timestamptz,
    created_by     uuid NOT NULL REFERENCES members (id),
    created_at     timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'caucus') = (constituency IS NOT NULL)),
    CHECK (kind <> 'caucus' OR visibility <> 'public')
) WITH (fillfactor = 70);
CREATE INDEX rooms_programme_idx ON rooms (programme_id);
CREATE INDEX rooms_constituency_idx ON rooms (constituency);
CREATE INDEX rooms_created_by_idx ON rooms (created_by);

CREATE TABLE room_roles (
    room_id    uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    member_id  uuid NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    role       text NOT NULL CHECK (role IN ('observer', 'participant', 'interpreter', 'rapporteur', 'moderator', 'chair')),
    granted_by uuid REFERENCES members (id) ON DELETE SET NULL,
    granted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (room_id, member_id)
);
CREATE INDEX room_roles_member_idx ON room_roles (member_id);
CREATE INDEX room_roles_granted_by_idx ON room_roles (granted_by);

CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    room_id      uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    title        text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    title_zh     text CHECK (char_length(title_zh) BETWEEN 1 AND 200),
    -- Agenda items name the organisation that presents, not a person.
    organisation text NOT NULL DEFAULT '' CHECK (char_length(organisation) <= 200),
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    state        text NOT NULL DEFAULT 'scheduled' CHECK (state IN ('scheduled', 'lobby', 'live', 'paused', 'ended')),
    -- When the session really began and ended.
    started_at   timestamptz,
    ended_at     timestamptz,
    -- Its live chat, made when the session is made; the reference is added with the threads.
    thread_id    uuid NOT NULL,
    created_by   uuid NOT NULL REFERENCES members (id),
    created_at   timestamptz NOT NULL DEFAULT now(),
    CHECK (starts_at < ends_at)
);
CREATE INDEX sessions_room_idx ON sessions (room_id, starts_at, id);
CREATE INDEX sessions_created_by_idx ON sessions (created_by);
CREATE UNIQUE INDEX sessions_thread_key ON sessions (thread_id);
-- A room has one live session at a time: what is "now" has one answer.
CREATE UNIQUE INDEX sessions_one_live_key ON sessions (room_id) WHERE state IN ('live', 'paused');
