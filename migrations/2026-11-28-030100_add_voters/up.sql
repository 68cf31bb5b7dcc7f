-- Somebody may be let in after a poll was opened, with a note that all can read; and a poll ends with its session.

CREATE TABLE poll_additions (
    poll_id      uuid NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    member_id    uuid NOT NULL REFERENCES members (id),
    -- As the member was called then.
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    constituency text NOT NULL REFERENCES constituencies (id),
    note         text NOT NULL CHECK (char_length(note) BETWEEN 1 AND 500),
    added_by     uuid NOT NULL REFERENCES members (id),
    at           timestamptz NOT NULL,
    PRIMARY KEY (poll_id, member_id)
);
CREATE INDEX poll_additions_member_idx ON poll_additions (member_id);
CREATE INDEX poll_additions_constituency_idx ON poll_additions (constituency);
CREATE INDEX poll_additions_added_by_idx ON poll_additions (added_by);

-- It was closed because its session ended.
ALTER TABLE polls ADD COLUMN with_session boolean NOT NULL DEFAULT false;
