//! File descriptors: as many as the system gives, and how many of them connections may take.

use std::sync::Arc;

use crate::config::Config;
use crate::kernel::http::connections::Connections;

/// Connections of one worker thread, as far as descriptors allow.
const CONNECTIONS_MAX: usize = 25_000;
/// Kept back for the database, NATS, files, sockets of the runtime, and for health checks.
const KEPT_BACK: usize = 160;
/// What a system without a limit gives at least.
const UNLIMITED: libc::rlim_t = 1 << 20;

/// Raises the limit of open files to the hard one, and says how many there are.
fn raise() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel fills the struct that it is given.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return 1_024;
    }
    let before = limit.rlim_cur;
    // macOS refuses more than this, whatever it calls the hard limit.
    let most = if cfg!(target_os = "macos") { limit.rlim_max.min(10_240) } else { limit.rlim_max };
    if most > before {
        limit.rlim_cur = most;
        // SAFETY: the kernel reads the struct.
        if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } != 0 {
            limit.rlim_cur = before;
        }
    }
    usize::try_from(limit.rlim_cur.min(UNLIMITED)).unwrap_or(1_024)
}

/// The connections that this node takes, as its descriptors allow.
pub fn connections(config: &Config, workers: usize) -> Arc<Connections> {
    let allowed = enough_for(raise(), usize::from(config.db_connections), workers);
    let max = config.waits.connections.unwrap_or(allowed);
    Arc::new(Connections::new(max, config.behind_proxy.is_on(), config.waits.idle))
}

/// How many connections `descriptors` are enough for.
fn enough_for(descriptors: usize, db_connections: usize, workers: usize) -> usize {
    let left = descriptors.saturating_sub(KEPT_BACK + db_connections).max(descriptors / 2);
    left.min(CONNECTIONS_MAX * workers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_descriptors_are_kept_back() {
        assert_eq!(enough_for(1_024, 20, 2), 844);
        assert_eq!(enough_for(65_536, 20, 4), 65_356);
        assert_eq!(enough_for(1 << 20, 20, 2), 50_000);
        assert_eq!(enough_for(256, 20, 2), 128);
        assert!(raise() >= 256);
    }
}
