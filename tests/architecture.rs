//! The house keeps its rules: who may know whom, what the simulated core must not touch, how large a file and a
//! function may be.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules from the inside out: each may use those before it.
const ORDER: [&str; 15] = [
    "hash",
    "units",
    "scenario",
    "replay",
    "sim",
    "worker",
    "theory",
    "observe",
    "stats",
    "experiment",
    "pricing",
    "report",
    "lesson",
    "live",
    "commands",
];

struct Source {
    path: PathBuf,
    text: String,
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src can be read") {
            let path = entry.expect("src can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                sources.push(Source { path, text });
            }
        }
    }
    assert!(sources.len() > 40, "the walk finds the sources");
    sources
}

impl Source {
    /// The path below `src`.
    fn name(&self) -> &str {
        let path = self.path.to_str().expect("paths are text");
        path.split("/src/").last().expect("it is below src")
    }

    /// The module at the top that it belongs to.
    fn module(&self) -> &str {
        self.name()
            .split(['/', '.'])
            .next()
            .expect("a name has a first part")
    }

    /// The code before its unit tests, without comments.
    fn code(&self) -> String {
        let before_tests = self
            .text
            .split("#[cfg(test)]\nmod ")
            .next()
            .expect("there is a first part");
        let lines = before_tests
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn is_shell(&self) -> bool {
        matches!(self.module(), "commands" | "main" | "cli")
    }
}

#[test]
fn modules_know_only_those_further_in() {
    for source in sources()
        .iter()
        .filter(|source| !matches!(source.module(), "lib" | "main" | "cli"))
    {
        let own = source.module();
        let rank = ORDER.iter().position(|module| *module == own);
        let rank = rank.unwrap_or_else(|| panic!("{} has no place in the order", source.name()));
        for later in &ORDER[rank + 1..] {
            let uses = format!("crate::{later}");
            assert!(
                !source.code().contains(&uses),
                "{} must not know {uses}",
                source.name()
            );
        }
    }
}

#[test]
fn the_simulated_core_touches_nothing_outside() {
    let forbidden = [
        "std::fs",
        "std::io",
        "std::net",
        "std::time",
        "std::thread",
        "std::sync",
        "std::env",
        "async ",
        "print!",
        "println!",
        "eprint",
        "HashMap",
        "HashSet",
        "Instant",
        "SystemTime",
        "thread_rng",
        "rand::rng()",
    ];
    for source in sources()
        .iter()
        .filter(|source| matches!(source.module(), "sim" | "observe"))
    {
        for word in forbidden {
            assert!(
                !source.code().contains(word),
                "{} must not use {word}",
                source.name()
            );
        }
    }
}

#[test]
fn only_the_shell_prints() {
    for source in sources().iter().filter(|source| !source.is_shell()) {
        for word in ["println!", "eprintln!", "print!(", "eprint!(", "dbg!("] {
            assert!(
                !source.code().contains(word),
                "{} must not use {word}",
                source.name()
            );
        }
    }
}

#[test]
fn no_order_of_a_hash_map_can_reach_an_output() {
    for source in sources() {
        for word in ["HashMap", "HashSet", "DefaultHasher", "RandomState"] {
            assert!(
                !source.code().contains(word),
                "{} must not use {word}",
                source.name()
            );
        }
    }
}

#[test]
fn numbers_that_make_a_hash_stand_in_one_place() {
    // Of FNV-1a and SplitMix64: what two places write down, they will one day write down differently.
    let numbers = [
        "0xcbf2_9ce4_8422_2325",
        "0x0000_0100_0000_01b3",
        "0x9e37_79b9_7f4a_7c15",
        "0xbf58_476d_1ce4_e5b9",
    ];
    for source in sources().iter().filter(|source| source.module() != "hash") {
        for number in numbers {
            assert!(
                !source.code().contains(number),
                "{} hashes on its own; take it from crate::hash",
                source.name()
            );
        }
    }
}

#[test]
fn logarithms_and_sines_are_the_same_on_every_machine() {
    let functions = [
        "ln", "log", "log2", "log10", "ln_1p", "exp", "exp2", "exp_m1", "powf", "powi", "sin",
        "cos", "tan", "asin", "acos", "atan", "atan2", "sin_cos", "sinh", "cosh", "tanh", "hypot",
        "cbrt",
    ];
    for source in sources() {
        let code = source.code();
        for function in functions {
            let method = format!(".{function}(");
            let path = format!("f64::{function}(");
            let is_used = code.contains(&method) || code.contains(&path);
            assert!(
                !is_used,
                "{} uses {function} of the platform; take it from libm",
                source.name()
            );
        }
    }
}

#[test]
fn spans_of_mistakes_are_not_smeared() {
    for source in sources()
        .iter()
        .filter(|source| source.module() == "scenario")
    {
        for attribute in [
            "serde(tag",
            "serde(untagged",
            "serde(flatten",
            "untagged)]",
            "flatten)]",
        ] {
            assert!(
                !source.code().contains(attribute),
                "{} uses {attribute}",
                source.name()
            );
        }
    }
}

#[test]
fn files_and_functions_stay_small() {
    for source in sources() {
        let lines = source.text.lines().count();
        assert!(
            lines <= 500,
            "{} has {lines} lines: does it still do one thing?",
            source.name()
        );
        for (name, length) in functions(&source.code()) {
            assert!(
                length <= 70,
                "{} in {} has {length} lines",
                name,
                source.name()
            );
        }
    }
}

/// Each function with its number of lines, told by indentation as rustfmt leaves it.
fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let lines: Vec<&str> = code.lines().collect();
    for (start, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let words: Vec<&str> = trimmed.split([' ', '(', '<']).collect();
        let Some(position) = words.iter().position(|word| *word == "fn") else {
            continue;
        };
        if words[..position]
            .iter()
            .any(|w| !matches!(*w, "pub" | "const" | "unsafe" | "") && !w.ends_with(')'))
        {
            continue;
        }
        let indentation = line.len() - trimmed.len();
        let end = format!("{}}}", " ".repeat(indentation));
        let length = lines[start..]
            .iter()
            .position(|line| *line == end)
            .unwrap_or(0)
            + 1;
        found.push((words.get(position + 1).unwrap_or(&"").to_string(), length));
    }
    found
}

#[test]
fn every_file_says_what_it_is_for() {
    for source in sources() {
        assert!(
            source.text.starts_with("//! "),
            "{} does not open with its job",
            source.name()
        );
    }
}
