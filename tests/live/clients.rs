//! The REST API as real clients ask it: the platform's command line, and its SDKs for TypeScript and Python.
//!
//! They are installed by `tests/all.sh` into `target/clients`, so these tests run only when asked for (`--ignored`).
//! The clients talk to nobody else: they are told so, and what looks for news of itself looks at a closed port.

use crate::WORLD;
use crate::served::Served;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

const TOKEN: &str = "a-token";

/// A session, and where clients may leave what they write.
struct Clients {
    server: Served,
    home: tempfile::TempDir,
}

/// Where the clients are.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/clients")
}

fn script(name: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("tests/live/clients").join(name)
}

impl Clients {
    fn start() -> Clients {
        Clients {
            server: Served::start(WORLD, &["--token", TOKEN]),
            home: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Output {
        let base = format!("http://{}/client/v4", self.server.address);
        let nobody = "http://127.0.0.1:9/";
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("NODE_PATH", installed().join("node_modules"))
            .env("CLOUDFLARE_API_BASE_URL", &base)
            .env("CLOUDFLARE_BASE_URL", &base)
            .env("CLOUDFLARE_API_TOKEN", TOKEN)
            .env("CLOUDFLARE_ACCOUNT_ID", "0123456789abcdef0123456789abcdef")
            .env("WRANGLER_SEND_METRICS", "false")
            .env("WRANGLER_SEND_ERROR_REPORTS", "false")
            .env("WRANGLER_HIDE_BANNER", "true")
            .env("npm_config_registry", nobody)
            .env("CI", "1")
            .env("NO_COLOR", "1")
            .output();
        output.unwrap_or_else(|error| panic!("{}: {error}: see tests/all.sh", program.display()))
    }

    /// Runs a client that must succeed; gives what it prints.
    fn succeed(&self, program: &Path, arguments: &[&str]) -> String {
        let output = self.run(program, arguments);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{arguments:?}\n{printed}\n{errors}"
        );
        printed
    }

    fn wrangler(&self, arguments: &[&str]) -> String {
        self.succeed(&wrangler(), &[&["kv"], arguments].concat())
    }

    /// What the command line prints of something that is refused.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(&wrangler(), &[&["kv"], arguments].concat());
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        assert!(!output.status.success(), "{arguments:?}\n{printed}");
        printed
    }

    /// A file for a client to read.
    fn file(&self, name: &str, content: &str) -> String {
        let path = self.home.path().join(name);
        fs::write(&path, content).expect("the folder can be written");
        path.to_str().expect("paths are text").to_owned()
    }
}

fn wrangler() -> PathBuf {
    installed().join("node_modules/.bin/wrangler")
}

