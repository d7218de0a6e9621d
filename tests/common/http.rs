//! A client that speaks as much HTTP/1.1 as tests need, and sends what it is given to the byte.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 200, 404, …
    pub status: u16,
    /// What stands behind the status.
    pub reason: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A connection on which nobody waits for ever.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a server listens");
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).expect("it is a socket");
    stream
}

/// The head of a request; `path` goes out as it is.
pub fn head(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        head += &format!("Host: {address}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head
}

/// Asks a server, on a connection of its own. The whole body goes out before anybody listens for an answer.
pub fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let length = body.len();
    let head = head(address, method, path, headers)
        + &format!("Connection: close\r\nContent-Length: {length}\r\n\r\n");
    let mut stream = connect(address);
    stream
        .write_all(head.as_bytes())
        .expect("the head is taken");
    stream.write_all(body).expect("the body is taken");
    Answer::read(stream)
}

impl Answer {
    /// Reads an answer up to the end of its connection.
    pub fn read(mut stream: TcpStream) -> Answer {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer comes");
        Answer::of(bytes)
    }

    /// An answer from its bytes.
    pub fn of(mut bytes: Vec<u8>) -> Answer {
        let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let mut body = bytes.split_off(head_end.expect("the head has an end") + 4);
        let head = String::from_utf8(bytes).expect("the head is text");
        let mut lines = head.trim_end().split("\r\n");
        let mut status = lines.next().unwrap_or_default().splitn(3, ' ').skip(1);
        let number = status.next().and_then(|status| status.parse().ok());
        let reason = status.next().unwrap_or_default().to_owned();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').expect("a header has a colon");
            (name.to_lowercase(), value.trim().to_owned())
        });
        let headers: Vec<(String, String)> = headers.collect();
        let header = |name: &str| headers.iter().find(|(known, _)| known == name);
        if header("transfer-encoding").is_some() {
            body = whole(&body);
        } else {
            let length = header("content-length").map(|(_, length)| length.clone());
            assert_eq!(length, Some(body.len().to_string()), "it came whole");
        }
        Answer {
            status: number.expect("a status"),
            reason,
            headers,
            body,
        }
    }

    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, which it says that it is.
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

/// A body that came in chunks.
fn whole(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|two| two == b"\r\n");
        let (size, rest) = chunks.split_at(end.expect("a chunk has a size"));
        let size = std::str::from_utf8(size).ok();
        let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.expect("a size is a number");
        body.extend_from_slice(&rest[2..2 + size]);
        if size == 0 {
            return body;
        }
        chunks = &rest[2 + size + 2..];
    }
}
