//! Background tasks of a server.

use std::sync::Arc;
use std::time::Duration;

use crate::features::screens::actions as screens;
use crate::state::State;

/// Finds, once a second, log entries that never reached the live rooms.
pub async fn sweep(state: Arc<State>) {
    loop {
        tokio::time::sleep(state.config.waits.sweep).await;
        // Bounded: a connection that dies in a strange way must not end the sweeping.
        let _ = tokio::time::timeout(Duration::from_secs(5), state.hub.sweep()).await;
        let _ = tokio::time::timeout(Duration::from_secs(5), state.screens.sweep()).await;
    }
}

/// Finds, once a second, rights that ended where nobody told this node of it.
pub async fn sweep_rights(state: Arc<State>) {
    loop {
        tokio::time::sleep(state.config.waits.sweep).await;
        let _ = tokio::time::timeout(Duration::from_secs(5), state.hub.sweep_rights()).await;
    }
}

/// BusEnds connections on which nothing goes on.
pub async fn end_idle(state: Arc<State>) {
    let pause = Duration::from_secs(1).min(state.config.waits.idle / 2);
    loop {
        tokio::time::sleep(pause).await;
        state.connections.end_idle();
    }
}

/// Drops from memory what nobody asks for any more.
pub async fn tidy(state: Arc<State>) {
    loop {
        tokio::time::sleep(Duration::from_secs(60)).await;
        state.limits.forget_idle();
        let tidying = async {
            if let Err(error) = screens::tidy(&state.db).await {
                tracing::debug!(%error, "screens could not be tidied; it will be tried again");
            }
            state.hub.forget_rights().await;
            state.hub.forget_presence().await;
        };
        let _ = tokio::time::timeout(Duration::from_secs(30), tidying).await;
    }
}
