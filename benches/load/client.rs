//! A small HTTP/1.1 client: one kept connection, no pool, no compression. It shares the machine with the
//! server that it measures, so it does as little as possible.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use rustix::net::RecvFlags;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tokio::time::timeout;
use uuid::Uuid;

/// No request may take longer than this.
const PATIENCE: Duration = Duration::from_secs(20);

/// How much of a body `skim` keeps.
const END: usize = 2048;

/// The constituencies of a new installation.
pub const CONSTITUENCIES: [&str; 5] = ["workers", "employers", "government", "un", "civil_society"];

/// An answer with its body.
pub struct Answer {
    pub status: u16,
    /// The status line and the header lines, as they came.
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// The answer if it is 2xx.
    fn accepted(self) -> Result<Self, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let body = String::from_utf8_lossy(&self.body).into_owned();
        Err(Failure::Refused { status: self.status, body })
    }
}

/// Why a call did not give what was asked.
#[derive(Debug)]
pub enum Failure {
    /// No answer: refused, cut, timed out.
    Unreachable(io::Error),
    /// An answer that is not 2xx.
    Refused { status: u16, body: String },
}

impl Failure {
    /// True where the same call may be made again: nothing came back, or the server asks for a pause.
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => *status >= 500 || *status == 429,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "no answer: {error}"),
            Self::Refused { status, body } => write!(f, "{status} {body}"),
        }
    }
}

/// One connection to the server, opened when needed and kept, with the cookie of whoever signed in on it.
pub struct Client {
    at: SocketAddr,
    cookie: Option<String>,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
    kept: Vec<u8>,
}

impl Client {
    pub fn new(at: SocketAddr) -> Self {
        Self { at, cookie: None, stream: None, buffer: Vec::new(), kept: Vec::new() }
    }

    /// Another connection of the same person.
    pub fn again(&self) -> Self {
        Self { cookie: self.cookie.clone(), ..Self::new(self.at) }
    }

    /// Goes on at another server of the same installation.
    pub fn move_to(&mut self, at: SocketAddr) {
        (self.at, self.stream) = (at, None);
    }

    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// `name=value`, as a Cookie header carries it; empty when nobody signed in.
    pub fn cookie(&self) -> &str {
        self.cookie.as_deref().unwrap_or("")
    }

    /// The bytes of a request, to be sent as they are.
    pub fn request(&self, method: &str, path: &str, body: Option<&[u8]>) -> Vec<u8> {
        self.request_with("", method, path, body)
    }

    /// The bytes of a GET that takes a compressed answer.
    pub fn request_gzip(&self, path: &str) -> Vec<u8> {
        self.request_with("accept-encoding: gzip\r\n", "GET", path, None)
    }

    fn request_with(&self, headers: &str, method: &str, path: &str, body: Option<&[u8]>) -> Vec<u8> {
        let mut bytes = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n{headers}", self.at);
        if let Some(cookie) = &self.cookie {
            bytes += &format!("cookie: {cookie}\r\n");
        }
        if method != "GET" {
            let length = body.map_or(0, <[u8]>::len);
            bytes += &format!("origin: http://{}\r\ncontent-length: {length}\r\n", self.at);
        }
        if body.is_some() {
            bytes += "content-type: application/json\r\n";
        }
        bytes += "\r\n";
        let mut bytes = bytes.into_bytes();
        bytes.extend_from_slice(body.unwrap_or_default());
        bytes
    }

    /// Sends a JSON call and reads the JSON answer; `Null` where there is no body.
    pub async fn call(&mut self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        let answer = self.call_raw(method, path, body).await.map_err(Failure::Unreachable)?.accepted()?;
        let body = if answer.body.is_empty() { b"null" } else { &answer.body[..] };
        serde_json::from_slice(body)
            .map_err(|error| Failure::Unreachable(io::Error::new(ErrorKind::InvalidData, error)))
    }

    /// Sends a JSON call and returns whatever is answered.
    pub async fn call_raw(&mut self, method: &str, path: &str, body: Option<Value>) -> io::Result<Answer> {
        let body = body.map(|value| value.to_string().into_bytes());
        let request = self.request(method, path, body.as_deref());
        self.send(&request).await
    }

