//! `kvlag serve` as a process of its own, on a port that was free.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// A session that is served; it is killed with its owner unless it was ended before.
pub struct Served {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// What it said before it was ready.
    pub greeting: String,
}

#[allow(dead_code, reason = "not every test looks at everything")]
impl Served {
    /// Serves a scenario; its report goes below `out`.
    pub fn start(scenario: &Path, out: &Path, options: &[String]) -> Self {
        let fixed = ["serve", "--listen", "127.0.0.1:0"].map(str::to_owned);
        let scenario = scenario.display().to_string();
        let options = options.iter().cloned().chain([scenario]);
        Served::run(out, fixed.into_iter().chain(options))
    }

    /// Runs a command that serves, in a folder.
    pub fn run(folder: &Path, arguments: impl IntoIterator<Item = String>) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kvlag"))
            .args(arguments)
            .current_dir(folder)
            .env_remove("KVLAG_TOKEN")
            .stdout(Stdio::piped())
            .spawn()
            .expect("kvlag runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut greeting = String::new();
        while !greeting.contains("\nReady.") {
            let read = stdout
                .read_line(&mut greeting)
                .expect("it says what it does");
            assert!(read > 0, "it ended before it was ready: {greeting}");
        }
        Served {
            child,
            stdout,
            greeting,
        }
    }

    /// The port of the page, the REST API and the binding.
    pub fn port(&self) -> u16 {
        port_in(
            self.greeting
                .lines()
                .find(|line| line.starts_with("  page")),
        )
    }

    /// The ports at which Workers are asked, by PoP.
    pub fn workers(&self) -> Vec<(String, u16)> {
        let lines = self.greeting.lines();
        let workers = lines.skip_while(|line| !line.starts_with("  Workers"));
        let workers = workers.skip(1).take_while(|line| line.starts_with("    "));
        let port = |line: &str| {
            let code = line.split_whitespace().next().expect("a PoP").to_owned();
            (code, port_in(Some(line)))
        };
        workers.map(port).collect()
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as Ctrl-C does; gives what it says of the session.
    pub fn interrupt(mut self) -> (ExitStatus, String) {
        let kill = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(kill.expect("kill runs").success());
        let mut said = String::new();
        self.stdout
            .read_to_string(&mut said)
            .expect("it says how it went");
        (self.child.wait().expect("it ends"), said)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn port_in(line: Option<&str>) -> u16 {
    let line = line.expect("the greeting tells it");
    let rest = line
        .split("127.0.0.1:")
        .nth(1)
        .expect("an address of this machine");
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a port")
}
