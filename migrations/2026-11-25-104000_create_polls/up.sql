-- Polls and sense-checks of a session: the question, who may answer, and the answers.

CREATE TABLE polls (
    id            uuid PRIMARY KEY,
    room_id       uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    session_id    uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kind          text NOT NULL CHECK (kind IN ('single', 'multiple', 'approval', 'scale', 'sense_check')),
    state         text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'open', 'closed', 'cancelled')),
    -- Empty where a language is missing.
    question_en   text NOT NULL CHECK (char_length(question_en) <= 500),
    question_zh   text NOT NULL CHECK (char_length(question_zh) <= 500),
    -- The scale goes from 1 to this.
    scale_max     integer CHECK (scale_max BETWEEN 2 AND 10),
    -- Most options that one ballot of kind multiple may name.
    max_choices   integer CHECK (max_choices BETWEEN 1 AND 12),
    is_secret     boolean NOT NULL,
    -- Results are shown, in steps, while it is open.
    is_visible    boolean NOT NULL,
    -- The position of each party is shown, of a small delegation too.
    positions_public boolean NOT NULL,
    eligible_rule text NOT NULL CHECK (eligible_rule IN ('room', 'roles', 'present')),
    -- The languages that must be there before it opens.
    languages     text[] NOT NULL CHECK (languages <@ ARRAY['en', 'zh'] AND cardinality(languages) BETWEEN 1 AND 2),
    quorum_share  integer NOT NULL CHECK (quorum_share BETWEEN 0 AND 100),
    created_by    uuid NOT NULL REFERENCES members (id),
    created_at    timestamptz NOT NULL,
    opened_at     timestamptz,
    closed_at     timestamptz,
    -- Why it was cancelled, or closed in spite of a warning.
    reason        text CHECK (char_length(reason) BETWEEN 1 AND 500),
    -- How many may answer; fixed when it opens.
    eligible      integer NOT NULL DEFAULT 0 CHECK (eligible >= 0),
    -- How many have answered, and the results, as they were told last.
    ballots       integer NOT NULL DEFAULT 0 CHECK (ballots BETWEEN 0 AND eligible),
    results       jsonb,
    -- The steps of visible results, and the number of the step that runs.
    live          jsonb,
    step          integer NOT NULL DEFAULT 0 CHECK (step >= 0),
    -- When the room was told last, and when it will be told next.
    told_at       timestamptz,
    tell_at       timestamptz,
    CHECK (NOT is_secret OR NOT is_visible),
    CHECK (NOT positions_public OR (kind = 'sense_check' AND NOT is_secret)),
    CHECK ((kind = 'scale') = (scale_max IS NOT NULL)),
    CHECK (kind = 'multiple' OR max_choices IS NULL),
    CHECK ((state = 'draft') = (opened_at IS NULL)),
    CHECK ((state IN ('closed', 'cancelled')) = (closed_at IS NOT NULL))
);
CREATE INDEX polls_session_idx ON polls (session_id, created_at, id);
CREATE INDEX polls_room_idx ON polls (room_id);
CREATE INDEX polls_created_by_idx ON polls (created_by);

-- The options; for a scale none, or the words at its two ends.
CREATE TABLE poll_options (
    poll_id  uuid NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    position integer NOT NULL CHECK (position BETWEEN 0 AND 11),
    text_en  text NOT NULL CHECK (char_length(text_en) <= 200),
    text_zh  text NOT NULL CHECK (char_length(text_zh) <= 200),
    PRIMARY KEY (poll_id, position)
);

-- Who may answer, and for whom they speak, as it was when the poll opened.
CREATE TABLE poll_voters (
    poll_id      uuid NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    member_id    uuid NOT NULL REFERENCES members (id),
    constituency text NOT NULL REFERENCES constituencies (id),
    voted        boolean NOT NULL DEFAULT false,
    PRIMARY KEY (poll_id, member_id)
);
CREATE INDEX poll_voters_member_idx ON poll_voters (member_id);
CREATE INDEX poll_voters_constituency_idx ON poll_voters (constituency);

-- Ballots of polls that are not secret: one a member.
CREATE TABLE ballots (
    poll_id   uuid NOT NULL,
    member_id uuid NOT NULL,
    -- One bit for each column that is chosen.
    choices   integer NOT NULL CHECK (choices BETWEEN 0 AND 4095),
    -- Why a member objects.
    reason    text CHECK (char_length(reason) BETWEEN 1 AND 500),
    -- The step of the visible results in which it was given or last changed.
    step      integer NOT NULL,
    PRIMARY KEY (poll_id, member_id),
    FOREIGN KEY (poll_id, member_id) REFERENCES poll_voters (poll_id, member_id) ON DELETE CASCADE
);

-- Secret ballots: only how many. Nothing here says whose, and every row is written anew with every ballot, so that not
-- even the transaction that wrote a row tells which option the last voter chose.
CREATE TABLE secret_tallies (
    poll_id      uuid NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    constituency text NOT NULL REFERENCES constituencies (id),
    choice       integer NOT NULL CHECK (choice BETWEEN 0 AND 11),
    votes        integer NOT NULL DEFAULT 0 CHECK (votes >= 0),
    PRIMARY KEY (poll_id, constituency, choice)
);
CREATE INDEX secret_tallies_constituency_idx ON secret_tallies (constituency);