    /// Sends a request and reads the answer with its body.
    pub async fn send(&mut self, request: &[u8]) -> io::Result<Answer> {
        let reused = self.stream.is_some();
        match self.send_once(request).await {
            // The server closes connections that were idle for a while: that is no failure of the call.
            Err(error) if reused && error.kind() != ErrorKind::TimedOut => self.send_once(request).await,
            other => other,
        }
    }

    async fn send_once(&mut self, request: &[u8]) -> io::Result<Answer> {
        let mut stream = self.connection().await?;
        let work = async {
            stream.write_all(request).await?;
            let head = read_head(&mut stream, &mut self.buffer).await?;
            let body = match length(&head) {
                Length::Exact(length) => {
                    read_to(&mut stream, &mut self.buffer, length).await?;
                    self.buffer.drain(..length).collect()
                }
                Length::Chunked => read_chunks(&mut stream, &mut self.buffer).await?,
            };
            Ok::<_, io::Error>(Answer { status: status(&head), head, body })
        };
        let answer = timeout(PATIENCE, work).await??;
        if answer.header("connection").is_none_or(|value| !value.eq_ignore_ascii_case("close")) {
            self.stream = Some(stream);
        }
        Ok(answer)
    }

    /// Sends a request and has the kernel throw away all of the body but its end, or nothing. Gives the status and
    /// the length of the body; `kept` is what was not thrown away.
    pub async fn skim(&mut self, request: &[u8], scrap: &mut [u8], whole: bool) -> io::Result<(u16, usize)> {
        let mut stream = self.connection().await?;
        stream.write_all(request).await?;
        let head = read_head(&mut stream, &mut self.buffer).await?;
        let length = match length(&head) {
            Length::Exact(length) => {
                let left = length.saturating_sub(self.buffer.len());
                let end = if whole { left } else { left.min(END) };
                discard(&stream, scrap, left - end).await?;
                let wanted = self.buffer.len() + end;
                read_to(&mut stream, &mut self.buffer, wanted).await?;
                length
            }
            Length::Chunked => {
                self.buffer = read_chunks(&mut stream, &mut self.buffer).await?;
                self.buffer.len()
            }
        };
        std::mem::swap(&mut self.buffer, &mut self.kept);
        self.buffer.clear();
        self.stream = Some(stream);
        Ok((status(&head), length))
    }

    /// What `skim` kept of the last body: its end at least.
    pub fn kept(&self) -> &[u8] {
        &self.kept
    }

