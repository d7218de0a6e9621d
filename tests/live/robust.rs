//! What a server meets: clients that are slow, gone, malformed, greedy, or of another site.

use crate::WORLD;
use crate::http::{self, Answer};
use crate::served::Served;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

/// The memory that a process has in use, in MiB.
fn memory_mib(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("there is /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB"));
    kib.and_then(|kib| kib.trim().parse::<u64>().ok())
        .expect("it tells")
        / 1024
}

/// What is held and lent, as the metrics tell.
fn taken(session: &Served) -> u64 {
    gauge(session, "kvlag_memory_bytes")
}

fn gauge(session: &Served, name: &str) -> u64 {
    let metrics = session.ask("GET", "/metrics", &[], b"").text();
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok())
        .expect("it is a metric")
}

fn put(session: &Served, path: &str, body: &[u8]) -> Answer {
    session.ask("PUT", path, &[("X-KV-Pop", "NEAR")], body)
}

fn is_answering(session: &Served) {
    let answer = session.ask("GET", "/k", &[("X-KV-Pop", "NEAR")], b"");
    assert_eq!(answer.status, 404);
}

/// Waits until something holds.
fn soon(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_thousand_idle_connections_and_slow_ones_are_in_nobodys_way() {
    let session = Served::start(WORLD, &[]);
    let idle: Vec<TcpStream> = (0..1000).map(|_| session.connect()).collect();
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = session.connect();
        stream
            .write_all(b"GET /k HTTP/1.1\r\nX-KV-")
            .expect("it is taken");
        slow.push(stream);
    }
    for _ in 0..100 {
        is_answering(&session);
    }
    soon("all are open", || {
        gauge(&session, "kvlag_connections") >= 1050
    });
    drop((idle, slow));
    soon("all are closed", || {
        gauge(&session, "kvlag_connections") <= 1
    });
    assert!(
        memory_mib(session.id()) < 200,
        "{} MiB",
        memory_mib(session.id())
    );
}

#[test]
fn a_client_that_vanishes_in_its_upload_leaves_nothing() {
    let session = Served::start(WORLD, &[]);
    is_answering(&session);
    let before = taken(&session);
    let half = vec![7; 10 << 20];
    for chunked in [false, true] {
        let mut uploads = Vec::new();
        for _ in 0..10 {
            let length = match chunked {
                true => ("Transfer-Encoding", "chunked"),
                false => ("Content-Length", "20971520"),
            };
            let head = http::head(
                session.address,
                "PUT",
                "/k",
                &[("X-KV-Pop", "NEAR"), length],
            );
            let mut stream = session.connect();
            stream
                .write_all((head + "\r\n").as_bytes())
                .expect("it is taken");
            if chunked {
                stream.write_all(b"A00000\r\n").expect("it is taken");
            }
            stream.write_all(&half).expect("it is taken");
            uploads.push(stream);
        }
        soon("uploads take memory", || taken(&session) > 90 << 20);
        drop(uploads);
        soon("they give it back", || taken(&session) < before + (1 << 20));
    }
    is_answering(&session);
}

#[test]
fn what_is_no_request_is_refused_and_the_next_one_answered() {
    let session = Served::start(WORLD, &[]);
    let huge = format!("GET /{} HTTP/1.1\r\n", "x".repeat(100_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(500));
    for bytes in [
        "\r\n\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET /k HTTP/9.9\r\n\r\n",
        "GET /k HTTP/1.1\r\nX-KV-Pop\r\n\r\n",
        "PUT /k HTTP/1.1\r\nX-KV-Pop: NEAR\r\nContent-Length: -5\r\n\r\n",
        "PUT /k HTTP/1.1\r\nX-KV-Pop: NEAR\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "PUT /k HTTP/1.1\r\nX-KV-Pop: NEAR\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}",
        huge.as_str(),
        many.as_str(),
    ] {
        let mut stream = session.connect();
        // It may be closed before all is written.
        let _ = stream.write_all(bytes.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).unwrap_or("nothing");
        let shown: String = bytes.chars().take(60).collect();
        assert!(!status.starts_with('2'), "{shown:?} got {status}");
        is_answering(&session);
    }
}

#[test]
fn a_body_that_never_ends_is_cut_off() {
    let session = Served::start(WORLD, &[]);
    let head = http::head(
        session.address,
        "PUT",
        "/k",
        &[("X-KV-Pop", "NEAR"), ("Transfer-Encoding", "chunked")],
    );
    let mut stream = session.connect();
    stream
        .write_all((head + "\r\n").as_bytes())
        .expect("it is taken");
    let chunk = [b"100000\r\n".as_slice(), &vec![0; 1 << 20], b"\r\n"].concat();
    let mut sent = 0;
    while stream.write_all(&chunk).is_ok() {
        sent += 1;
        assert!(
            sent < 1000,
            "a gigabyte is read of a value of 25 MiB at most"
        );
    }
    assert!(taken(&session) < 10 << 20);
    is_answering(&session);
}

