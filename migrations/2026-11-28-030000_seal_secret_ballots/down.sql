CREATE TABLE secret_tallies (
    poll_id      uuid NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    constituency text NOT NULL REFERENCES constituencies (id),
    choice       integer NOT NULL CHECK (choice BETWEEN 0 AND 11),
    votes        integer NOT NULL DEFAULT 0 CHECK (votes >= 0),
    PRIMARY KEY (poll_id, constituency, choice)
);
CREATE INDEX secret_tallies_constituency_idx ON secret_tallies (constituency);
-- The counters of a block stand with its first constituency.
INSERT INTO secret_tallies (poll_id, constituency, choice, votes)
    SELECT c.poll_id, (SELECT min(v.constituency) FROM poll_voters v
        WHERE v.poll_id = c.poll_id AND v.block = c.block), c.choice, c.votes
    FROM secret_counts c;
DROP FUNCTION rewrite_secret_counts(secret_counts[], uuid);
DROP TABLE secret_counts;
ALTER TABLE poll_voters DROP COLUMN block, DROP COLUMN confirmed;
