//! A session that is served by the program itself, and just enough HTTP to talk to it byte by byte.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

/// One PoP near its store, and nothing that happens by itself.
pub const WORLD: &str = r#"
title    = "A live world"
duration = "1m"
[store]
at = "IAD"
[pop.NEAR]
to-store = "2ms"
[[script]]
time = "1s"
pop  = "NEAR"
get  = "k"
"#;

/// A session of its own, which ends with this.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    // Nobody reads on, but it must be open for what is written at the end.
    _stdout: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Server {
    /// Serves a scenario with further arguments, on a port that is free.
    pub fn start(scenario: &str, arguments: &[&str]) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("world.toml");
        fs::write(&file, scenario).expect("the folder can be written");
        let mut process = Command::new(env!("CARGO_BIN_EXE_kvlag"))
            .arg("serve")
            .arg(&file)
            .args(["--listen", "127.0.0.1:0", "--out"])
            .arg(folder.path().join("reports"))
            .args(arguments)
            .env_remove("KVLAG_TOKEN")
            .stdout(Stdio::piped())
            .spawn()
            .expect("kvlag starts");
        let mut stdout = BufReader::new(process.stdout.take().expect("is piped"));
        let mut address = None;
        let mut line = String::new();
        while !line.starts_with("Ready.") {
            line.clear();
            let length = stdout.read_line(&mut line).expect("kvlag prints text");
            assert!(length > 0, "kvlag gets ready");
            if line.trim_start().starts_with("REST API") {
                let start = line.find("http://").expect("it names an address") + "http://".len();
                let end = line.find("/client").expect("it names the API's path");
                address = line[start..end].parse().ok();
            }
        }
        Server {
            process,
            address: address.expect("kvlag says where it listens"),
            _stdout: stdout,
            _folder: folder,
        }
    }

    /// Asks for something; `path` goes out as it is.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        let mut stream = self.connect();
        stream
            .write_all((head + "\r\n").as_bytes())
            .expect("the head is taken");
        // Before the whole body has gone out, nobody listens.
        stream.write_all(body).expect("the body is taken");
        Answer::read(stream)
    }

    /// A connection.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("kvlag listens");
        let patience = Some(Duration::from_secs(60));
        stream.set_read_timeout(patience).expect("it is a socket");
        stream
    }

    /// Ends the session as Ctrl-C does, and waits for its report.
    pub fn end(mut self) -> ExitStatus {
        let process = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &process]).status();
        assert!(told.expect("there is kill").success());
        self.process.wait().expect("it ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Answer {
    /// Reads an answer up to the end of its connection.
    pub fn read(mut stream: TcpStream) -> Answer {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer comes");
        let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let body = bytes.split_off(head_end.expect("the head has an end") + 4);
        let head = String::from_utf8(bytes).expect("the head is text");
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").expect("a header has a value");
            (name.to_lowercase(), value.to_owned())
        });
        let answer = Answer {
            status: status
                .and_then(|status| status.parse().ok())
                .expect("a status"),
            headers: headers.collect(),
            body,
        };
        let length = answer.header("content-length").map(str::to_owned);
        assert_eq!(length, Some(answer.body.len().to_string()), "it came whole");
        answer
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}