/// The JSON that is printed, behind what a client may say first.
fn json(printed: &str) -> serde_json::Value {
    let start = printed.find(['[', '{']).expect("there is JSON");
    let text = &printed[start..];
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

#[test]
#[ignore = "needs npm and pip"]
fn the_command_line_gets_what_it_asks_for() {
    let clients = Clients::start();
    let wrangler = |arguments: &[&str]| clients.wrangler(arguments);
    wrangler(&["namespace", "create", "flags"]);
    let twice = clients.refused(&["namespace", "create", "flags"]);
    assert!(twice.contains("already exists"), "{twice}");
    let listed = json(&wrangler(&["namespace", "list"]));
    let listed = listed.as_array().expect("a list");
    assert_eq!(listed.len(), 2, "and the scenario's own");
    let flags = listed.iter().find(|one| one["title"] == "flags");
    let id = flags
        .and_then(|one| one["id"].as_str())
        .expect("it is there");
    let renamed = [
        "namespace",
        "rename",
        "--namespace-id",
        id,
        "--new-name",
        "switches",
    ];
    wrangler(&renamed);
    assert!(wrangler(&["namespace", "list"]).contains("\"switches\""));

    let there = ["--remote", "--namespace-id", id];
    let at = |words: &[&'static str]| -> Vec<String> {
        words
            .iter()
            .chain(&there)
            .map(|word| (*word).to_owned())
            .collect()
    };
    let run = |words: &[&'static str], more: &[&str]| {
        let all = at(words);
        let all: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied())
            .collect();
        clients.wrangler(&all)
    };
    let key = "a/b c+d:é?&%2F";
    let ttl_and_metadata = [key, "on", "--ttl", "300", "--metadata", "{\"by\": \"é\"}"];
    run(&["key", "put"], &ttl_and_metadata);
    assert_eq!(run(&["key", "get"], &[key]), "on");
    let dated = (std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH))
        .expect("it is later")
        .as_secs()
        + 1000;
    let file = clients.file("value.bin", "from a file");
    run(
        &["key", "put"],
        &["dated", "--path", &file, "--expiration", &dated.to_string()],
    );
    assert_eq!(run(&["key", "get"], &["dated"]), "from a file");
    let keys = json(&run(&["key", "list"], &[]));
    assert_eq!(keys[0]["name"], key);
    assert_eq!(keys[0]["metadata"]["by"], "é");
    assert!(keys[0]["expiration"].is_i64());
    assert_eq!(
        (&keys[1]["name"], &keys[1]["expiration"]),
        (&"dated".into(), &dated.into())
    );
    assert_eq!(
        json(&run(&["key", "list"], &["--prefix", "a/"]))
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let soon = [&["key", "put"][..], &there, &["k", "v", "--ttl", "10"]].concat();
    let soon = clients.refused(&soon);
    assert!(
        soon.contains("at least 60") && soon.contains("[code: 10034]"),
        "{soon}"
    );
    thread::sleep(Duration::from_millis(1100));
    run(&["key", "delete"], &[key]);
    let none = clients.refused(&[&["key", "get"][..], &there, &[key]].concat());
    assert!(none.contains("404"), "{none}");

    // More than the command line sends at once.
    let pairs: Vec<_> = (0..1100)
        .map(|number| serde_json::json!({ "key": format!("bulk/{number:04}"), "value": number.to_string() }))
        .collect();
    let file = clients.file("pairs.json", &serde_json::json!(pairs).to_string());
    run(&["bulk", "put"], &[&file]);
    let keys = json(&run(&["key", "list"], &["--prefix", "bulk/"]));
    assert_eq!(keys.as_array().map(Vec::len), Some(1100));
    let file = clients.file("names.json", "[\"bulk/0007\", \"none\"]");
    let got = run(&["bulk", "get"], &[&file]);
    assert!(got.contains("bulk/0007") && got.contains("7"), "{got}");
    thread::sleep(Duration::from_millis(1100));
    let names: Vec<_> = keys
        .as_array()
        .into_iter()
        .flatten()
        .map(|key| &key["name"])
        .collect();
    let file = clients.file("names.json", &serde_json::json!(names).to_string());
    run(&["bulk", "delete"], &[&file, "--force"]);
    assert_eq!(
        json(&run(&["key", "list"], &["--prefix", "bulk/"])),
        serde_json::json!([])
    );

    clients.wrangler(&["namespace", "delete", "--namespace-id", id, "-y"]);
    let gone = clients.refused(&[&["key", "list"][..], &there].concat());
    assert!(gone.contains("[code: 10013]"), "{gone}");
}

#[test]
#[ignore = "needs npm and pip"]
fn the_typescript_sdk_gets_what_it_asks_for() {
    let clients = Clients::start();
    let script = script("sdk.cjs");
    let printed = clients.succeed(
        Path::new("node"),
        &[script.to_str().expect("paths are text")],
    );
    assert!(printed.contains("got what it asked for"), "{printed}");
}

#[test]
#[ignore = "needs npm and pip"]
fn the_python_sdk_gets_what_it_asks_for() {
    let clients = Clients::start();
    let script = script("sdk.py");
    let python = installed().join("venv/bin/python");
    let printed = clients.succeed(&python, &[script.to_str().expect("paths are text")]);
    assert!(printed.contains("got what it asked for"), "{printed}");
}
