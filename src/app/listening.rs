//! The socket that the server listens on, and the addresses that it answers to.

use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use crate::config::Config;

/// Connections that may wait to be taken; the system may allow fewer (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;

/// Listens with a long queue: a hall that comes at once fills the usual one of 128, and who finds no
/// place in it comes again after a second.
pub fn listen(at: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&at.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// The public origin; on loopback also its other names, since people type any of them.
pub fn origins(config: &Config, address: SocketAddr) -> Vec<String> {
    if let Some(url) = &config.url {
        return vec![url.trim_end_matches('/').to_owned()];
    }
    let mut origins = vec![format!("http://{address}")];
    if address.ip().is_loopback() {
        let names = ["127.0.0.1", "localhost", "[::1]"];
        origins.extend(names.into_iter().map(|name| format!("http://{name}:{}", address.port())));
        origins.dedup();
    }
    origins
}
