//! What may be where. The lists of exceptions only shrink.

/// Layer → the other layers that it may name, in the kernel and in the features alike; what stands beside them at
/// the top of `src` is a layer of its own. What is missing here may name nothing of ours.
pub const IMPORTS: [(&str, &[&str]); 19] = [
    ("main", &["app", "cli", "config"]),
    (
        "app",
        &[
            "access", "actions", "config", "db", "demo", "domain", "error", "hooks", "http", "live",
            "models", "reads", "state",
        ],
    ),
    (
        "cli",
        &[
            "access", "actions", "app", "config", "db", "demo", "domain", "error", "hooks", "http", "log",
            "models",
        ],
    ),
    // Features say here what they take part in.
    ("hooks", &["actions", "http", "live", "log", "reads", "views"]),
    ("demo", &["access", "actions", "domain", "error", "models"]),
    ("state", &["access", "actions", "config", "db", "domain", "http", "live", "reads"]),
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
    ("actions", "config", &["kernel/actions/accounts/registering.rs"]),
];
/// The folders of the kernel, each a layer.
pub const KERNEL: [&str; 10] =
    ["access", "actions", "domain", "hooks", "http", "live", "log", "models", "reads", "views"];
/// The files of a feature, or folders of that name → the layer that each belongs to.
pub const FLOORS: [(&str, &str); 10] = [
    ("suppression", "domain"),
    ("rules", "domain"),
    ("store", "models"),
    ("access", "access"),
    ("record", "log"),
    ("view", "views"),
    ("reads", "reads"),
    ("actions", "actions"),
    ("live", "live"),
    ("http", "http"),
];
/// Feature → the other features that it may name. Who names none needs no row.
pub const FEATURES: [(&str, &[&str]); 2] = [("screens", &["floor"]), ("transcript", &["floor"])];
/// What may name features beside features themselves.
pub const MOUNTS: [&str; 5] = ["app", "cli", "demo", "features", "state"];
/// Lines that a file may have.
pub const LINES: usize = 400;
/// The layers where actix may be named.
pub const ACTIX: [&str; 4] = ["http", "live", "app", "error"];
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
