//! A client that speaks as much HTTP/1.1 as tests need, and shows what came back to the byte.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 200, 404, …
    pub status: u16,
    /// What stands behind the status.
    pub reason: String,
    /// Names in lower case, and values as they came.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

#[allow(dead_code, reason = "not every test looks at everything")]
impl Answer {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Asks a server on this machine, on a connection of its own.
pub fn request(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a server listens");
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).expect("it can be set");
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!(
        "Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream
        .write_all(head.as_bytes())
        .expect("it takes requests");
    stream.write_all(body).expect("it takes bodies");
    answer(&mut BufReader::new(stream))
}

/// Reads an answer.
pub fn answer(reader: &mut impl BufRead) -> Answer {
    let status_line = line(reader);
    let mut parts = status_line.splitn(3, ' ').skip(1);
    let status = parts.next().and_then(|status| status.parse().ok());
    let mut answer = Answer {
        status: status.unwrap_or_else(|| panic!("`{status_line}` is no status line")),
        reason: parts.next().unwrap_or_default().to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let line = line_bytes(reader);
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at(colon.expect("a header has a colon"));
        let name = String::from_utf8_lossy(name).to_lowercase();
        answer
            .headers
            .push((name, value[1..].trim_ascii().to_vec()));
    }
    let length = answer.header("content-length");
    if let Some(length) = length.and_then(|length| length.parse().ok()) {
        answer.body = vec![0; length];
        reader
            .read_exact(&mut answer.body)
            .expect("the body is whole");
    } else if answer.header("transfer-encoding").as_deref() == Some("chunked") {
        answer.body = chunks(reader);
    } else {
        reader.read_to_end(&mut answer.body).expect("the body ends");
    }
    answer
}

fn chunks(reader: &mut impl BufRead) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let size = usize::from_str_radix(line(reader).trim(), 16).expect("a chunk has a size");
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk).expect("the chunk is whole");
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&chunk[..size]);
    }
}

fn line(reader: &mut impl BufRead) -> String {
    String::from_utf8_lossy(&line_bytes(reader)).into_owned()
}

fn line_bytes(reader: &mut impl BufRead) -> Vec<u8> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).expect("a line comes");
    line.trim_ascii_end().to_vec()
}
