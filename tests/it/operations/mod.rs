//! Operations: every wait has a limit, failures are reported, and nothing is lost by them.

mod bodies;
mod connections;
mod cut_off;
mod exhausted;
mod logs;
mod methods;
mod silence;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::Server;

/// Nothing that is waited for here takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection as a bad client makes it.
struct Raw(TcpStream);

impl Raw {
    async fn connect(server: &Server) -> Self {
        let address = server.origin.trim_start_matches("http://");
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// False when the server takes nothing any more.
    async fn send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// All that comes until the server closes the connection; meanwhile `drip` is sent again and again.
    async fn until_closed(mut self, drip: &[u8]) -> String {
        let mut got = Vec::new();
        timeout(PATIENCE, async {
            let mut buffer = [0; 4_096];
            loop {
                match timeout(Duration::from_millis(20), self.0.read(&mut buffer)).await {
                    Ok(Ok(0) | Err(_)) => return,
                    Ok(Ok(count)) => got.extend_from_slice(&buffer[..count]),
                    Err(_) => {
                        self.send(drip).await;
                    }
                }
            }
        })
        .await
        .expect("the server closes the connection");
        String::from_utf8(got).unwrap()
    }

    /// The next answer, with a body of known length.
    async fn answer(&mut self) -> String {
        let mut got = String::new();
        let mut buffer = [0; 4_096];
        loop {
            let count = timeout(PATIENCE, self.0.read(&mut buffer)).await.expect("an answer").unwrap();
            assert!(count > 0, "closed after {got:?}");
            got.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
            let Some((head, body)) = got.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return got;
            }
        }
    }
}
