//! The binding's protocol to the byte, as `workerd` speaks it and as others may.

use crate::http::{self, Answer};
use crate::served::Served;
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;

/// Two PoPs with known delays.
const WORLD: &str = r#"
title    = "Two PoPs"
duration = "1m"
[store]
at = "IAD"
[pop.NEAR]
to-store = "1ms"
[pop.FAR]
to-store = "20ms"
[[store.value]]
key      = "stored/{n}"
count    = 3
value    = "value {n}"
metadata = '{"n": {n}}'
"#;

struct Store(Served);

impl Store {
    fn open(options: &[&str]) -> Store {
        Store(Served::start(WORLD, options))
    }

    fn send(
        &self,
        pop: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let pop = ("X-KV-Pop", pop);
        let headers: Vec<(&str, &str)> = [pop].iter().chain(headers).copied().collect();
        self.0.ask(method, path, &headers, body)
    }

    fn get(&self, pop: &str, path: &str) -> Answer {
        self.send(pop, "GET", path, &[], b"")
    }

    fn put(&self, pop: &str, path: &str, body: &[u8]) -> Answer {
        self.send(pop, "PUT", path, &[], body)
    }

    /// Puts it, when the store takes another write of the key.
    fn put_again(&self, pop: &str, path: &str, body: &[u8]) {
        while self.put(pop, path, body).status == 429 {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn reason(answer: &Answer) -> (u16, &str) {
    (answer.status, &answer.reason)
}

#[test]
fn a_value_comes_back_as_it_was_put_with_its_metadata_and_expiration() {
    let store = Store::open(&[]);
    let bytes: Vec<u8> = (0..=255).collect();
    let metadata = r#"{"city":"Zürich 🙂"}"#;
    let headers = [("CF-KV-Metadata", metadata)];
    let put = store.send(
        "NEAR",
        "PUT",
        "/k?urlencoded=true&expiration_ttl=60",
        &headers,
        &bytes,
    );
    assert_eq!((put.status, put.body), (200, Vec::new()));
    let got = store.get("FAR", "/k?urlencoded=true");
    assert_eq!((got.status, &got.body), (200, &bytes));
    assert_eq!(got.header("cf-kv-metadata"), Some(metadata));
    assert_eq!(got.header("cf-cache-status"), Some("MISS"));
    assert!(got.header("cf-expiration").is_some());
    let again = store.get("FAR", "/k?urlencoded=true");
    assert_eq!(again.header("cf-cache-status"), Some("HIT"));
}

#[test]
fn what_is_not_there_has_no_body_and_is_deleted_all_the_same() {
    let store = Store::open(&[]);
    let got = store.get("NEAR", "/nothing?urlencoded=true");
    assert_eq!((got.status, got.body.len()), (404, 0));
    assert_eq!(got.header("cf-cache-status"), Some("MISS"));
    let deleted = store.send("NEAR", "DELETE", "/nothing?urlencoded=true", &[], b"");
    assert_eq!(deleted.status, 200);
}

#[test]
fn an_answer_says_which_version_was_read_and_which_a_write_became() {
    let store = Store::open(&[]);
    let read = |pop| {
        let answer = store.get(pop, "/k");
        let told = answer.header("x-kvlag-read").unwrap_or("").to_owned();
        let version = told.split(", ").find(|part| part.starts_with("version="));
        version.map(str::to_owned)
    };
    let write = |answer: Answer| answer.header("x-kvlag-write").map(str::to_owned);
    assert_eq!(read("FAR").as_deref(), Some("version=0"));
    assert_eq!(
        write(store.put("NEAR", "/k", b"1")).as_deref(),
        Some("version=1")
    );
    let refused = store.put("NEAR", "/k", b"2");
    assert_eq!((refused.status, write(refused)), (429, None));
    assert_eq!(read("NEAR").as_deref(), Some("version=1"));
    assert_eq!(read("FAR").as_deref(), Some("version=0"), "is stale");
    std::thread::sleep(Duration::from_millis(1_100));
    let deleted = store.send("NEAR", "DELETE", "/k", &[], b"");
    assert_eq!(write(deleted).as_deref(), Some("version=2"));
}

#[test]
fn keys_are_one_segment_of_a_path_and_never_normalised() {
    let store = Store::open(&[]);
    for (path, name) in [
        ("/k%C3%A9%20y%2Fz%3F&%23%25+", "ké y/z?&#%+"),
        ("/.%2Fx%2F..%2Fy", "./x/../y"),
        ("/bulk%2Fget", "bulk/get"),
        ("/a/../b", "a/../b"),
        ("/%252F", "%2F"),
        ("/nul%00", "nul\0"),
        ("/half%ED%A0%80", "half\u{fffd}\u{fffd}\u{fffd}"),
    ] {
        let path = format!("{path}?urlencoded=true");
        store.put_again("NEAR", &path, name.as_bytes());
        let got = store.get("NEAR", &path);
        assert_eq!(got.text(), name);
        let list = store.get("NEAR", "/?key_count_limit=1000").json();
        let keys = list["keys"].as_array().expect("there are keys");
        assert!(
            keys.iter().any(|key| key["name"] == json!(name)),
            "{name:?} is not in {list}"
        );
    }
    // Who does not say that it is encoded means what it says.
    store.put_again("NEAR", "/a%2Fb", b"raw");
    assert_eq!(store.get("NEAR", "/a%252Fb?urlencoded=true").text(), "raw");
}

#[test]
fn refusals_stand_in_the_status_line() {
    let store = Store::open(&[]);
    let long = "x".repeat(513);
    for (method, path, status, words) in [
        (
            "GET",
            "/k?cache_ttl=29",
            400,
            "Invalid cache_ttl of 29. Cache TTL must be at least 30.",
        ),
        ("GET", "/k?cache_ttl=x", 400, "Invalid cache_ttl of x."),
        (
            "PUT",
            "/k?expiration_ttl=0",
            400,
            "Invalid expiration_ttl of 0. Please specify integer greater than 0.",
        ),
        (
            "PUT",
            "/k?expiration_ttl=59",
            400,
            "Invalid expiration_ttl of 59. Expiration TTL must be at least 60.",
        ),
        (
            "PUT",
            "/k?expiration=1",
            400,
            "Invalid expiration of 1. Please specify integer greater than the current \
          number of seconds since the UNIX epoch.",
        ),
        (
            "GET",
            "/?key_count_limit=0",
            400,
            "Invalid key_count_limit of 0. Please specify an integer greater than 0.",
        ),
        (
            "GET",
            "/?key_count_limit=1001",
            400,
            "Invalid key_count_limit of 1001. Please specify an integer less than \
          1000.",
        ),
        ("GET", "/?cursor=nonsense", 400, "Invalid cursor"),
        ("PATCH", "/k", 405, "Method Not Allowed"),
        (
            "GET",
            "/..",
            400,
            "Illegal key name \"..\". Please use a different name.",
        ),
    ] {
        let answer = store.send("NEAR", method, path, &[], b"");
        assert_eq!(reason(&answer), (status, words), "{method} {path}");
        assert_eq!(
            answer.text(),
            format!("{words}\n"),
            "for whoever sees the body alone"
        );
    }
    let path = format!("/{long}");
    let words = "UTF-8 encoded length of 513 exceeds key length limit of 512.";
    assert_eq!(reason(&store.get("NEAR", &path)), (414, words));
    assert_eq!(reason(&store.put("NEAR", &path, b"v")), (414, words));
    let metadata = format!("\"{}\"", "x".repeat(1023));
    // A body would cost `workerd` its connection.
    let workerd = [("CF-KV-FLPROD-405", "https://fake-host/k")];
    let refused = store.send("NEAR", "GET", "/k?cache_ttl=1", &workerd, b"");
    assert_eq!((refused.status, refused.body.len()), (400, 0));
    let long = store.send("NEAR", "PUT", "/k", &[("CF-KV-Metadata", &metadata)], b"v");
    assert_eq!(
        reason(&long),
        (413, "Metadata length of 1025 exceeds limit of 1024.")
    );
    let large = store.put("NEAR", "/k", &vec![0; (25 << 20) + 1]);
    assert_eq!(
        reason(&large),
        (413, "Value length of 26214401 exceeds limit of 26214400.")
    );
    store.put_again("NEAR", "/k", b"1");
    assert_eq!(
        reason(&store.put("NEAR", "/k", b"2")),
        (429, "Too Many Requests")
    );
}

#[test]
fn a_list_has_pages_and_metadata_as_text() {
    let store = Store::open(&[]);
    let page = store
        .get("NEAR", "/?prefix=stored%2F&key_count_limit=2")
        .json();
    assert_eq!(page["list_complete"], json!(false));
    assert_eq!(
        page["keys"],
        json!([
            { "name": "stored/0", "metadata": "{\"n\": 0}" },
            { "name": "stored/1", "metadata": "{\"n\": 1}" }
        ])
    );
    let cursor = page["cursor"].as_str().expect("there is more");
    let rest = store
        .get("NEAR", &format!("/?prefix=stored%2F&cursor={cursor}"))
        .json();
    assert_eq!(rest["keys"].as_array().map(Vec::len), Some(1));
    assert_eq!(rest["list_complete"], json!(true));
    assert!(rest.get("cursor").is_none());
    // What is empty says nothing.
    let all = store.get("NEAR", "/?prefix=&cursor=").json();
    assert_eq!(all["keys"].as_array().map(Vec::len), Some(3));
}

#[test]
fn several_keys_are_read_at_once() {
    let store = Store::open(&[]);
    let bulk = |body: Value| {
        store.send(
            "NEAR",
            "POST",
            "/bulk/get",
            &[],
            body.to_string().as_bytes(),
        )
    };
    let texts = bulk(json!({ "keys": ["stored/0", "nobody"], "cacheTtl": "60" }));
    assert_eq!(
        texts.json(),
        json!({ "stored/0": "value 0", "nobody": null })
    );
    let with_metadata = bulk(json!({ "keys": ["stored/1"], "withMetadata": true }));
    let expected = json!({ "stored/1": { "value": "value 1", "metadata": { "n": 1 } } });
    assert_eq!(with_metadata.json(), expected);
    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    for (body, words) in [
        (
            json!({ "keys": many }),
            "You can request a maximum of 100 keys",
        ),
        (json!({ "keys": [] }), "You must request a minimum of 1 key"),
        (
            json!({ "keys": ["a"], "type": "stream" }),
            "\"stream\" is not a valid type. Use \"json\" or \"text\"",
        ),
        (
            json!({ "keys": ["stored/0"], "type": "json" }),
            "At least one of the requested keys corresponds to a non-json value",
        ),
        (
            json!({ "keys": ["a"], "cacheTtl": "10" }),
            "Invalid cache_ttl of 10. Cache TTL must be at least 30.",
        ),
    ] {
        assert_eq!(reason(&bulk(body)), (400, words));
    }
}

#[test]
fn a_body_may_come_in_chunks() {
    let store = Store::open(&[]);
    let address = store.0.address;
    let head = http::head(
        address,
        "PUT",
        "/chunked",
        &[("X-KV-Pop", "NEAR"), ("Transfer-Encoding", "chunked")],
    );
    let mut stream = store.0.connect();
    let body = "Connection: close\r\n\r\n5\r\nhello\r\n6;x=y\r\n there\r\n0\r\n\r\n";
    stream
        .write_all((head + body).as_bytes())
        .expect("it is taken");
    assert_eq!(Answer::read(stream).status, 200);
    assert_eq!(store.get("NEAR", "/chunked").text(), "hello there");
}

#[test]
fn what_is_no_body_is_refused_at_once_and_for_good() {
    let store = Store::open(&[]);
    let mut stream = store.0.connect();
    let head = "PUT /k HTTP/1.1\r\nhost: localhost\r\nx-kv-pop: NEAR\r\ntransfer-encoding: chunked\r\n\r\n";
    write!(stream, "{head}zz\r\nab\r\n0\r\n\r\n").expect("it is sent");
    let answer = Answer::read(stream);
    assert_eq!(reason(&answer), (400, "Bad Request"));
    assert_eq!(store.get("NEAR", "/k").status, 404);
    let beyond = store.get("NEAR", "/k?cache_ttl=2147483648");
    let words = "Invalid cache_ttl of 2147483648. Cache TTL must be at most 2147483647.";
    assert_eq!(reason(&beyond), (400, words));
}

#[test]
fn namespaces_are_apart_and_come_when_they_are_named() {
    let store = Store::open(&[]);
    let in_other = [("X-KV-Namespace", "other")];
    let put = store.send("NEAR", "PUT", "/k", &in_other, b"of the other");
    assert_eq!(put.status, 200);
    assert_eq!(store.get("NEAR", "/k").status, 404);
    assert_eq!(
        store.send("NEAR", "GET", "/k", &in_other, b"").text(),
        "of the other"
    );
    let all = store
        .0
        .ask(
            "GET",
            "/client/v4/accounts/a/storage/kv/namespaces",
            &[],
            b"",
        )
        .json();
    let other = all["result"]
        .as_array()
        .and_then(|all| all.iter().find(|known| known["title"] == "other"));
    let id = other.expect("the API has it, too")["id"]
        .as_str()
        .expect("an identifier");
    let by_id = store.send("NEAR", "GET", "/k", &[("X-KV-Namespace", id)], b"");
    assert_eq!(by_id.text(), "of the other");
}

#[test]
fn a_pop_may_have_a_port_of_its_own() {
    let store = Store::open(&["--pop-port", "0"]);
    let ports = store.0.addresses_below("binding");
    let codes: Vec<&str> = ports.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["NEAR", "FAR"], "in the scenario's order");
    for (_, address) in &ports {
        assert_eq!(
            http::ask(*address, "GET", "/stored%2F0?urlencoded=true", &[], b"").text(),
            "value 0"
        );
    }
    let unknown = store.get("NOWHERE", "/k");
    assert_eq!(
        reason(&unknown),
        (400, "X-KV-Pop names no PoP of the scenario: NEAR, FAR, API")
    );
}

#[test]
fn delays_are_those_of_the_world() {
    let store = Store::open(&[]);
    let took = |pop: &str, path: &str| {
        let start = std::time::Instant::now();
        store.get(pop, path);
        start.elapsed().as_secs_f64() * 1e3
    };
    let (far, hit) = (
        took("FAR", "/stored%2F0?urlencoded=true"),
        took("FAR", "/stored%2F0?urlencoded=true"),
    );
    // Never sooner; how much later, the machine decides.
    assert!(far >= 41.0, "{far} ms");
    assert!((1.0..41.0).contains(&hit), "{hit} ms");
}

#[test]
fn who_has_asked_before_a_namespace_was_removed_gets_what_there_was() {
    let store = Store::open(&[]);
    let large = vec![7; 5 << 20];
    let other = ("X-KV-Namespace", "other");
    assert_eq!(
        store.send("NEAR", "PUT", "/k", &[other], b"old").status,
        200
    );
    let taken = || {
        let state = store.0.ask("GET", "/api/state", &[], b"").json();
        state["memory_bytes"].as_u64().expect("it is counted")
    };
    let namespaces = "/client/v4/accounts/a/storage/kv/namespaces";
    let all = store.0.ask("GET", namespaces, &[], b"").json();
    let all = all["result"].as_array().expect("there are namespaces");
    let found = all.iter().find(|known| known["title"] == "other");
    let id = found.expect("it is there")["id"]
        .as_str()
        .expect("an identifier");
    store.0.ask("POST", "/api/pause", &[], b"");
    let address = store.0.address;
    let asking = |method: &'static str, path: &'static str, body: Vec<u8>| {
        std::thread::spawn(move || {
            http::ask(address, method, path, &[("X-KV-Pop", "FAR"), other], &body)
        })
    };
    let read = asking("GET", "/k", Vec::new());
    let write = asking("PUT", "/large", large);
    let open = || store.0.ask("GET", "/api/state", &[], b"").json()["open_operations"].clone();
    while open() != json!(2) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let removed = store
        .0
        .ask("DELETE", &format!("{namespaces}/{id}"), &[], b"");
    assert_eq!(removed.status, 200);
    // Longer than the session takes from one look after its memory to the next.
    std::thread::sleep(Duration::from_millis(2_500));
    store.0.ask("POST", "/api/resume", &[], b"");
    let read = read.join().expect("it is answered");
    assert_eq!((read.status, read.text().as_str()), (200, "old"));
    assert_eq!(write.join().expect("it is answered").status, 200);
    // What was on its way is held no longer, soon after.
    let start = std::time::Instant::now();
    while taken() > 1 << 20 {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{} bytes",
            taken()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}
