-- Secret ballots are counted in a table of which the file is new with every ballot: whoever reads the database's
-- files finds one state of the counters, and none from which a single ballot could be told. See
-- docs/decisions/0054. A server of the version before this refuses secret ballots until it is replaced.

ALTER TABLE poll_voters
    -- Speaks for the constituency. Who does not is counted apart.
    ADD COLUMN confirmed boolean NOT NULL DEFAULT true,
    -- Of a secret poll: the block in whose counters the ballot is counted.
    ADD COLUMN block smallint NOT NULL DEFAULT 0;

-- No references: rows go when their poll ends, and a reference would be checked anew for each row with each ballot.
CREATE TABLE secret_counts (
    poll_id uuid NOT NULL,
    block   smallint NOT NULL,
    choice  integer NOT NULL CHECK (choice BETWEEN 0 AND 11),
    votes   integer NOT NULL CHECK (votes >= 0),
    PRIMARY KEY (poll_id, block, choice)
) WITH (autovacuum_enabled = false);

-- Polls that are open now go on with a block for each constituency.
UPDATE poll_voters v SET block = c.position FROM constituencies c, polls p
    WHERE c.id = v.constituency AND p.id = v.poll_id AND p.is_secret AND p.state = 'open';
INSERT INTO secret_counts (poll_id, block, choice, votes)
    SELECT t.poll_id, c.position, t.choice, t.votes
    FROM secret_tallies t JOIN constituencies c ON c.id = t.constituency JOIN polls p ON p.id = t.poll_id
    WHERE p.state = 'open';
DROP TABLE secret_tallies;

-- Writes the table anew into a new file: with `changed` added to the counters, and without those of a poll that has
-- ended. The old file goes with COMMIT. While somebody reads the table for long, as a backup does, the file stays,
-- and goes with the next ballot.
CREATE FUNCTION rewrite_secret_counts(changed secret_counts[], ended uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kept secret_counts[];
    alone boolean := true;
    patience text := current_setting('lock_timeout');
BEGIN
    BEGIN
        PERFORM set_config('lock_timeout', '300ms', true);
        LOCK TABLE secret_counts IN ACCESS EXCLUSIVE MODE;
    EXCEPTION WHEN lock_not_available THEN
        alone := false;
    END;
    PERFORM set_config('lock_timeout', patience, true);
    IF NOT alone THEN
        LOCK TABLE secret_counts IN EXCLUSIVE MODE;
    END IF;
    SELECT array_agg(ROW(poll_id, block, choice, coalesce(c.votes, 0) + coalesce(n.votes, 0))::secret_counts)
        INTO kept
        FROM secret_counts c FULL JOIN unnest(changed) n USING (poll_id, block, choice)
        WHERE poll_id IS DISTINCT FROM ended;
    IF alone THEN
        TRUNCATE secret_counts;
    ELSE
        DELETE FROM secret_counts;
    END IF;
    -- In the order of their keys: their places say nothing.
    INSERT INTO secret_counts SELECT * FROM unnest(kept) k ORDER BY k.poll_id, k.block, k.choice;
END $$;
