//! What may be where. The lists of exceptions only shrink.

/// Layer → the other layers that it may name, in the kernel and in the features alike; what stands beside them at
/// the top of `src` is a layer of its own. What is missing here may name nothing of ours.
pub const IMPORTS: [(&str, &[&str]); 18] = [
    ("main", &["app", "cli", "config"]),
    ("app", &["access", "actions", "config", "db", "demo", "http", "live", "models", "reads", "state"]),
    (
        "cli",
        &["access", "actions", "app", "config", "db", "demo", "domain", "error", "http", "log", "models"],
    ),
    ("demo", &["access", "actions", "domain", "error", "models"]),
    ("state", &["access", "actions", "config", "db", "http", "live", "reads"]),
    ("http", &["access", "actions", "domain", "error", "live", "log", "models", "reads", "state", "views"]),
    ("live", &["access", "db", "domain", "error", "log", "models", "views"]),
    ("actions", &["access", "config", "db", "domain", "error", "log", "models"]),
    ("views", &["config", "domain", "error", "log", "models"]),
    ("reads", &["access", "db", "domain", "error", "loader", "log", "models", "views"]),
    ("access", &["db", "domain", "error", "loader", "models"]),
    ("log", &["domain", "error", "models"]),
    ("models", &["domain", "schema"]),
    ("loader", &["db", "error"]),
    ("db", &["config", "error"]),
    ("error", &["domain"]),
    ("domain", &[]),
    ("config", &[]),
];
/// Arrows of the table that would close a circle were they not kept narrow: only these files have them.
pub const NARROW: [(&str, &str, &[&str]); 3] = [
    ("state", "http", &["state.rs"]),
    ("views", "config", &["kernel/views/members.rs"]),
    ("actions", "config", &["kernel/actions/accounts.rs"]),
];
/// The folders of the kernel, each a layer.
pub const KERNEL: [&str; 9] =
    ["access", "actions", "domain", "http", "live", "log", "models", "reads", "views"];
/// The files of a feature, or folders of that name → the layer that each belongs to.
pub const FLOORS: [(&str, &str); 10] = [
    ("suppression", "domain"),
    ("rules", "domain"),
    ("store", "models"),
    ("access", "access"),
    ("replay", "log"),
    ("view", "views"),
    ("reads", "reads"),
    ("actions", "actions"),
    ("live", "live"),
    ("http", "http"),
];
/// Feature → the other features that it may name.
pub const FEATURES: [(&str, &[&str]); 7] = [
    ("calendar", &[]),
    ("floor", &[]),
    ("polls", &[]),
    ("questions", &[]),
    ("screens", &["floor"]),
    ("snapshot", &["floor", "polls", "questions", "transcript"]),
    ("transcript", &["floor"]),
];
/// Where features are hung on the server: these may name any of them.
pub const MOUNTS: [&str; 5] = ["app", "cli", "demo", "state", "kernel/http/routes"];
/// Files of the kernel that name features as yet. This list only shrinks.
pub const KERNEL_TO_FEATURES: [(&str, &[&str]); 11] = [
    ("kernel/actions/members.rs", &["floor"]),
    ("kernel/actions/moderation.rs", &["floor"]),
    ("kernel/actions/sessions.rs", &["floor", "polls", "questions"]),
    ("kernel/actions/translations.rs", &["questions"]),
    ("kernel/http/translations.rs", &["questions"]),
    ("kernel/live/socket.rs", &["screens"]),
    ("kernel/log/replay.rs", &["floor"]),
    ("kernel/log/texts.rs", &["questions", "transcript"]),
    ("kernel/views/agenda.rs", &["calendar"]),
    ("kernel/views/events.rs", &["floor", "polls"]),
    ("kernel/views/events/questions.rs", &["questions", "transcript"]),
];
/// Lines that a file may have.
pub const LINES: usize = 400;
/// Files that are longer as yet, with the lines that they have. This list only shrinks.
pub const LONGER: [(&str, usize); 5] = [
    ("features/floor/store.rs", 408),
    ("kernel/actions/accounts.rs", 454),
    ("kernel/domain/kinds.rs", 457),
    ("kernel/models/members.rs", 437),
    ("kernel/models/rooms.rs", 418),
];
/// The layers where actix may be named; main.rs names it to the log filter.
pub const ACTIX: [&str; 5] = ["http", "live", "app", "error", "main"];
/// The layers where diesel may be named: for queries, for words as columns, for errors, for transactions.
pub const DIESEL: [&str; 6] = ["models", "schema", "db", "domain", "error", "actions"];
/// What makes a query.
pub const QUERIES: [&str; 11] = [
    "RunQueryDsl",
    "QueryDsl",
    "QueryableByName",
    "ExpressionMethods",
    "diesel::prelude",
    "diesel::insert_into",
    "diesel::update",
    "diesel::delete",
    "diesel::select",
    "sql_query",
    "batch_execute",
];
