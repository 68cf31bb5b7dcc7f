-- Acts of moderation: each has a reason, a note, and an entry in the room log.

CREATE TABLE moderation_reasons (
    id       text PRIMARY KEY CHECK (id ~ '^[a-z][a-z_]{1,31}$'),
    name_en  text NOT NULL CHECK (char_length(name_en) BETWEEN 1 AND 80),
    name_zh  text NOT NULL CHECK (char_length(name_zh) BETWEEN 1 AND 80),
    position integer NOT NULL UNIQUE
);
INSERT INTO moderation_reasons (id, name_en, name_zh, position) VALUES
    ('off_topic',     'Off topic',     '偏离主题',     1),
    ('personal_data', 'Personal data', '个人信息',     2),
    ('abuse',         'Abuse',         '辱骂或骚扰',   3),
    ('unlawful',      'Unlawful',      '违法内容',     4),
    ('spam',          'Spam',          '垃圾信息',     5),
    ('other',         'Other',         '其他',         6);

CREATE TABLE moderation_acts (
    id        uuid PRIMARY KEY,
    room_id   uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seq       bigint NOT NULL,
    action    text NOT NULL CHECK (action ~ '^[a-z]+\.[a-z_]+$'),
    thread_id uuid REFERENCES threads (id) ON DELETE CASCADE,
    post_id   uuid REFERENCES posts (id) ON DELETE CASCADE,
    -- Whom a mute hits. Never in the public log.
    member_id uuid REFERENCES members (id) ON DELETE CASCADE,
    reason    text NOT NULL REFERENCES moderation_reasons (id),
    note      text NOT NULL DEFAULT '' CHECK (char_length(note) <= 2000),
    -- A short setting that the act made, such as seconds of slow mode.
    detail    text NOT NULL DEFAULT '' CHECK (char_length(detail) <= 100),
    until     timestamptz,
    actor_id  uuid NOT NULL REFERENCES members (id),
    actor_role text NOT NULL,
    at        timestamptz NOT NULL,
    UNIQUE (room_id, seq)
);
CREATE INDEX moderation_acts_thread_idx ON moderation_acts (thread_id);
CREATE INDEX moderation_acts_post_idx ON moderation_acts (post_id);
CREATE INDEX moderation_acts_member_idx ON moderation_acts (member_id);
CREATE INDEX moderation_acts_reason_idx ON moderation_acts (reason);
CREATE INDEX moderation_acts_actor_idx ON moderation_acts (actor_id);

CREATE TABLE mutes (
    room_id   uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    member_id uuid NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    until     timestamptz NOT NULL,
    act_id    uuid NOT NULL REFERENCES moderation_acts (id) ON DELETE CASCADE,
    PRIMARY KEY (room_id, member_id)
);
CREATE INDEX mutes_member_idx ON mutes (member_id);
CREATE INDEX mutes_act_idx ON mutes (act_id);
