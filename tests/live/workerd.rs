//! The real runtime of Workers against live sessions: a Worker that does everything with its binding, and patterns
//! whose Workers go wrong as they do in production.
//!
//! Needs the npm package `workerd`, which `tests/all.sh` installs into `target/clients`.

use crate::http::{self, Answer};
use crate::served::Served;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running `workerd`; it ends with its owner.
struct Workerd(Child);

impl Drop for Workerd {
    fn drop(&mut self) {
        // With all that it has started: npm's `workerd` is a script that runs the real one.
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The session of a scenario, its Workers in `workerd`, and their ports by PoP.
struct World {
    session: Served,
    _workerd: Workerd,
    workers: Vec<(String, SocketAddr)>,
}

impl World {
    fn open(scenario: &Path, first_port: u16, options: &[&str]) -> Self {
        let first_port = first_port.to_string();
        let fixed = ["--workerd", "workers", "--worker-port", &first_port];
        let options: Vec<&str> = fixed.iter().chain(options).copied().collect();
        let session = Served::of_file(scenario, &options);
        let config = session.folder.path().join("workers");
        let workers = session.addresses_below("Workers");
        let binary = repository().join("target/clients/node_modules/.bin/workerd");
        let workerd = Command::new(&binary)
            .arg("serve")
            .arg(config.join("config.capnp"))
            .stderr(Stdio::inherit())
            .process_group(0)
            .spawn();
        let workerd = workerd.unwrap_or_else(|error| {
            panic!(
                "{} does not run ({error}); tests/all.sh installs it",
                binary.display()
            )
        });
        let world = World {
            session,
            _workerd: Workerd(workerd),
            workers,
        };
        world.wait();
        world
    }

    /// Waits until every Worker can be asked.
    fn wait(&self) {
        let start = Instant::now();
        for (_, address) in &self.workers {
            while TcpStream::connect(address).is_err() {
                assert!(start.elapsed() < Duration::from_secs(20), "workerd starts");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Asks the Worker at a PoP.
    fn ask(&self, pop: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(pop, method, path, headers, b"")
    }

    fn send(
        &self,
        pop: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut workers = self.workers.iter();
        let worker = workers.find(|(code, _)| code == pop);
        let (_, address) = worker.expect("a PoP of the scenario");
        http::ask(*address, method, path, headers, body)
    }

    /// So much simulated time passes at once.
    fn step(&self, by: &str) {
        let body = json!({ "by": by }).to_string();
        let json = [("content-type", "application/json")];
        let answer = self
            .session
            .ask("POST", "/api/step", &json, body.as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

fn pattern(path: &str) -> PathBuf {
    repository().join("scenarios/patterns").join(path)
}

#[test]
#[ignore = "needs workerd from npm"]
fn a_worker_finds_its_binding_as_on_the_platform() {
    let scenario = repository().join("tests/live/workerd/three-cities.toml");
    let world = World::open(&scenario, 18_100, &[]);
    let step = |pop: &str, name: &str| -> Value {
        let answer = world.ask(pop, "GET", &format!("/{name}"), &[]);
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        serde_json::from_slice(&answer.body).expect("it answers in JSON")
    };
    let error = |message: &str| json!({ "error": message });

    assert_eq!(
        step("SYD", "types"),
        json!({
            "text": "grüße",
            "json": { "a": [1, "ü"] },
            "bytes": [0, 255, 10, 13, 128],
            "stream": "grüße",
            "missing": null,
            "missingWithMetadata": { "value": null, "metadata": null, "cacheStatus": "MISS" },
            "empty": "",
        })
    );
    let keys = step("LHR", "keys");
    let read = keys["read"].as_object().expect("it tells of each key");
    assert_eq!(read.len(), 9, "{keys}");
    assert!(read.values().all(|found| *found == json!(true)), "{keys}");
    assert_eq!(keys["gone"], json!(9), "{keys}");
    assert_eq!(
        step("LHR", "metadata"),
        json!({
            "value": "v",
            "metadata": { "city": "Zürich 🙂", "list": [1, 2], "text": "a \"quoted\" one" },
            // The writer's PoP has its own write.
            "cacheStatus": "HIT",
            "again": "HIT",
        })
    );
    let list = step("FRA", "list");
    assert_eq!(list["pages"], json!([10, 10, 5]));
    assert_eq!(
        list["first"],
        json!([{ "name": "item:00 ü" }, { "name": "item:01 ü", "metadata": { "n": 1 } }])
    );
    assert_eq!(list["complete"], json!(true));
    let many = step("LHR", "many");
    assert_eq!(
        many["plain"],
        json!([["m1", "{\"a\":1}"], ["m2", "\"two\""], ["m3", null]])
    );
    assert_eq!(many["json"], json!([["m1", { "a": 1 }], ["m2", "two"]]));
    assert_eq!(
        many["withMetadata"],
        json!([["m1", { "value": "{\"a\":1}", "metadata": { "m": 1 } }], ["m3", null]])
    );
    assert_eq!(
        many["tooMany"],
        error("KV GET_BULK failed: 400 You can request a maximum of 100 keys")
    );
    let refusals = step("SYD", "refusals");
    for (name, message) in [
        (
            "cacheTtl",
            "KV GET failed: 400 Invalid cache_ttl of 10. Cache TTL must be at least 30.",
        ),
        (
            "expirationTtl",
            "KV PUT failed: 400 Invalid expiration_ttl of 30. Expiration TTL must be at least 60.",
        ),
        (
            "expiration",
            "KV PUT failed: 400 Invalid expiration of 1000. Please specify integer greater than the current number of \
             seconds since the UNIX epoch.",
        ),
        (
            "metadata",
            "KV PUT failed: 413 Metadata length of 2002 exceeds limit of 1024.",
        ),
        (
            // As `workerd` words it.
            "limit",
            "KV GET failed: 400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.",
        ),
        (
            "key",
            "KV PUT failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.",
        ),
        ("tooOften", "KV PUT failed: 429 Too Many Requests"),
    ] {
        assert_eq!(refusals[name], error(message), "{name}");
    }
    assert_eq!(refusals["deleteMissing"], json!(true));
    let large = step("LHR", "large");
    assert_eq!(large["sent"], large["got"]);
    assert_eq!(large["got"]["length"], json!(25 << 20));
    assert_eq!(
        large["tooLarge"],
        error("KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.")
    );
    assert_eq!(step("LHR", "missesInARow"), json!("done"));
}

#[test]
#[ignore = "needs workerd from npm"]
fn a_rate_limiter_admits_more_than_it_may() {
    let scenario = pattern("06-fixed-window/fixed-window.toml");
    // What the store refuses is another mistake of the pattern's.
    let world = World::open(&scenario, 18_200, &["--set", "store.write-limit=none"]);
    let token = [("authorization", "Bearer t1")];
    let mut admitted = 0;
    for _ in 0..15 {
        for pop in ["LHR", "FRA", "SYD"] {
            admitted += u32::from(world.ask(pop, "GET", "/data", &token).status == 200);
        }
    }
    // Twenty a minute may pass, and a minute may begin while it is tried: even then each city goes by its own copy.
    assert_eq!(admitted, 45);
}

#[test]
#[ignore = "needs workerd from npm"]
fn a_switch_works_elsewhere_only_when_the_copy_there_ends() {
    let scenario = pattern("02-global-configuration/global-configuration.toml");
    let world = World::open(&scenario, 18_300, &[]);
    let order = |pop: &str| world.ask(pop, "POST", "/order", &[]).status;
    assert_eq!([order("SYD"), order("LHR")], [201, 201]);
    let saved = world.send("LHR", "POST", "/admin/sale", &[], b"closed");
    assert_eq!(saved.status, 200);
    assert_eq!(order("LHR"), 503, "London has its own write");
    assert_eq!(order("SYD"), 201, "Sydney has a copy of what was before");
    world.step("61s");
    assert_eq!(order("SYD"), 503, "that copy has ended");
    let answer = world.session.ask("GET", "/metrics", &[], b"");
    let metrics = answer.text();
    assert!(
        metrics.contains("kvlag_stale_reads_total{pop=\"SYD\"} 1"),
        "{metrics}"
    );
}

#[test]
#[ignore = "needs workerd from npm"]
fn a_session_that_was_signed_out_comes_back() {
    // Ports of their own: those of a runtime that is being killed may be open for a moment more.
    for (file, first_port, status) in [
        ("05-sliding-sessions/sliding-sessions.toml", 18_400, 200),
        (
            "05-sliding-sessions/sliding-sessions-repaired.toml",
            18_500,
            401,
        ),
    ] {
        let world = World::open(&pattern(file), first_port, &[]);
        let cookie = [("cookie", "sid=s7")];
        assert_eq!(world.ask("SYD", "GET", "/me", &cookie).status, 200);
        std::thread::sleep(Duration::from_millis(1_100));
        assert_eq!(world.ask("LHR", "GET", "/logout", &cookie).status, 200);
        // In Sydney a copy lives on, and what reads it may write it back.
        std::thread::sleep(Duration::from_millis(1_100));
        assert_eq!(
            world.ask("SYD", "GET", "/me", &cookie).status,
            200,
            "{file}"
        );
        world.step("5m");
        assert_eq!(
            world.ask("FRA", "GET", "/me", &cookie).status,
            status,
            "{file}"
        );
    }
}
