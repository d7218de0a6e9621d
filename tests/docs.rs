//! What the documents show is what the program does: each `console` block is run, and its output compared.
//!
//! A block holds commands after `$ ` and what they print. A line `…` stands for any number of lines. Comments
//! after `#` in a command are not part of it. A block that begins with `kvlag serve` goes on while the commands of the
//! blocks up to the next heading ask it.

#[path = "common/http.rs"]
#[expect(dead_code, reason = "here it is the documents' commands that ask")]
mod http;
#[path = "common/served.rs"]
#[expect(dead_code, reason = "likewise")]
mod served;

use served::Served;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A command of a document and what is said to come out of it.
struct Shown {
    document: &'static str,
    line: usize,
    command: String,
    output: Vec<String>,
    /// How many headings stand before it.
    section: usize,
}

/// Where the documents ask a live session.
const ADDRESS: &str = ":8787";

const DOCUMENTS: [&str; 3] = ["README.md", "scenarios/README.md", "reports/README.md"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shown() -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for document in DOCUMENTS {
        let text = fs::read_to_string(root().join(document)).expect("the documents are there");
        let (mut inside, mut section) = (false, 0);
        for (index, line) in text.lines().enumerate() {
            section += usize::from(line.starts_with('#') && !inside);
            if line.starts_with("```") {
                inside = line == "```console";
            } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
                let command = command
                    .split(" #")
                    .next()
                    .unwrap_or(command)
                    .trim()
                    .to_owned();
                all.push(Shown {
                    document,
                    line: index + 1,
                    command,
                    output: Vec::new(),
                    section,
                });
            } else if inside {
                let last = all
                    .last_mut()
                    .expect("a console block begins with a command");
                last.output.push(line.trim_end().to_owned());
            }
        }
    }
    all
}

/// A folder with the shipped scenarios, where reports may be written.
fn workplace() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a temporary folder");
    copy(&root().join("scenarios"), &place.path().join("scenarios"));
    place
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a temporary folder takes folders");
    for entry in fs::read_dir(from).expect("the scenarios are there") {
        let path = entry.expect("the scenarios are there").path();
        let target = to.join(path.file_name().expect("a file has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a temporary folder takes files");
        }
    }
}

/// The arguments for kvlag, if the command is one of kvlag's.
fn arguments(command: &str) -> Option<Vec<String>> {
    let rest = command
        .strip_prefix("cargo run --release -- ")
        .or_else(|| command.strip_prefix("kvlag "))?;
    Some(words(rest))
}

/// Whether a command goes on until it is ended.
fn is_serve(command: &str) -> bool {
    command.starts_with("kvlag serve ")
}

/// The words of a command; what stands between quotes is one.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for character in command.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, ' ') => words.push(String::new()),
            _ => words
                .last_mut()
                .expect("there is a first word")
                .push(character),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether `actual` is what is shown, `…` standing for any lines.
fn matches(shown: &[String], actual: &[&str]) -> bool {
    match shown.split_first() {
        None => actual.is_empty(),
        Some((line, rest)) if line == "…" => {
            (0..=actual.len()).any(|skip| matches(rest, &actual[skip..]))
        }
        Some((line, rest)) => actual
            .split_first()
            .is_some_and(|(first, others)| first.trim_end() == line && matches(rest, others)),
    }
}

#[test]
fn commands_in_the_documents_print_what_is_shown() {
    let place = workplace();
    let mut run = 0;
    for example in shown() {
        let Some(arguments) = arguments(&example.command) else {
            continue;
        };
        if is_serve(&example.command) {
            continue;
        }
        let kvlag = env!("CARGO_BIN_EXE_kvlag");
        let output = Command::new(kvlag)
            .args(&arguments)
            .current_dir(place.path())
            .env("COLUMNS", "100")
            .output();
        let output = output.expect("kvlag runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = text.trim_end().lines().collect();
        let Shown {
            document,
            line,
            command,
            output: shown,
            ..
        } = &example;
        let shown = without_end(shown);
        let is_shown = shown.is_empty() || matches(shown, &lines);
        assert!(
            is_shown,
            "{document}:{line}: `{command}` prints\n\n{text}\nand not\n\n{}",
            shown.join("\n")
        );
        assert_ne!(
            output.status.code(),
            Some(3),
            "{document}:{line}: `{command}` broke an invariant"
        );
        run += 1;
    }
    assert!(run >= 3, "the documents show commands");
}

/// What is shown, but for empty lines at its end.
fn without_end(shown: &[String]) -> &[String] {
    let empty = shown.iter().rev().take_while(|line| line.is_empty());
    &shown[..shown.len() - empty.count()]
}

#[test]
fn a_live_session_answers_as_the_documents_show() {
    let examples = shown();
    let mut asked = 0;
    for serve in examples.iter().filter(|shown| is_serve(&shown.command)) {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = format!(":{}", free.expect("a port is free").port());
        let arguments = arguments(&serve.command).expect("it is a command of kvlag's");
        let listen = format!("127.0.0.1{address}");
        let arguments = arguments.iter().map(String::as_str);
        let arguments: Vec<&str> = arguments.chain(["--listen", &listen]).collect();
        let session = Served::run(workplace(), &arguments);
        let greeting = session.greeting.replace(&address, ADDRESS);
        let lines: Vec<&str> = greeting.trim_end().lines().collect();
        let shown = without_end(&serve.output);
        assert!(
            matches(shown, &lines),
            "{}:{}: {greeting}",
            serve.document,
            serve.line
        );
        let others = examples.iter().filter(|shown| {
            (shown.document, shown.section) == (serve.document, serve.section)
                && !is_serve(&shown.command)
        });
        for Shown {
            document,
            line,
            command,
            output,
            ..
        } in others
        {
            let command = command.replace(ADDRESS, &address);
            let answer = Command::new("sh").args(["-c", &command]).output();
            let answer = answer.expect("there is a shell");
            let text = String::from_utf8_lossy(&answer.stdout);
            let lines: Vec<&str> = text.lines().collect();
            assert!(
                answer.status.success() && matches(without_end(output), &lines),
                "{document}:{line}: `{command}` prints {text:?}"
            );
            asked += 1;
        }
    }
    assert!(asked >= 5, "a session is asked: {asked}");
}

#[test]
fn gaps_stand_for_any_lines() {
    let shown = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(matches(&shown("a\n…\nd"), &["a", "b", "c", "d"]));
    assert!(matches(&shown("a\n…"), &["a"]));
    assert!(!matches(&shown("a\n…\nd"), &["a", "b", "c"]));
    assert!(!matches(&shown("a"), &["a", "b"]));
}

#[test]
fn documents_name_only_files_that_exist() {
    for document in DOCUMENTS {
        let path = root().join(document);
        let text = fs::read_to_string(&path).expect("the documents are there");
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap_or("");
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let linked = path.parent().expect("a file is in a folder").join(target);
            assert!(
                linked.exists(),
                "{document} links to {target}, which is not there"
            );
        }
    }
}
