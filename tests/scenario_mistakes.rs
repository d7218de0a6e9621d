//! What wrong scenarios get: every file in `tests/bad` is refused, and its message is a snapshot that people
//! have read. So are mistakes in the arguments of `--set`.

use std::fs;
use std::path::Path;

use insta::{assert_snapshot, with_settings};
use kvlag::scenario::{LoadError, Overrides, load, parse};

/// A scenario without mistakes, for arguments to spoil.
const GOOD: &str = r#"duration = "10m"
pops     = ["LHR", "SYD"]
expect   = ["convergence.p99 < 70s"]

[[tier]]
name = "regional"
at   = ["FRA", "IAD"]

[workload.visitors]
reads = "20/s"
keys  = { one = "flags/checkout" }

[workload.operator]
at     = ["LHR"]
writes = "1/75s"
keys   = { one = "flags/checkout" }
"#;

fn with_set(arguments: &[&str]) -> Overrides {
    Overrides {
        set: arguments.iter().map(|a| (*a).to_owned()).collect(),
        ..Overrides::default()
    }
}

fn message(overrides: &Overrides) -> String {
    match parse("scenarios/good.toml", GOOD, "good", overrides) {
        Ok(scenario) => panic!("{overrides:?} is taken:\n{}", scenario.resolved),
        Err(diagnostics) => diagnostics.render(false),
    }
}

#[test]
fn every_bad_file_is_refused_with_a_message_that_helps() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let mut names: Vec<String> = fs::read_dir(&directory)
        .expect("the bad files are there")
        .map(|entry| entry.expect("a directory can be read to its end").path())
        // Scripts that some of them name lie beside them.
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .map(|path| {
            path.file_stem()
                .expect("a file has a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert!(names.len() >= 45);
    for name in names {
        let text = fs::read_to_string(directory.join(format!("{name}.toml"))).expect(&name);
        let source_name = format!("tests/bad/{name}.toml");
        let refused = parse(&source_name, &text, &name, &Overrides::default());
        let Err(diagnostics) = refused else {
            panic!("{source_name} is taken");
        };
        with_settings!({omit_expression => true, prepend_module_to_snapshot => true}, {
            assert_snapshot!(name, diagnostics.render(false));
        });
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let text = fs::read_to_string("tests/bad/several-mistakes.toml").expect("it is there");
    let refused = parse("x.toml", &text, "x", &Overrides::default());
    let diagnostics = refused.expect_err("it is wrong");
    let coloured = diagnostics.render(true);
    assert!(coloured.contains("\u{1b}["));
    assert_eq!(
        anstream::adapter::strip_str(&coloured).to_string(),
        diagnostics.render(false)
    );
}

#[test]
fn mistakes_in_arguments_underline_the_argument() {
    let cases: [(&str, &[&str]); 16] = [
        ("set-unknown-key", &["workload.visitors.cache_ttl=30s"]),
        (
            "set-unknown-top-key",
            &["wokload.visitors.reads=5/s", "limit.enforce=false"],
        ),
        ("set-below-a-value", &["duration.seconds=5"]),
        ("set-without-equals", &["run.runs"]),
        ("set-empty-path", &["=5", "run..runs=5", "run.runs[x]=5"]),
        (
            "set-wrong-form",
            &["duration=600", "run.runs=many", "cache.coalesce=maybe"],
        ),
        ("set-unknown-word", &["cache.start=clod"]),
        ("set-not-toml", &["pops=[\"LHR\", \"SYD\""]),
        ("set-meaning", &["workload.visitors.cache-ttl=5s"]),
        ("set-unknown-pop", &["pops=[\"LHR\", \"SYX\"]"]),
        ("set-expectation", &["expect=[\"hit-ratio > 90\"]"]),
        (
            "set-element-out-of-range",
            &["tier[1].keep=30s", "link[0].one-way=5ms"],
        ),
        ("set-element-unknown", &["tier.regoinal.keep=30s"]),
        ("set-new-workload", &["workload.robots.reads=5/s"]),
        ("set-slip-in-a-name", &["workload.visitor.reads=5/s"]),
        (
            "set-and-file",
            &["workload.operator.keys.uniform=10", "duration=0s"],
        ),
    ];
    for (name, arguments) in cases {
        with_settings!({omit_expression => true}, {
            assert_snapshot!(name, message(&with_set(arguments)));
        });
    }
}

#[test]
fn mistakes_in_other_options_underline_them() {
    let overrides = Overrides {
        seed: Some(u64::MAX),
        runs: Some(0),
        ..Overrides::default()
    };
    with_settings!({omit_expression => true}, {
        assert_snapshot!("options", message(&overrides));
    });
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let directory = tempfile::tempdir().expect("a place for files");
    let error = |name: &str, bytes: Option<&[u8]>| {
        let path = directory.path().join(name);
        if let Some(bytes) = bytes {
            fs::write(&path, bytes).expect("the file can be written");
        }
        let error = load(&path, &Overrides::default()).expect_err(name);
        let shown = error.render(false);
        shown.replace(&directory.path().display().to_string(), "DIR")
    };
    assert!(error("absent.toml", None).starts_with("error: DIR/absent.toml cannot be read: "));
    assert_eq!(
        error("latin-1.toml", Some(b"title = \"x\"\n# caf\xe9\n")),
        "error: DIR/latin-1.toml is not UTF-8 text (line 2); nothing was run\n"
    );
    let large = vec![b'#'; (16 << 20) + 1];
    assert_eq!(
        error("large.toml", Some(&large)),
        "error: DIR/large.toml is larger than 16MiB, which no scenario is; nothing was run\n"
    );
    let folder = "error: DIR/. is a folder, and a scenario is a file";
    assert_eq!(error(".", None), format!("{folder}; nothing was run\n"));
    error("scenario.toml", Some(b"duration = 5"));
    assert_eq!(
        error(".", None),
        format!("{folder}: that of this report is DIR/./scenario.toml; nothing was run\n")
    );
}

#[test]
fn mistakes_keep_their_source() {
    let error = parse("a/b.toml", "duration = 5", "b", &Overrides::default());
    let diagnostics = error.expect_err("a number has no unit");
    assert_eq!(diagnostics.source_name(), "a/b.toml");
    assert_eq!(diagnostics.source_text(), "duration = 5");
    assert!(matches!(
        LoadError::Mistakes(Box::new(diagnostics)).render(false),
        text if text.ends_with("in a/b.toml; nothing was run\n")
    ));
}
