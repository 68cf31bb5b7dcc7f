-- Who takes part: constituencies, organisations, members, their sign-ins and invitations.

CREATE TABLE installation (
    -- One row. The epoch changes when the database is restored from a backup, so that a client
    -- never trusts a sequence number of another history.
    id      boolean PRIMARY KEY DEFAULT true CHECK (id),
    epoch   uuid NOT NULL DEFAULT gen_random_uuid(),
    demo_loaded_at timestamptz
);
INSERT INTO installation DEFAULT VALUES;

CREATE TABLE constituencies (
    id        text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9_]{1,31}$'),
    name_en   text NOT NULL CHECK (char_length(name_en) BETWEEN 1 AND 60),
    name_zh   text NOT NULL CHECK (char_length(name_zh) BETWEEN 1 AND 60),
    letter_en text NOT NULL CHECK (char_length(letter_en) = 1),
    letter_zh text NOT NULL CHECK (char_length(letter_zh) = 1),
    shape     text NOT NULL CHECK (shape IN ('circle', 'square', 'pentagon', 'diamond', 'hexagon')),
    is_party  boolean NOT NULL,
    position  integer NOT NULL UNIQUE
);
INSERT INTO constituencies (id, name_en, name_zh, letter_en, letter_zh, shape, is_party, position) VALUES
    ('workers',       'Workers',                 '工人',           'W', '工', 'circle',   true,  1),
    ('employers',     'Employers',               '雇主',           'E', '雇', 'square',   true,  2),
    ('government',    'Government',              '政府',           'G', '政', 'pentagon', true,  3),
    ('un',            'UN & international',      '联合国与国际组织', 'U', '国', 'diamond',  false, 4),
    ('civil_society', 'Experts & civil society', '专家与社会组织',   'C', '社', 'hexagon',  false, 5);

CREATE TABLE organisations (
    id           uuid PRIMARY KEY,
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    constituency text NOT NULL REFERENCES constituencies (id),
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX organisations_name_key ON organisations (constituency, lower(name));

CREATE TABLE members (
    id              uuid PRIMARY KEY,
    email           text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    password_hash   text NOT NULL CHECK (char_length(password_hash) <= 255),
    display_name    text NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 80),
    constituency    text NOT NULL REFERENCES constituencies (id),
    -- Who declared the constituency is not enough: a steward confirms it.
    confirmed_at    timestamptz,
    confirmed_by    uuid REFERENCES members (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    platform_role   text NOT NULL DEFAULT 'member' CHECK (platform_role IN ('member', 'steward', 'admin')),
    status          text NOT NULL CHECK (status IN ('pending', 'active', 'banned')),
    locale          text NOT NULL CHECK (locale IN ('en', 'zh')),
    is_demo         boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX members_email_key ON members (lower(email));
CREATE INDEX members_constituency_idx ON members (constituency);
CREATE INDEX members_organisation_idx ON members (organisation_id);
CREATE INDEX members_confirmed_by_idx ON members (confirmed_by);
CREATE INDEX members_status_idx ON members (status, id);

CREATE TABLE sign_ins (
    id           uuid PRIMARY KEY,
    -- SHA-256 of the token; the token itself is never stored.
    token_hash   bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    member_id    uuid NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL
);
CREATE INDEX sign_ins_member_idx ON sign_ins (member_id);
CREATE INDEX sign_ins_expires_idx ON sign_ins (expires_at);

CREATE TABLE invitations (
    id            uuid PRIMARY KEY,
    token_hash    bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    email         text CHECK (char_length(email) BETWEEN 3 AND 254),
    constituency  text REFERENCES constituencies (id),
    organisation  text CHECK (char_length(organisation) BETWEEN 1 AND 120),
    platform_role text NOT NULL DEFAULT 'member' CHECK (platform_role IN ('member', 'steward', 'admin')),
    -- NULL for the first link of a new installation, which makes the first admin.
    created_by    uuid REFERENCES members (id) ON DELETE CASCADE,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,
    used_by       uuid REFERENCES members (id) ON DELETE SET NULL
);
CREATE INDEX invitations_constituency_idx ON invitations (constituency);
CREATE INDEX invitations_created_by_idx ON invitations (created_by);
CREATE INDEX invitations_used_by_idx ON invitations (used_by);
