-- What the nodes of an installation share and nobody else knows: they seal with it what they tell each other, and the
-- mark of a browser that has signed in before.
ALTER TABLE installation ADD COLUMN secret bytea NOT NULL
    DEFAULT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    CHECK (octet_length(secret) = 32);
