//! `kvlag serve` as a process of its own, on a port that was free.

use crate::http::{self, Answer};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use tempfile::TempDir;

/// A session that is served; it is killed with its owner unless it was ended before.
pub struct Served {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// What it said before it was ready.
    pub greeting: String,
    /// Where the page, the REST API and the binding are.
    pub address: SocketAddr,
    /// Where it runs, and leaves its report.
    pub folder: TempDir,
}

impl Served {
    /// Serves a scenario that is given by its text, with further options.
    pub fn start(scenario: &str, options: &[&str]) -> Served {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("world.toml");
        fs::write(&file, scenario).expect("a temporary folder takes files");
        Served::in_folder(folder, "world.toml", options)
    }

    /// Serves a scenario of a file.
    pub fn of_file(scenario: &Path, options: &[&str]) -> Served {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Served::in_folder(folder, &scenario.to_string_lossy(), options)
    }

    fn in_folder(folder: TempDir, scenario: &str, options: &[&str]) -> Served {
        let fixed = ["serve", scenario, "--listen", "127.0.0.1:0"];
        let arguments: Vec<&str> = fixed.iter().chain(options).copied().collect();
        Served::run(folder, &arguments)
    }

    /// Runs a command that serves, in a folder.
    pub fn run(folder: TempDir, arguments: &[&str]) -> Served {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kvlag"))
            .args(arguments)
            .current_dir(folder.path())
            .env_remove("KVLAG_TOKEN")
            .stdout(Stdio::piped())
            .spawn()
            .expect("kvlag runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut greeting = String::new();
        while !greeting.contains("\nReady.") {
            let read = stdout.read_line(&mut greeting);
            let read = read.expect("it says what it does");
            assert!(read > 0, "it ended before it was ready: {greeting}");
        }
        let page = greeting.lines().find(|line| line.starts_with("  page"));
        let address = address_in(page.expect("the greeting tells where the page is"));
        Served {
            child,
            stdout,
            greeting,
            address,
            folder,
        }
    }

    /// Asks for something; `path` goes out as it is.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        http::ask(self.address, method, path, headers, body)
    }

    /// A connection.
    pub fn connect(&self) -> TcpStream {
        http::connect(self.address)
    }

    /// The addresses that the greeting tells below a heading, each with what stands before it.
    pub fn addresses_below(&self, heading: &str) -> Vec<(String, SocketAddr)> {
        let lines = self.greeting.lines();
        let below = lines.skip_while(|line| !line.starts_with(&format!("  {heading}")));
        let below = below.skip(1).take_while(|line| line.starts_with("    "));
        let name = |line: &str| line.split_whitespace().next().expect("a name").to_owned();
        below.map(|line| (name(line), address_in(line))).collect()
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as Ctrl-C does; gives what it says of the session, and where it ran.
    pub fn interrupt(mut self) -> (ExitStatus, String, TempDir) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-INT", &id]).status();
        assert!(told.expect("there is kill").success());
        let mut said = String::new();
        let read = self.stdout.read_to_string(&mut said);
        read.expect("it says how it went");
        let elsewhere = tempfile::tempdir().expect("a temporary folder");
        let folder = std::mem::replace(&mut self.folder, elsewhere);
        (self.child.wait().expect("it ends"), said, folder)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address_in(line: &str) -> SocketAddr {
    let (_, rest) = line.split_once("http://").expect("it tells an address");
    let (address, _) = rest.split_once('/').expect("an address ends in a slash");
    address.parse().expect("an address")
}
