//! A configuration of `workerd`, the runtime of Workers, that runs a scenario's Workers once for each PoP, with KV
//! bindings that lead to a live session (github.com/cloudflare/workerd, `src/workerd/server/workerd.capnp`).

use crate::scenario::{MAIN_NAMESPACE, Scenario};
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The date whose behaviour of the runtime Workers get: bindings and `fetch` are as they are simulated.
const COMPATIBILITY_DATE: &str = "2025-01-01";

/// The configuration's file.
pub const CONFIG: &str = "config.capnp";

/// A Worker to be run.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its name.
    pub name: String,
    /// The file that it is written to.
    pub file: String,
    /// What stands in it.
    pub source: String,
    /// KV bindings: each by its name in `env`, with the namespace's title.
    pub bindings: Vec<(String, String)>,
    /// Texts in `env`.
    pub variables: Vec<(String, String)>,
}

/// Where a Worker is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Its name.
    pub worker: String,
    /// The PoP's code.
    pub pop: String,
    /// The port on this machine.
    pub port: u16,
}

/// A configuration that can be written.
#[derive(Clone, Debug)]
pub struct Workerd {
    scripts: Vec<Script>,
    /// The codes of the PoPs.
    pops: Vec<String>,
    /// The port of the first Worker at the first PoP; the others follow, Worker by Worker.
    first_port: u16,
}

impl Workerd {
    /// Of a scenario's Workers, and of one whose file is given, bound to the scenario's own namespace as `KV`.
    ///
    /// # Errors
    ///
    /// There is no Worker, the file cannot be read, or there are too few ports.
    pub fn new(scenario: &Scenario, file: Option<&Path>, first_port: u16) -> Result<Self, String> {
        let mut scripts: Vec<Script> = scenario
            .workers
            .iter()
            .map(|worker| of(scenario, worker))
            .collect();
        if let Some(file) = file {
            let given = given(file)?;
            if scripts.iter().any(|script| script.name == given.name) {
                return Err(format!(
                    "the scenario has a Worker `{}` already: call the file of --worker otherwise",
                    given.name
                ));
            }
            scripts.push(given);
        }
        if scripts.is_empty() {
            return Err(
                "the scenario has no Worker that workerd could run: add a [worker.X], or give a script with --worker"
                    .to_owned(),
            );
        }
        let pops: Vec<String> = scenario.pops.iter().map(|pop| pop.code.clone()).collect();
        let sockets = scripts.len() * pops.len();
        if usize::from(first_port) + sockets > usize::from(u16::MAX) + 1 {
            return Err(format!(
                "{sockets} ports from {first_port} on are too many: choose a lower --worker-port"
            ));
        }
        Ok(Workerd {
            scripts,
            pops,
            first_port,
        })
    }

    /// Where the Workers are asked when `workerd` runs.
    pub fn sockets(&self) -> impl Iterator<Item = Socket> + '_ {
        let pairs = self
            .scripts
            .iter()
            .flat_map(|script| self.pops.iter().map(move |pop| (script, pop)));
        pairs
            .zip(self.first_port..)
            .map(|((script, pop), port)| Socket {
                worker: script.name.clone(),
                pop: pop.clone(),
                port,
            })
    }

    /// Writes the configuration with its scripts into a folder, for a session that listens at `address`; gives the
    /// configuration's file.
    ///
    /// # Errors
    ///
    /// Something cannot be written.
    pub fn write(
        &self,
        folder: &Path,
        address: SocketAddr,
        token: Option<&str>,
    ) -> io::Result<PathBuf> {
        std::fs::create_dir_all(folder)?;
        for script in &self.scripts {
            std::fs::write(folder.join(&script.file), &script.source)?;
        }
        let config = folder.join(CONFIG);
        // A token may stand in it.
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&config)?;
        file.write_all(self.text(address, token).as_bytes())?;
        Ok(config)
    }

    fn text(&self, address: SocketAddr, token: Option<&str>) -> String {
        let address = reachable(address);
        let mut text = String::from(
            "# Runs each Worker once for each PoP: workerd serve config.capnp\n\
             using Workerd = import \"/workerd/workerd.capnp\";\n\n\
             const config :Workerd.Config = (\n  services = [\n",
        );
        for pop in &self.pops {
            for script in &self.scripts {
                self.service(&mut text, script, pop);
            }
            for title in self.titles() {
                let mut headers = vec![("X-KV-Pop", pop.as_str()), ("X-KV-Namespace", title)];
                let bearer = token.map(|token| format!("Bearer {token}"));
                headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
                let headers = headers.iter().map(|(name, value)| {
                    format!("(name = {}, value = {})", quoted(name), quoted(value))
                });
                let headers = headers.collect::<Vec<_>>().join(", ");
                let _ = writeln!(
                    text,
                    "    (name = {}, external = (address = \"{address}\", http = (\n      \
                     injectRequestHeaders = [{headers}]))),",
                    quoted(&kv_service(title, pop)),
                );
            }
        }
        text.push_str("  ],\n  sockets = [\n");
        for Socket { worker, pop, port } in self.sockets() {
            let service = quoted(&format!("{worker}-{pop}"));
            let _ = writeln!(
                text,
                "    (name = {service}, address = \"127.0.0.1:{port}\", http = (), service = {service}),"
            );
        }
        text.push_str("  ]\n);\n");
        text
    }

    fn service(&self, text: &mut String, script: &Script, pop: &str) {
        let kv = script.bindings.iter().map(|(name, title)| {
            let service = quoted(&kv_service(title, pop));
            format!("(name = {}, kvNamespace = {service})", quoted(name))
        });
        let variables = script
            .variables
            .iter()
            .map(|(name, value)| format!("(name = {}, text = {})", quoted(name), quoted(value)));
        let bindings = kv.chain(variables).collect::<Vec<_>>().join(", ");
        let file = quoted(&script.file);
        let _ = writeln!(
            text,
            "    (name = {}, worker = (modules = [(name = {file}, esModule = embed {file})],\n      \
             compatibilityDate = \"{COMPATIBILITY_DATE}\", bindings = [{bindings}])),",
            quoted(&format!("{}-{pop}", script.name)),
        );
    }

    /// The namespaces that any of them is bound to, each once.
    fn titles(&self) -> Vec<&str> {
        let bindings = self.scripts.iter().flat_map(|script| &script.bindings);
        let mut titles: Vec<&str> = bindings.map(|(_, title)| title.as_str()).collect();
        titles.sort_unstable();
        titles.dedup();
        titles
    }
}

