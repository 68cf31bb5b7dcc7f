-- How names and addresses are compared: each has a folded twin beside it, written by the server. Names that wait for
-- a steward, and names that a member had before.

ALTER TABLE members
    ADD COLUMN email_key    text,
    ADD COLUMN name_key     text,
    -- What a confirmed member wants to be called, until a steward agrees.
    ADD COLUMN wanted_name  text CHECK (char_length(wanted_name) BETWEEN 1 AND 80),
    ADD COLUMN former_names text[] NOT NULL DEFAULT '{}' CHECK (cardinality(former_names) <= 10);
ALTER TABLE organisations ADD COLUMN name_key text;

-- An old server that runs beside new ones writes no twin; the database knows enough of the rule for that. The twins
-- of what is here already are made in the same way.
CREATE FUNCTION fill_member_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email_key := coalesce(NEW.email_key, lower(normalize(NEW.email, NFKC)));
    NEW.name_key := coalesce(NEW.name_key, regexp_replace(lower(normalize(NEW.display_name, NFKC)), '\s', '', 'g'));
    RETURN NEW;
END $$;
CREATE FUNCTION fill_organisation_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.name_key :=
        coalesce(NEW.name_key, regexp_replace(trim(lower(normalize(NEW.name, NFKC))), '\s+', ' ', 'g'));
    RETURN NEW;
END $$;
CREATE TRIGGER members_keys BEFORE INSERT OR UPDATE ON members FOR EACH ROW EXECUTE FUNCTION fill_member_keys();
CREATE TRIGGER organisations_key BEFORE INSERT OR UPDATE ON organisations
    FOR EACH ROW EXECUTE FUNCTION fill_organisation_key();
UPDATE members SET email_key = NULL;
UPDATE organisations SET name_key = NULL;

-- Who came second under one address or name keeps what they have, under a twin of their own.
UPDATE members m SET email_key = email_key || ' ' || id
    WHERE EXISTS (SELECT 1 FROM members o WHERE o.email_key = m.email_key AND o.id < m.id);
UPDATE organisations m SET name_key = name_key || ' ' || id
    WHERE EXISTS (SELECT 1 FROM organisations o
                  WHERE o.constituency = m.constituency AND o.name_key = m.name_key AND o.id < m.id);

ALTER TABLE members ALTER COLUMN email_key SET NOT NULL, ALTER COLUMN name_key SET NOT NULL;
ALTER TABLE organisations ALTER COLUMN name_key SET NOT NULL;
DROP INDEX members_email_key;
DROP INDEX organisations_name_key;
CREATE UNIQUE INDEX members_email_key ON members (email_key);
CREATE UNIQUE INDEX organisations_name_key ON organisations (constituency, name_key);
CREATE INDEX members_name_idx ON members (name_key);
CREATE INDEX members_wanted_name_idx ON members (id) WHERE wanted_name IS NOT NULL;
