//! Fills the rooms of a server with posts by SQL, far faster than members could write them.
//!
//! The rows are what the server reads when it serves: threads, posts, read marks, heads of rooms. The room log has no
//! entries for them, so replay, export and `verify` do not work in such a database.

use tokio_postgres::{Client, Config, NoTls};

use crate::server::Server;

/// How much there is to be.
#[derive(Clone, Copy)]
pub struct Amount {
    pub posts: u64,
    pub rooms: u64,
}

impl Amount {
    fn posts_per_room(self) -> u64 {
        (self.posts / self.rooms).max(1)
    }

    /// A thread for each ten posts.
    fn threads_per_room(self) -> u64 {
        match self.posts_per_room() / 100 * 10 {
            // Fewer than ten threads: the numbers of posts and of threads would not fit together.
            0 => 1,
            threads => threads,
        }
    }
}

/// Fills all rooms there are; their number is that of `amount`. All members are authors, every second one has read
/// in every tenth room.
pub async fn fill(server: &Server, amount: Amount) -> Result<(), String> {
    let failed = |error: tokio_postgres::Error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        format!("The database cannot be filled: {error}: {}", cause.unwrap_or_default())
    };
    let folder = server.socket_folder().ok_or("The server has no PostgreSQL of its own.")?;
    let mut config = Config::new();
    // The superuser: only he may leave out the checks of foreign keys.
    config.host_path(folder).user("postgres").dbname("plenary");
    let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
    let driver = tokio::spawn(connection);
    let filled = statements(&client, amount).await.map_err(failed);
    drop(client);
    let _ = driver.await;
    filled
}

async fn statements(client: &Client, amount: Amount) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(SUPPORT).await?;
    let (posts, threads) = (amount.posts_per_room().to_string(), amount.threads_per_room().to_string());
    // No foreign key is checked for the posts; what triggers keep beside the threads is theirs to keep.
    let unchecked =
        ["SET session_replication_role = replica", POSTS, "SET session_replication_role = origin"];
    for statement in [&[THREADS][..], &unchecked, &[COUNTS, HEADS, MARKS]].concat() {
        let statement = statement.replace("{posts}", &posts).replace("{threads}", &threads);
        client.batch_execute(&statement).await?;
    }
    // As autovacuum would have done by and by.
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        client.batch_execute(statement).await?;
    }
    Ok(())
}

/// Ids that grow with a number as UUIDv7 does with time; members and rooms by number.
const SUPPORT: &str = "
    CREATE FUNCTION pg_temp.v7(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT (lpad(to_hex(1760000000000 + n), 12, '0') || '7' || substr(md5(n::text), 1, 3) || 'a'
                || substr(md5(n::text), 4, 15))::uuid $$;
    CREATE TEMP TABLE authors AS
        SELECT row_number() OVER (ORDER BY m.id) - 1 AS number, count(*) OVER () AS all_of_them,
               m.id, m.display_name, o.name AS organisation, m.constituency
        FROM members m JOIN organisations o ON o.id = m.organisation_id;
    CREATE TEMP TABLE places AS
        SELECT row_number() OVER (ORDER BY id) - 1 AS number, id, head_seq FROM rooms;
    ANALYZE authors, places;";

const THREADS: &str = "
    INSERT INTO threads (id, room_id, kind, title, lang, seq, author_id, attribution, author_name,
        author_organisation, constituency, author_confirmed, last_post_seq, last_post_at, client_id, request_hash,
        created_at)
    SELECT pg_temp.v7(p.number * {threads} + t), p.id, 'discussion', 'Topic ' || t, 'en', p.head_seq + 1 + t, a.id,
        'named', a.display_name, a.organisation, a.constituency, true, p.head_seq + 1 + t, now(),
        gen_random_uuid(), sha256('filled'), now() - interval '1 year'
    FROM generate_series(0, {threads} - 1) t CROSS JOIN places p
    JOIN authors a ON a.number = (p.number + t) % a.all_of_them";

/// One post in ten goes to the first thread; one in three of a thread answers the one before.
const POSTS: &str = "
    INSERT INTO posts (id, room_id, thread_id, parent_id, depth, seq, author_id, attribution, author_name,
        author_organisation, constituency, author_confirmed, lang, body_md, body_html, salt, client_id,
        request_hash, created_at)
    SELECT pg_temp.v7(1000000000 + p.number * {posts} + q), p.id,
        pg_temp.v7(p.number * {threads} + CASE WHEN q % 10 = 0 THEN 0 ELSE q % {threads} END),
        CASE WHEN q / {threads} % 3 = 1 THEN pg_temp.v7(1000000000 + p.number * {posts} + q - {threads}) END,
        CASE WHEN q / {threads} % 3 = 1 THEN 1 ELSE 0 END,
        p.head_seq + {threads} + 1 + q, a.id, 'named', a.display_name, a.organisation, a.constituency, true, 'en',
        text, '<p>' || text || '</p>', sha256('salt'), gen_random_uuid(), sha256('filled'),
        now() - interval '1 year' * (1 - q::float8 / {posts})
    FROM generate_series(0, {posts} - 1) q CROSS JOIN places p
    JOIN authors a ON a.number = (p.number + q) % a.all_of_them
    CROSS JOIN LATERAL (SELECT 'Point ' || q || ': the parties agree that hours of training are paid, that the '
        || 'courses are chosen by a joint committee, and that the text needs one more reading. ' || md5(q::text)
        AS text) AS words";

const COUNTS: &str = "
    UPDATE threads t
    SET post_count = s.posts, last_post_seq = s.seq, last_post_at = s.at, counts = s.counts
    FROM (SELECT thread_id, sum(posts)::integer AS posts, max(seq) AS seq, max(at) AS at,
                 jsonb_object_agg(constituency, posts) AS counts
          FROM (SELECT thread_id, constituency, count(*) AS posts, max(seq) AS seq, max(created_at) AS at
                FROM posts GROUP BY thread_id, constituency) AS sides
          GROUP BY thread_id) AS s
    WHERE t.id = s.thread_id AND t.kind = 'discussion'";

const HEADS: &str = "UPDATE rooms SET head_seq = head_seq + {threads} + {posts}";

const MARKS: &str = "
    INSERT INTO read_marks (member_id, thread_id, seq)
    SELECT a.id, t.id, CASE WHEN t.seq % 2 = 0 THEN t.last_post_seq ELSE t.seq END
    FROM authors a
    JOIN places p ON (p.number + a.number / 2) % 10 = 0
    JOIN threads t ON t.room_id = p.id AND t.kind = 'discussion'
    WHERE a.number % 2 = 0";
