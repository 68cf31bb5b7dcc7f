//! The WebSocket client of the load driver, against bytes made by hand and against another implementation.

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message as Theirs;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::client::{Client, Failure};
use crate::socket::{Decoder, Frame, Message, Socket};

fn decode(pieces: &[&[u8]]) -> Vec<String> {
    let (mut decoder, mut pong, mut got) = (Decoder::default(), None, Vec::new());
    for piece in pieces {
        let mut each = |message: Message<'_>| {
            got.push(match message {
                Message::Line(line) => String::from_utf8_lossy(line).into_owned(),
                Message::Close(code, reason) => format!("close {code} {reason}"),
            })
        };
        decoder.feed(piece, &mut pong, &mut each).expect("well formed");
    }
    got
}

#[test]
fn one_frame_with_several_lines() {
    assert_eq!(decode(&[b"\x81\x05a\nb\nc"]), ["a", "b", "c"]);
}

#[test]
fn bytes_may_be_cut_anywhere() {
    let whole = b"\x81\x02ab\x89\x01!\x01\x01c\x80\x03d\ne\x88\x05\x0f\xa8bye";
    for cut in 0..whole.len() {
        assert_eq!(
            decode(&[&whole[..cut], &whole[cut..]]),
            ["ab", "cd", "e", "close 4008 bye"],
            "cut at {cut}"
        );
    }
}

#[test]
fn long_frames() {
    let mut long = vec![0x81, 126, 1, 0];
    long.extend([b'x'; 256]);
    let mut longer = vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0];
    longer.extend([b'y'; 65536]);
    let got = decode(&[&long, &longer[..5000], &longer[5000..]]);
    assert_eq!(got.iter().map(String::len).collect::<Vec<_>>(), [256, 65536]);
}

#[test]
fn events_are_recognised_in_any_order_of_fields() {
    let room = "0199aaaa-0000-7000-8000-000000000000";
    let fast = format!(r#"{{"type":"event","room":"{room}","seq":1042,"kind":"post.created"}}"#);
    let slow = format!(r#"{{"seq":1042,"room":"{room}","type":"event"}}"#);
    assert_eq!(Frame::read(fast.as_bytes()), Frame::Event { seq: 1042 });
    assert_eq!(Frame::read(slow.as_bytes()), Frame::Event { seq: 1042 });
    assert!(matches!(Frame::read(br#"{"type":"hello"}"#), Frame::Other(_)));
}

#[tokio::test]
async fn speaks_with_another_implementation() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        let mut theirs = tokio_tungstenite::accept_async(stream).await.expect("a handshake");
        let asked = theirs.next().await.expect("a message").expect("well formed");
        theirs.send(Theirs::Ping("are you there".into())).await.expect("sent");
        theirs.send(Theirs::text("x".repeat(300_000) + "\nsecond")).await.expect("sent");
        let pong = theirs.next().await.expect("a message").expect("well formed");
        let end = CloseFrame { code: 4012.into(), reason: "wait=250".into() };
        theirs.send(Theirs::Close(Some(end))).await.expect("sent");
        (asked, pong)
    });
    let mut socket = Socket::open(at, "plenary=x", 0).await.expect("open");
    socket.subscribe("r", Some(7), Some("e")).await.expect("sent");
    let mut got = Vec::new();
    while got.len() < 3 {
        socket
            .read(|message| {
                got.push(match message {
                    Message::Line(line) => line.len().to_string(),
                    Message::Close(code, reason) => format!("{code} {reason}"),
                })
            })
            .await
            .expect("open until then");
    }
    assert_eq!(got, ["300000", "6", "4012 wait=250"]);
    let (asked, pong) = server.await.expect("no panic");
    assert_eq!(asked, Theirs::text(r#"{"type":"subscribe","room":"r","since":7,"epoch":"e"}"#));
    assert_eq!(pong, Theirs::Pong("are you there".into()));
}

/// Gives these bytes to the first request, whatever it is.
async fn answering(bytes: &'static [u8]) -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let client = Client::new(listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await.expect("a request");
        for piece in bytes.chunks(7) {
            stream.write_all(piece).await.expect("written");
            tokio::task::yield_now().await;
        }
    });
    client
}

#[tokio::test]
async fn answers_with_a_length_and_in_chunks() {
    let plain = b"HTTP/1.1 201 Created\r\nContent-Length: 8\r\nSet-Cookie: a=b\r\n\r\n{\"id\":7}";
    let answer = answering(plain).await.call_raw("GET", "/", None).await.expect("an answer");
    assert_eq!((answer.status, answer.header("set-cookie")), (201, Some("a=b")));
    assert_eq!(answer.body, b"{\"id\":7}");

    let chunked =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{\"id\r\n4\r\n\":7}\r\n0\r\n\r\n";
    let value = answering(chunked).await.call("GET", "/", None).await.expect("an answer");
    assert_eq!(value["id"], 7);

    let mut scrap = vec![0; 4];
    let (status, length) =
        answering(plain).await.skim(b"GET / HTTP/1.1\r\n\r\n", &mut scrap, false).await.expect("an answer");
    assert_eq!((status, length), (201, 8));
}

#[tokio::test]
async fn a_skimmed_answer_keeps_its_end_or_all_of_it() {
    for whole in [false, true] {
        let bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n{}end", "a".repeat(8_997));
        let mut client = answering(bytes.leak().as_bytes()).await;
        let skimmed = client.skim(b"GET / HTTP/1.1\r\n\r\n", &mut [0; 64], whole).await.expect("an answer");
        assert_eq!(skimmed, (200, 9000));
        assert!(client.kept().ends_with(b"aaend"));
        assert_eq!(client.kept().len() == 9000, whole);
    }
}

#[tokio::test]
async fn refusals_and_cuts_are_told_apart() {
    let refused = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";
    let failure = answering(refused).await.call("GET", "/", None).await.expect_err("503");
    assert!(
        matches!(&failure, Failure::Refused { status: 503, body } if body == "busy") && failure.may_retry()
    );

    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nhal";
    let failure = answering(cut).await.call("GET", "/", None).await.expect_err("half an answer");
    assert!(matches!(failure, Failure::Unreachable(_)));
}
