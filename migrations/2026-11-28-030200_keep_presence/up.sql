-- Who is in which room, as each node says it: for the other nodes, and for those that start anew. Nobody's record: it
-- is kept for minutes, and gone after a crash of PostgreSQL.
CREATE UNLOGGED TABLE room_presence (
    room_id   uuid NOT NULL,
    node_id   uuid NOT NULL,
    member_id uuid NOT NULL,
    seen_at   timestamptz NOT NULL,
    PRIMARY KEY (room_id, node_id, member_id)
);
CREATE INDEX room_presence_seen_idx ON room_presence (seen_at);
