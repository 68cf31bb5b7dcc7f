//! The yardstick of `reading`: a bare actix-web in a process of its own that answers the same bytes. What Plenary
//! takes longer than this is Plenary's own cost.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde::{Deserialize, Serialize};

use crate::client::Answer;
use crate::server::times;
use crate::standard_input;

#[derive(Serialize, Deserialize)]
struct Fixed {
    workers: usize,
    answers: Vec<FixedAnswer>,
}

#[derive(Serialize, Deserialize)]
struct FixedAnswer {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// The other process; ends with this value.
pub struct FixedServer {
    child: Child,
    pub at: SocketAddr,
}

impl FixedServer {
    /// Starts a server that gives these answers, the first at `/0`: the same headers, the same body.
    pub fn start(answers: &[Answer], workers: usize) -> Result<Self, String> {
        let made_by_actix = ["content-length", "date", "connection", "transfer-encoding"];
        let answers = answers.iter().map(|answer| {
            let headers = answer.head.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
            let headers =
                headers.filter(|(name, _)| !made_by_actix.contains(&name.to_ascii_lowercase().as_str()));
            FixedAnswer {
                headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                body: answer.body.clone(),
            }
        });
        Self::spawn(&Fixed { workers, answers: answers.collect() })
            .map_err(|error| format!("The fixed server cannot be started: {error}"))
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

type Prepared = (Vec<(HeaderName, HeaderValue)>, Bytes);

fn prepare(answer: FixedAnswer) -> Prepared {
    let headers =
        answer.headers.iter().filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)));
    (headers.collect(), Bytes::from(answer.body))
}

/// The body of the other process: reads what to answer from its input and prints its address.
pub fn serve() -> ExitCode {
    let outcome = actix_web::rt::System::new().block_on(async {
        let fixed: Fixed = serde_json::from_slice(&standard_input()?)?;
        let answers: Vec<Prepared> = fixed.answers.into_iter().map(prepare).collect();
        let server = HttpServer::new(move || {
            let answers = answers.clone();
            App::new().default_service(web::to(move |request: HttpRequest| {
                let number = request.path()[1..].parse::<usize>().ok();
                let prepared = number.and_then(|number| answers.get(number)).cloned();
                async move {
                    let Some((headers, body)) = prepared else { return HttpResponse::NotFound().finish() };
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