fn of(scenario: &Scenario, worker: &crate::scenario::Worker) -> Script {
    let bindings = worker.bindings.iter();
    Script {
        name: worker.name.clone(),
        file: format!("{}.mjs", worker.name),
        source: worker.script.source.clone(),
        bindings: bindings
            .map(|(name, namespace)| (name.clone(), scenario.namespaces[*namespace].clone()))
            .collect(),
        variables: worker.variables.clone(),
    }
}

fn given(file: &Path) -> Result<Script, String> {
    let source = std::fs::read_to_string(file)
        .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let name = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(Script {
        file: format!("{name}.mjs"),
        name,
        source,
        bindings: vec![("KV".to_owned(), MAIN_NAMESPACE.to_owned())],
        variables: Vec::new(),
    })
}

/// Where this machine reaches a server that listens at an address.
fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn kv_service(title: &str, pop: &str) -> String {
    format!("kv-{title}-{pop}")
}

/// A text of Cap'n Proto's language.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            other => {
                let _ = write!(quoted, "\\x{other:02x}");
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_takes_no_others_place() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/scenarios/patterns/06-fixed-window/fixed-window.toml"
        );
        let scenario = crate::scenario::load(Path::new(file), &Default::default());
        let scenario = scenario.expect("it is a scenario");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let given = |name: &str| {
            let script = folder.path().join(name);
            std::fs::write(&script, "export default {};").expect("it takes files");
            Workerd::new(&scenario, Some(&script), 8801)
        };
        assert!(given("other.js").is_ok());
        let refused = given("api.js").expect_err("the scenario has one of that name");
        assert!(refused.contains("a Worker `api` already"), "{refused}");
    }

    #[test]
    fn texts_are_quoted_byte_by_byte() {
        assert_eq!(quoted("a\"b\\c\né"), "\"a\\\"b\\\\c\\x0a\\xc3\\xa9\"");
    }

    #[test]
    fn ports_follow_each_other_worker_by_worker() {
        let script = |name: &str| Script {
            name: name.to_owned(),
            file: format!("{name}.mjs"),
            source: String::new(),
            bindings: vec![("KV".to_owned(), "main".to_owned())],
            variables: Vec::new(),
        };
        let workerd = Workerd {
            scripts: vec![script("a"), script("b")],
            pops: vec!["LHR".to_owned(), "SYD".to_owned()],
            first_port: 8801,
        };
        let sockets: Vec<_> = workerd
            .sockets()
            .map(|socket| (socket.worker, socket.pop, socket.port))
            .collect();
        let socket = |worker: &str, pop: &str, port| (worker.to_owned(), pop.to_owned(), port);
        assert_eq!(
            sockets,
            [
                socket("a", "LHR", 8801),
                socket("a", "SYD", 8802),
                socket("b", "LHR", 8803),
                socket("b", "SYD", 8804)
            ]
        );
        let text = workerd.text("0.0.0.0:8787".parse().expect("an address"), Some("secret"));
        for part in [
            "address = \"127.0.0.1:8787\"",
            "value = \"Bearer secret\"",
            "kvNamespace = \"kv-main-SYD\"",
            "embed \"b.mjs\"",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
