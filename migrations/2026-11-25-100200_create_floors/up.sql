-- The floor of a session: who asked to speak, who spoke and for how long, and what the chair did about it.

CREATE TABLE floors (
    -- A row exists once something was chosen.
    session_id uuid PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    open       boolean NOT NULL,
    limit_s    integer NOT NULL CHECK (limit_s BETWEEN 30 AND 3600),
    -- {"workers": 2}: each constituency's part of the speaking time; {} for the usual parts.
    weights    jsonb NOT NULL CHECK (jsonb_typeof(weights) = 'object')
);

CREATE TABLE floor_requests (
    id           uuid PRIMARY KEY,
    room_id      uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    session_id   uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    -- Number of the log entry that made it: the order of request.
    seq          bigint NOT NULL CHECK (seq > 0),
    kind         text NOT NULL CHECK (kind IN ('contribution', 'question', 'point_of_order', 'reply')),
    state        text NOT NULL CHECK (state IN ('waiting', 'given', 'withdrawn', 'passed')),
    -- NULL for a person without a device.
    member_id    uuid REFERENCES members (id),
    -- Tells persons apart, those without a device too. Never served.
    person       text NOT NULL CHECK (char_length(person) BETWEEN 1 AND 400),
    -- Who sent the request: the member, or the desk for a person without a device.
    author_id    uuid NOT NULL REFERENCES members (id),
    attribution  text NOT NULL CHECK (attribution IN ('named', 'organisation', 'constituency')),
    -- The speaker as shown when the request was made.
    speaker_name text NOT NULL CHECK (char_length(speaker_name) BETWEEN 1 AND 80),
    speaker_organisation text NOT NULL CHECK (char_length(speaker_organisation) <= 120),
    constituency text NOT NULL REFERENCES constituencies (id),
    speaker_confirmed boolean NOT NULL,
    note         text NOT NULL CHECK (char_length(note) <= 280),
    -- The speech that it asks to interrupt.
    interposes   uuid,
    client_id    uuid NOT NULL,
    request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    created_at   timestamptz NOT NULL,
    -- When it stopped waiting.
    settled_at   timestamptz,
    UNIQUE (author_id, client_id),
    CHECK ((state = 'waiting') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX floor_requests_one_waiting_key ON floor_requests (session_id, person, kind) WHERE state = 'waiting';
CREATE INDEX floor_requests_session_idx ON floor_requests (session_id, seq);
CREATE INDEX floor_requests_room_idx ON floor_requests (room_id);
CREATE INDEX floor_requests_member_idx ON floor_requests (member_id);
CREATE INDEX floor_requests_constituency_idx ON floor_requests (constituency);
CREATE INDEX floor_requests_interposes_idx ON floor_requests (interposes);

CREATE TABLE speeches (
    id            uuid PRIMARY KEY,
    room_id       uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    session_id    uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    request_id    uuid NOT NULL UNIQUE REFERENCES floor_requests (id) ON DELETE CASCADE,
    -- 0 a speech, 1 an interposed question, 2 a point of order: each may interrupt those below it.
    level         smallint NOT NULL CHECK (level BETWEEN 0 AND 2),
    limit_s       integer NOT NULL CHECK (limit_s BETWEEN 30 AND 3600),
    started_at    timestamptz NOT NULL,
    -- The clock: what ran before the last pause, and since when it runs.
    ran_ms        bigint NOT NULL CHECK (ran_ms >= 0),
    running_since timestamptz,
    ended_at      timestamptz,
    CHECK (ended_at IS NULL OR running_since IS NULL)
);
-- One speaks at a time, and one of each kind is open.
CREATE UNIQUE INDEX speeches_one_running_key ON speeches (session_id) WHERE running_since IS NOT NULL;
CREATE UNIQUE INDEX speeches_one_open_key ON speeches (session_id, level) WHERE ended_at IS NULL;
CREATE INDEX speeches_session_idx ON speeches (session_id, started_at);
CREATE INDEX speeches_room_idx ON speeches (room_id);
ALTER TABLE floor_requests ADD CONSTRAINT floor_requests_interposes_fkey
    FOREIGN KEY (interposes) REFERENCES speeches (id) ON DELETE SET NULL;

-- What the chair did to the floor, and why. Shown to all.
CREATE TABLE floor_acts (
    id         uuid PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    seq        bigint NOT NULL CHECK (seq > 0),
    kind       text NOT NULL CHECK (kind IN ('override', 'pass', 'targets')),
    request_id uuid REFERENCES floor_requests (id) ON DELETE CASCADE,
    -- Who was first in the order.
    instead_of uuid REFERENCES floor_requests (id) ON DELETE CASCADE,
    reason     text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 280),
    actor_id   uuid NOT NULL REFERENCES members (id),
    at         timestamptz NOT NULL
);
CREATE INDEX floor_acts_session_idx ON floor_acts (session_id, seq);
CREATE INDEX floor_acts_request_idx ON floor_acts (request_id);
CREATE INDEX floor_acts_instead_idx ON floor_acts (instead_of);
CREATE INDEX floor_acts_actor_idx ON floor_acts (actor_id);
