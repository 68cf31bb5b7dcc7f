//! The yardstick of `reading`: a bare actix-web in a process of its own that answers the same bytes to every
//! request. What Plenary takes longer than this is Plenary's own cost.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde::{Deserialize, Serialize};

use crate::client::Answer;
use crate::server::times;
use crate::standard_input;

#[derive(Serialize, Deserialize)]
struct Fixed {
    workers: usize,
    headers: Vec<(String, String)>,
    body: String,
}

/// The other process; ends with this value.
pub struct FixedServer {
    child: Child,
    pub at: SocketAddr,
}

impl FixedServer {
    /// Starts a server that gives this answer: the same headers, the same body.
    pub fn start(answer: &Answer, workers: usize) -> Result<Self, String> {
        let made_by_actix = ["content-length", "date", "connection", "transfer-encoding"];
        let headers = answer.head.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
        let headers =
            headers.filter(|(name, _)| !made_by_actix.contains(&name.to_ascii_lowercase().as_str()));
        let fixed = Fixed {
            workers,
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: String::from_utf8_lossy(&answer.body).into_owned(),
        };
        Self::spawn(&fixed).map_err(|error| format!("The fixed server cannot be started: {error}"))
    }

    fn spawn(fixed: &Fixed) -> std::io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("fixed-server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(&serde_json::to_vec(fixed)?)?;
        }
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let at = line.trim().parse().map_err(std::io::Error::other)?;
        Ok(Self { child, at })
    }
}

impl FixedServer {
    /// Processor seconds used so far; there is no PostgreSQL.
    pub fn cpu(&self) -> (f64, f64) {
        (times(self.child.id()).0, 0.0)
    }
}

impl Drop for FixedServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body of the other process: reads what to answer from its input and prints its address.
pub fn serve() -> ExitCode {
    let outcome = actix_web::rt::System::new().block_on(async {
        let fixed: Fixed = serde_json::from_slice(&standard_input()?)?;
        let body = Bytes::from(fixed.body);
        let headers: Vec<(HeaderName, HeaderValue)> = fixed
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
            .collect();
        let server = HttpServer::new(move || {
            let (body, headers) = (body.clone(), headers.clone());
            App::new().default_service(web::to(move || {
                let (body, headers) = (body.clone(), headers.clone());
                async move {
                    let mut answer = HttpResponse::Ok();
                    headers.into_iter().for_each(|header| {
                        answer.append_header(header);
                    });
                    answer.body(body)
                }
            }))
        })
        .workers(fixed.workers)
        .bind("127.0.0.1:0")?;
        let address = server.addrs().first().map(SocketAddr::to_string).unwrap_or_default();
        println!("{address}");
        // Ends when the driver does, even where that was killed: its end of the pipe is gone then.
        std::thread::spawn(|| {
            while rustix::process::getppid().is_some_and(|parent| !parent.is_init()) {
                std::thread::sleep(std::time::Duration::from_millis(500));
            }
            std::process::exit(1);
        });
        server.run().await
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}
