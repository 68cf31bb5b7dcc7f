//! The schema: migrations that can be taken back, indexes for every reference, and `src/schema.rs`
//! as the database really is.

use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{
    AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection,
};
use diesel_migrations::MigrationHarness;
use plenary::db::{self, MIGRATIONS};

use crate::support::postgres::Database;

/// Everything the migrations may make, a line a thing. Diesel's own table is not theirs.
const CATALOG: &str = "
WITH relation AS (
    SELECT *, relname::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%'
)
SELECT format('relation %s %s %s %s acl %s', name, relkind, relpersistence, reloptions, relacl) AS line
    FROM relation
UNION ALL
SELECT format('column %s %s: %s%s default %s collation %s identity %s generated %s', name,
        row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum), a.attname,
        format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' END,
        pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation, a.attidentity, a.attgenerated)
    FROM relation JOIN pg_attribute a ON a.attrelid = relation.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE relkind IN ('r', 'p', 'v', 'm')
UNION ALL
SELECT format('constraint %s %s: %s valid %s', name, c.conname, pg_get_constraintdef(c.oid), c.convalidated)
    FROM relation JOIN pg_constraint c ON c.conrelid = relation.oid
UNION ALL
SELECT format('index %s valid %s', pg_get_indexdef(i.indexrelid), i.indisvalid)
    FROM relation JOIN pg_index i ON i.indrelid = relation.oid
UNION ALL
SELECT format('trigger %s enabled %s', pg_get_triggerdef(t.oid), t.tgenabled)
    FROM relation JOIN pg_trigger t ON t.tgrelid = relation.oid AND NOT t.tgisinternal
UNION ALL
SELECT format('rule %s', pg_get_ruledef(r.oid)) FROM relation JOIN pg_rewrite r ON r.ev_class = relation.oid
UNION ALL
SELECT format('policy %s %s %s', name, p.polname, pg_get_expr(p.polqual, p.polrelid))
    FROM relation JOIN pg_policy p ON p.polrelid = relation.oid
