-- Whose rights changed, so that every node learns of it whoever changed them: another node, the
-- command line, or the operator by hand. Rows are kept for an hour.

CREATE TABLE rights_changes (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The writing transaction: numbers of an identity may be committed out of order, but what a
    -- snapshot does not show has a transaction id of at least the snapshot's xmin.
    xid       bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    -- No reference: the member may be gone.
    member_id uuid NOT NULL,
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX rights_changes_xid_idx ON rights_changes (xid);
CREATE INDEX rights_changes_at_idx ON rights_changes (at);

CREATE FUNCTION note_member_rights() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rights_changes (member_id) VALUES (OLD.id);
    RETURN NULL;
END $$;
CREATE TRIGGER members_rights AFTER UPDATE OF status, platform_role, constituency, confirmed_at ON members
    FOR EACH ROW WHEN (
        (OLD.status, OLD.platform_role, OLD.constituency, OLD.confirmed_at IS NULL)
        IS DISTINCT FROM (NEW.status, NEW.platform_role, NEW.constituency, NEW.confirmed_at IS NULL)
    ) EXECUTE FUNCTION note_member_rights();

CREATE FUNCTION note_sign_in_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rights_changes (member_id) SELECT DISTINCT member_id FROM ended;
    RETURN NULL;
END $$;
CREATE TRIGGER sign_ins_end AFTER DELETE ON sign_ins REFERENCING OLD TABLE AS ended
    FOR EACH STATEMENT EXECUTE FUNCTION note_sign_in_end();
