//! The socket that the server listens on.

use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

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