#[test]
fn memory_has_a_bound_and_a_clear_refusal() {
    let session = Served::start(WORLD, &["--max-memory", "120MiB"]);
    let value = vec![1; 10 << 20];
    let mut refused = None;
    for key in 0..30 {
        let answer = put(&session, &format!("/k{key}"), &value);
        if answer.status != 200 {
            refused.get_or_insert((key, answer.status, answer.reason));
        }
    }
    let words = "kvlag has used up its memory of 120MiB; start it with a larger --max-memory";
    let (key, status, reason) = refused.expect("300 MiB do not fit");
    assert!((9..12).contains(&key), "{key}");
    assert_eq!((status, reason.as_str()), (503, words));
    let first = session.ask("GET", "/k0", &[("X-KV-Pop", "NEAR")], b"");
    assert_eq!((first.status, first.body.len()), (200, 10 << 20));
    assert!(
        memory_mib(session.id()) < 300,
        "{} MiB",
        memory_mib(session.id())
    );
}

#[test]
fn answers_that_nobody_takes_take_no_more_memory_than_there_is() {
    let session = Served::start(WORLD, &["--max-memory", "200MiB"]);
    // As text in JSON, each byte takes six.
    assert_eq!(put(&session, "/k", &vec![1; 20 << 20]).status, 200);
    let body = r#"{"keys":["k"]}"#;
    let length = body.len().to_string();
    let headers = [("X-KV-Pop", "NEAR"), ("Content-Length", length.as_str())];
    let head = http::head(session.address, "POST", "/bulk/get", &headers);
    let mut waiting = Vec::new();
    for _ in 0..12 {
        let mut stream = session.connect();
        stream
            .write_all(format!("{head}\r\n{body}").as_bytes())
            .expect("it is taken");
        waiting.push(stream);
    }
    std::thread::sleep(Duration::from_secs(2));
    assert!(
        memory_mib(session.id()) < 600,
        "{} MiB",
        memory_mib(session.id())
    );
    drop(waiting);
    soon("it is given back", || taken(&session) < 25 << 20);
}

#[test]
fn pages_of_other_sites_get_nothing() {
    let session = Served::start(WORLD, &[]);
    let host = session.address.to_string();
    let own = format!("http://{host}");
    let asked = |headers: &[(&str, &str)]| session.ask("POST", "/api/resume", headers, b"").status;
    assert_eq!(asked(&[("Origin", &own)]), 200);
    assert_eq!(asked(&[("Origin", "https://evil.example")]), 403);
    assert_eq!(
        asked(&[("Host", "evil.example")]),
        403,
        "a name that was pointed at this machine"
    );
    for own in ["evil.example", "evil.example:8787"] {
        let named = [("X-KV-Pop", "NEAR"), ("Host", own)];
        assert_eq!(session.ask("PUT", "/k", &named, b"v").status, 403, "{own}");
    }
    let embedded = [("X-KV-Pop", "NEAR"), ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(session.ask("GET", "/k", &embedded, b"").status, 403);
    let workerd = [("X-KV-Pop", "NEAR"), ("Host", "fake-host")];
    assert_eq!(session.ask("GET", "/k", &workerd, b"").status, 404);
    let binding = [("X-KV-Pop", "NEAR"), ("Origin", "https://evil.example")];
    assert_eq!(session.ask("PUT", "/k", &binding, b"v").status, 403);
    let page = session.ask("GET", "/api/world", &[], b"");
    assert!(page.header("access-control-allow-origin").is_none());
}

#[test]
fn paths_lead_to_no_file() {
    let session = Served::start(WORLD, &[]);
    for path in [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/client/v4/../../etc/passwd",
    ] {
        let answer = session.ask("GET", path, &[], b"");
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[test]
fn a_token_is_wanted_of_everybody_and_where_others_can_reach_it_it_must_be_there() {
    let session = Served::start(WORLD, &["--token", "secret"]);
    let bearer = [("Authorization", "Bearer secret"), ("X-KV-Pop", "NEAR")];
    assert_eq!(session.ask("GET", "/k", &bearer, b"").status, 404);
    assert_eq!(session.ask("GET", "/k", &bearer[1..], b"").status, 401);
    let wrong = [("Authorization", "Bearer secres"), ("X-KV-Pop", "NEAR")];
    assert_eq!(session.ask("GET", "/k", &wrong, b"").status, 401);
    for path in [
        "/api/state",
        "/metrics",
        "/client/v4/accounts/a/storage/kv/namespaces",
    ] {
        assert_eq!(session.ask("GET", path, &[], b"").status, 401, "{path}");
        assert_eq!(
            session.ask("GET", path, &bearer[..1], b"").status,
            200,
            "{path}"
        );
    }
    let scenario = session.folder.path().join("world.toml");
    let refused = Command::new(env!("CARGO_BIN_EXE_kvlag"))
        .arg("serve")
        .arg(&scenario)
        .args(["--listen", "0.0.0.0:0"])
        .env_remove("KVLAG_TOKEN")
        .output()
        .expect("kvlag runs");
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("give a --token"), "{said}");
}

#[test]
fn a_port_that_is_taken_is_told_of() {
    let session = Served::start(WORLD, &[]);
    let second = Command::new(env!("CARGO_BIN_EXE_kvlag"))
        .arg("serve")
        .arg(session.folder.path().join("world.toml"))
        .args(["--listen", &session.address.to_string()])
        .current_dir(session.folder.path())
        .output()
        .expect("kvlag runs");
    assert_eq!(second.status.code(), Some(2));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("cannot listen on"), "{said}");
    assert!(said.lines().count() <= 2, "{said}");
}