    async fn connection(&mut self) -> io::Result<TcpStream> {
        if let Some(stream) = self.stream.take() {
            return Ok(stream);
        }
        self.buffer.clear();
        let stream = timeout(PATIENCE, TcpStream::connect(self.at)).await??;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Signs in; the cookie stays with this client.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Result<(), Failure> {
        self.enter("/api/v1/sign-in", json!({"email": email, "password": password})).await
    }

    /// Registers member number `number`, who is signed in then.
    pub async fn register(&mut self, number: usize) -> Result<(), Failure> {
        let constituency = CONSTITUENCIES[number % CONSTITUENCIES.len()];
        // No two members of an organisation have one name.
        let unique = Uuid::new_v4().simple().to_string();
        let body = json!({
            "email": format!("member-{number}-{unique}@example.org"),
            "password": "a long enough phrase to register with",
            "display_name": format!("Member {number} {}", &unique[..12]),
            "constituency": constituency,
            "organisation": format!("{constituency} organisation {}", number % 7),
            "locale": "en",
        });
        self.enter("/api/v1/register", body).await
    }

    async fn enter(&mut self, path: &str, body: Value) -> Result<(), Failure> {
        let answer =
            self.call_raw("POST", path, Some(body)).await.map_err(Failure::Unreachable)?.accepted()?;
        self.cookie = answer.header("set-cookie").and_then(|line| line.split(';').next()).map(str::to_owned);
        Ok(())
    }

    /// Opens a public forum; only stewards may. Gives its id.
    pub async fn open_room(&mut self, title: &str) -> Result<String, Failure> {
        let body = json!({"title": title, "kind": "forum", "visibility": "public"});
        Ok(id_of(&self.call("POST", "/api/v1/rooms", Some(body)).await?))
    }

    /// Opens a thread; gives its id.
    pub async fn open_thread(&mut self, room: &str, title: &str) -> Result<String, Failure> {
        let body = json!({
            "kind": "discussion", "title": title, "body": "What do we want to achieve here?", "lang": "en",
            "client_id": Uuid::new_v4(),
        });
        Ok(id_of(&self.call("POST", &format!("/api/v1/rooms/{room}/threads"), Some(body)).await?))
    }

    /// The whole log of a room after `seq`, page after page.
    pub async fn log(&mut self, room: &str, mut seq: u64) -> Result<Vec<Value>, Failure> {
        let mut entries = Vec::new();
        loop {
            let path = format!("/api/v1/rooms/{room}/log?after={seq}");
            let mut page = self.call("GET", &path, None).await?;
            let head = page["head"].as_u64().unwrap_or(0);
            let Value::Array(items) = page["items"].take() else { return Ok(entries) };
            let Some(last) = items.last().and_then(|entry| entry["seq"].as_u64()) else { return Ok(entries) };
            entries.extend(items);
            // A page that does not move on would keep us here for ever.
            if last <= seq || last >= head {
                return Ok(entries);
            }
            seq = last;
        }
    }

    /// All posts of a thread, page after page.
    pub async fn posts(&mut self, thread: &str) -> Result<Vec<Value>, Failure> {
        let (mut posts, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/threads/{thread}/posts?limit=100{after}");
            let mut page = self.call("GET", &path, None).await?;
            let Value::Array(items) = page["items"].take() else { return Ok(posts) };
            let none = items.is_empty();
            posts.extend(items);
            match page["next"].as_str() {
                Some(next) if !none => after = format!("&after={next}"),
                _ => return Ok(posts),
            }
        }
    }
}

fn id_of(value: &Value) -> String {
    value["id"].as_str().unwrap_or_default().to_owned()
}

enum Length {
    Exact(usize),
    Chunked,
}

/// A header of a response's head.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn status(head: &str) -> u16 {
    head.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn length(head: &str) -> Length {
    if header(head, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        return Length::Chunked;
    }
    Length::Exact(header(head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0))
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(buffer).await? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// Has the kernel throw away so many bytes.
async fn discard(stream: &TcpStream, scrap: &mut [u8], mut left: usize) -> io::Result<()> {
    while left > 0 {
        let wanted = left.min(scrap.len());
        stream.readable().await?;
        let gone = stream.try_io(Interest::READABLE, || {
            Ok(rustix::net::recv(stream, &mut scrap[..wanted], RecvFlags::TRUNC)?.1)
        });
        match gone {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(gone) => left -= gone,
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            Err(_) => {}
        }
    }
    Ok(())
}

async fn read_to(stream: &mut TcpStream, buffer: &mut Vec<u8>, length: usize) -> io::Result<()> {
    buffer.reserve(length.saturating_sub(buffer.len()));
    while buffer.len() < length {
        more(stream, buffer).await?;
    }
    Ok(())
}

/// Reads a head and takes it out of the buffer; what came after it stays there.
pub async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<String> {
    loop {
        if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let rest = buffer.split_off(end + 4);
            let head = std::mem::replace(buffer, rest);
            return String::from_utf8(head).map_err(|error| io::Error::new(ErrorKind::InvalidData, error));
        }
        if buffer.len() > 64 * 1024 {
            return Err(io::Error::new(ErrorKind::InvalidData, "the head of the answer is too long"));
        }
        more(stream, buffer).await?;
    }
}

async fn read_chunks(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = loop {
            match buffer.windows(2).position(|bytes| bytes == b"\r\n") {
                Some(end) => break end,
                None => more(stream, buffer).await?,
            }
        };
        let size = std::str::from_utf8(&buffer[..end])
            .ok()
            .and_then(|line| usize::from_str_radix(line.split(';').next()?.trim(), 16).ok())
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "a chunk without a size"))?;
        read_to(stream, buffer, end + 2 + size + 2).await?;
        body.extend_from_slice(&buffer[end + 2..end + 2 + size]);
        buffer.drain(..end + 2 + size + 2);
        if size == 0 {
            return Ok(body);
        }
    }
}
