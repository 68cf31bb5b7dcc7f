-- The one record: every change in a room that its participants may see, numbered in commit order.

CREATE TABLE room_log (
    room_id    uuid NOT NULL REFERENCES rooms (id),
    seq        bigint NOT NULL CHECK (seq > 0),
    kind       text NOT NULL CHECK (kind ~ '^[a-z]+\.[a-z_]+$'),
    subject_id uuid NOT NULL,
    -- Never served: an author may have chosen not to be named.
    actor_id   uuid REFERENCES members (id),
    at         timestamptz NOT NULL,
    -- SHA-256 of the subject's salted content at this entry.
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
    -- Hash of the entry before; src/kernel/log/chain.rs says how it is made.
    prev       bytea NOT NULL CHECK (octet_length(prev) = 32),
    PRIMARY KEY (room_id, seq)
);
CREATE INDEX room_log_actor_idx ON room_log (actor_id);

-- Append only, whatever role the server connects as.
CREATE FUNCTION room_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'room_log is append only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER room_log_no_change BEFORE UPDATE OR DELETE ON room_log
    FOR EACH ROW EXECUTE FUNCTION room_log_is_append_only();
CREATE TRIGGER room_log_no_truncate BEFORE TRUNCATE ON room_log
    FOR EACH STATEMENT EXECUTE FUNCTION room_log_is_append_only();
