//! A WebSocket client (RFC 6455) that holds ten thousand sockets in one process: while a socket is silent it
//! owns no buffer at all, because every read goes through one scratch buffer of the thread.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::client::{header, read_head};

// The sample key of the RFC and the answer to it: a load driver needs no secret.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// How many sockets share one source address: below the number of ephemeral ports.
const PER_ADDRESS: usize = 20_000;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; 256 * 1024]);
}

/// What the server sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// One line of a text message.
    Line(&'a [u8]),
    Close(u16, &'a str),
}

/// An open WebSocket.
pub struct Socket {
    stream: TcpStream,
    decoder: Decoder,
    early: Vec<u8>,
}

/// A handshake that the server refused.
#[derive(Debug, thiserror::Error)]
#[error("no upgrade: {line}")]
pub struct Refused {
    line: String,
    /// When the server wants to be asked again.
    pub retry_after: Option<Duration>,
}

impl Refused {
    fn read(head: &str) -> Self {
        let seconds = header(head, "retry-after").and_then(|value| value.parse().ok());
        let line = head.lines().next().unwrap_or_default().to_owned();
        Self { line, retry_after: seconds.map(Duration::from_secs) }
    }

    /// The status of the answer; 0 where it is none.
    pub fn status(&self) -> u16 {
        self.line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }
}

impl Socket {
    /// Connects; `number` picks the source address.
    pub async fn open(at: SocketAddr, cookie: &str, number: usize) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        let address = number / PER_ADDRESS;
        if address > 0 && at.ip().is_loopback() {
            socket.bind((Ipv4Addr::new(127, 0, 1, address as u8), 0).into())?;
        }
        let mut stream = socket.connect(at).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /api/v1/live HTTP/1.1\r\nhost: {at}\r\norigin: http://{at}\r\ncookie: {cookie}\r\n\
             connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: {KEY}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut early = Vec::new();
        let head = read_head(&mut stream, &mut early).await?;
        if !head.starts_with("HTTP/1.1 101") || !head.contains(ACCEPT) {
            return Err(io::Error::new(ErrorKind::ConnectionRefused, Refused::read(&head)));
        }
        Ok(Self { stream, decoder: Decoder::default(), early })
    }

    /// Asks for the events of a room.
    pub async fn subscribe(&mut self, room: &str, since: Option<u64>, epoch: Option<&str>) -> io::Result<()> {
        let mut line = format!(r#"{{"type":"subscribe","room":"{room}""#);
        if let Some(since) = since {
            line += &format!(r#","since":{since}"#);
        }
        if let Some(epoch) = epoch {
            line += &format!(r#","epoch":"{epoch}""#);
        }
        line.push('}');
        self.text(&line).await
    }

    /// Sends a text message.
    pub async fn text(&mut self, text: &str) -> io::Result<()> {
        self.send(TEXT, text.as_bytes()).await
    }

    async fn send(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        self.stream.write_all(&frame(opcode, payload)).await
    }

    /// Waits for bytes and hands over every message they complete. Pings are answered here.
    pub async fn read(&mut self, mut each: impl FnMut(Message<'_>)) -> io::Result<()> {
        let mut pong = None;
        if !self.early.is_empty() {
            let early = std::mem::take(&mut self.early);
            self.decoder.feed(&early, &mut pong, &mut each)?;
        } else {
            self.stream.readable().await?;
            SCRATCH.with_borrow_mut(|scratch| match self.stream.try_read(scratch) {
                Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => self.decoder.feed(&scratch[..read], &mut pong, &mut each),
                Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
                Err(error) => Err(error),
            })?;
        }
        match pong {
            Some(payload) => self.send(PONG, &payload).await,
            None => Ok(()),
        }
    }

    /// Ends the connection as a failing network does: a reset, no farewell.
    pub fn cut(self) {
        drop(self.stream.set_zero_linger());
    }
}

/// A client frame, masked as the RFC asks.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80 | opcode];
    match payload.len() {
        length @ 0..126 => bytes.push(0x80 | length as u8),
        length => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// Takes bytes as they come and gives messages. Keeps only what is not complete yet.
#[derive(Default)]
pub struct Decoder {
    partial: Vec<u8>,
    message: Vec<u8>,
}

impl Decoder {
    pub fn feed(
        &mut self,
        bytes: &[u8],
        pong: &mut Option<Vec<u8>>,
        each: &mut impl FnMut(Message<'_>),
    ) -> io::Result<()> {
        if self.partial.is_empty() {
            let used = self.frames(bytes, pong, each)?;
            self.partial.extend_from_slice(&bytes[used..]);
        } else {
            let mut all = std::mem::take(&mut self.partial);
            all.extend_from_slice(bytes);
            let used = self.frames(&all, pong, each)?;
            if used < all.len() {
                all.drain(..used);
                self.partial = all;
            }
        }
        Ok(())
    }

    fn frames(
        &mut self,
        bytes: &[u8],
        pong: &mut Option<Vec<u8>>,
        each: &mut impl FnMut(Message<'_>),
    ) -> io::Result<usize> {
        let mut used = 0;
        while let Some((first, payload)) = split(&bytes[used..])? {
            used += payload.end;
            let payload = &bytes[used - payload.end..][payload];
            match (first & 0x0f, first & 0x80 != 0) {
                (TEXT, true) => lines(payload, each),
                (0 | TEXT, last) => {
                    self.message.extend_from_slice(payload);
                    if last {
                        lines(&std::mem::take(&mut self.message), each);
                    }
                }
                (CLOSE, _) => {
                    let code = payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
                    let reason = payload.get(2..).and_then(|reason| std::str::from_utf8(reason).ok());
                    each(Message::Close(code, reason.unwrap_or_default()));
                }
                (PING, _) => *pong = Some(payload.to_vec()),
                (PONG, _) => {}
                (opcode, _) => return Err(invalid(&format!("a frame of the unknown kind {opcode}"))),
            }
        }
        Ok(used)
    }
}

fn lines(text: &[u8], each: &mut impl FnMut(Message<'_>)) {
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .for_each(|line| each(Message::Line(line)));
}

/// The first byte and the place of the payload of the frame at the start of `bytes`, if it is complete.
fn split(bytes: &[u8]) -> io::Result<Option<(u8, std::ops::Range<usize>)>> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if second & 0x80 != 0 {
        return Err(invalid("a masked frame from the server"));
    }
    let (start, length) = match second {
        126 => match rest.first_chunk() {
            Some(length) => (4, usize::from(u16::from_be_bytes(*length))),
            None => return Ok(None),
        },
        127 => match rest.first_chunk() {
            Some(length) => (10, usize::try_from(u64::from_be_bytes(*length)).map_err(io::Error::other)?),
            None => return Ok(None),
        },
        length => (2, usize::from(*length)),
    };
    if length > 16 << 20 {
        return Err(invalid("a frame above 16 MiB"));
    }
    Ok((bytes.len() >= start + length).then_some((*first, start..start + length)))
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

/// A line as a client of the live contract sees it.
#[derive(Debug, PartialEq)]
pub enum Frame {
    /// An event: its room's id starts at this offset of the line; its number.
    Event { seq: u64 },
    /// Anything else.
    Other(Value),
}

impl Frame {
    /// Reads a line; an event is recognised by its beginning and not parsed any further.
    pub fn read(line: &[u8]) -> Self {
        const START: &[u8] = br#"{"type":"event","room":""#;
        const NUMBER: &[u8] = br#"","seq":"#;
        const ID: usize = 36;
        let seq = line
            .strip_prefix(START)
            .and_then(|rest| rest.get(ID..))
            .and_then(|rest| rest.strip_prefix(NUMBER))
            .map(|rest| rest.iter().take_while(|byte| byte.is_ascii_digit()))
            .map(|digits| digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')));
        if let Some(seq) = seq {
            return Self::Event { seq };
        }
        let value: Value = serde_json::from_slice(line).unwrap_or(Value::Null);
        match (value["type"].as_str(), value["seq"].as_u64()) {
            (Some("event"), Some(seq)) => Self::Event { seq },
            _ => Self::Other(value),
        }
    }
}