UNION ALL
SELECT format('function %s acl %s', pg_get_functiondef(p.oid), p.proacl)
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind <> 'a'
UNION ALL
SELECT format('type %s %s %s', t.typname, t.typtype,
        (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
    FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('d', 'e', 'r')
UNION ALL
SELECT format('extension %s', extname) FROM pg_extension
UNION ALL
SELECT format('schema %s', nspname) FROM pg_namespace WHERE nspname !~ '^pg_'
ORDER BY line";

/// References whose columns are not the first ones, in any order, of a whole index.
const WITHOUT_INDEX: &str = "
SELECT format('%s (%s)', c.conrelid::regclass, c.conname) AS line FROM pg_constraint c
WHERE c.contype = 'f' AND NOT EXISTS (
    SELECT FROM pg_index i
    WHERE i.indrelid = c.conrelid AND i.indisvalid AND i.indpred IS NULL AND (
        SELECT array_agg(k ORDER BY k) FROM unnest((i.indkey::int2[])[0:cardinality(c.conkey) - 1]) k
    ) = (SELECT array_agg(k ORDER BY k) FROM unnest(c.conkey) k)
)
ORDER BY line";

/// The `table!` blocks that `src/schema.rs` should have. A type that is not listed here shows as `?`.
const BLOCKS: &str = "
SELECT format(E'diesel::table! {\n    %s (%s) {\n%s\n    }\n}\n', t.relname,
    (SELECT string_agg(k.attname, ', ' ORDER BY array_position(i.indkey::int2[], k.attnum))
        FROM pg_index i JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = ANY (i.indkey)
        WHERE i.indrelid = t.oid AND i.indisprimary),
    string_agg(format(
        CASE WHEN a.attnotnull THEN '        %s -> %s,' ELSE '        %s -> Nullable<%s>,' END, a.attname,
        CASE format_type(a.atttypid, a.atttypmod)
            WHEN 'bigint' THEN 'Int8' WHEN 'boolean' THEN 'Bool' WHEN 'bytea' THEN 'Bytea'
            WHEN 'date' THEN 'Date' WHEN 'double precision' THEN 'Float8' WHEN 'integer' THEN 'Int4'
            WHEN 'jsonb' THEN 'Jsonb' WHEN 'smallint' THEN 'Int2' WHEN 'text' THEN 'Text'
            WHEN 'text[]' THEN 'Array<Text>' WHEN 'timestamp with time zone' THEN 'Timestamptz'
            WHEN 'int8multirange' THEN 'Multirange<Int8>' WHEN 'uuid' THEN 'Uuid' WHEN 'uuid[]' THEN 'Array<Uuid>' ELSE '?' END
    ), E'\n' ORDER BY a.attnum)
) AS line
FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p')
    AND t.relname NOT LIKE '\\_\\_diesel%'
GROUP BY t.oid, t.relname
ORDER BY t.relname::text COLLATE \"C\"";

/// The references by one column, as `joinable!` writes them.
const REFERENCES: &str = "
SELECT format('diesel::joinable!(%s -> %s (%s));', c.conrelid::regclass, c.confrelid::regclass, a.attname)
    AS line
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND cardinality(c.conkey) = 1
ORDER BY line";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

async fn lines(url: &str, query: &str) -> Vec<String> {
    let mut connection = AsyncPgConnection::establish(url).await.unwrap();
    let found: Vec<Line> = diesel::sql_query(query).load(&mut connection).await.unwrap();
    found.into_iter().map(|line| line.line).collect()
}

/// Fails with what is only in one of the two.
#[track_caller]
fn assert_same(what: &str, found: &[String], expected: &[String]) {
    let missing: Vec<_> = expected.iter().filter(|line| !found.contains(line)).map(String::as_str).collect();
    let extra: Vec<_> = found.iter().filter(|line| !expected.contains(line)).map(String::as_str).collect();
    assert!(
        found == expected,
        "{what}\n-- missing:\n{}\n-- too much:\n{}",
        missing.join("\n"),
        extra.join("\n")
    );
}

// Migrations run in the place of an asynchronous worker, which needs another one beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_migration_can_be_taken_back_and_done_again() {
    let database = Database::empty().await;
    let connection = AsyncPgConnection::establish(database.url()).await.unwrap();
    let mut harness = AsyncMigrationHarness::new(connection);
    let mut after = vec![lines(database.url(), CATALOG).await];
    while harness.has_pending_migration(MIGRATIONS).unwrap() {
        harness.run_next_migration(MIGRATIONS).unwrap();
        let now = lines(database.url(), CATALOG).await;
        assert_ne!(Some(&now), after.last(), "a migration without effect");
        after.push(now);
    }
    let done = after.pop().unwrap();
    for kind in ["relation ", "column ", "constraint ", "index ", "trigger ", "function "] {
        // Compared with nothing, everything would be the same.
        assert!(done.iter().any(|line| line.starts_with(kind)), "no {kind}in the catalog");
    }
    for before in after.iter().rev() {
        let version = harness.revert_last_migration(MIGRATIONS).unwrap();
        assert_same(&format!("{version} is not taken back"), &lines(database.url(), CATALOG).await, before);
    }
    db::migrate(database.url()).await.unwrap();
    assert_same("the second time differs", &lines(database.url(), CATALOG).await, &done);
}

#[tokio::test]
async fn every_reference_has_an_index() {
    let database = Database::new().await;
    assert_eq!(lines(database.url(), WITHOUT_INDEX).await, Vec::<String>::new());
    // The question finds what it is to find.
    let mut connection = AsyncPgConnection::establish(database.url()).await.unwrap();
    let tables = "CREATE TABLE pair (a uuid, b uuid, PRIMARY KEY (a, b));
        CREATE TABLE bare (id uuid REFERENCES members (id));
        CREATE TABLE part (id uuid REFERENCES members (id));
        CREATE INDEX ON part (id) WHERE id IS NOT NULL;
        CREATE TABLE late (a int, id uuid REFERENCES members (id));
        CREATE INDEX ON late (a, id);
        CREATE TABLE half (a uuid, b uuid, FOREIGN KEY (a, b) REFERENCES pair (a, b));
        CREATE INDEX ON half (a);
        CREATE TABLE whole (c int, a uuid, b uuid, FOREIGN KEY (a, b) REFERENCES pair (a, b));
        CREATE INDEX ON whole (b, a, c)";
    connection.batch_execute(tables).await.unwrap();
    let found = lines(database.url(), WITHOUT_INDEX).await.join(", ");
    assert_eq!(found, "bare (bare_id_fkey), half (half_a_b_fkey), late (late_id_fkey), part (part_id_fkey)");
}

#[tokio::test]
async fn the_schema_in_rust_is_the_one_of_the_database() {
    let written = include_str!("../../src/schema.rs");
    let database = Database::new().await;
    let expected = lines(database.url(), BLOCKS).await;
    let found: Vec<String> = written
        .split("\n\n")
        .filter(|block| block.starts_with("diesel::table!"))
        .map(|block| format!("{}\n", block.trim_end()))
        .collect();
    assert_eq!(written.matches("table! {").count(), found.len(), "a table that this test does not read");
    assert_same("src/schema.rs differs from the migrated database", &found, &expected);

    let references: BTreeSet<String> = lines(database.url(), REFERENCES).await.into_iter().collect();
    for line in written.lines().filter(|line| line.contains("joinable!")) {
        assert!(references.contains(line), "no such reference: {line}");
    }

    let together = written.split_once("allow_tables_to_appear_in_same_query!(").unwrap().1;
    let together: Vec<&str> =
        together.lines().filter_map(|line| line.strip_suffix(',')).map(str::trim).collect();
    let tables: Vec<&str> =
        expected.iter().filter_map(|block| block.lines().nth(1)?.split_whitespace().next()).collect();
    assert_eq!(together, tables, "allow_tables_to_appear_in_same_query!");
}
