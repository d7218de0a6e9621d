//! Whatever is thrown at the reader of scenarios, it answers: no panic, no hang, and a message that can be shown.

use std::fs;
use std::path::Path;

use kvlag::scenario::{Overrides, parse};
use proptest::prelude::*;

const GOOD: &str = r#"title = "ü"
duration = "10m"
pops     = ["LHR", "SYD"]
expect   = ["convergence.p99 < 70s", "hit-ratio at LHR > 10%"]
[cache]
own-writes = "visible"
[network]
jitter = { lognormal = { p50 = "1ms", p99 = "2ms" } }
[[tier]]
name = "regional"
at   = ["FRA", "IAD"]
[pop.LAB]
to-store = "1s"
via = ["FRA"]
[[link]]
from = "LAB"
to = "IAD"
one-way = { exponential = { mean = "1ms" } }
[workload.visitors]
at = ["LHR", "SYD"]
reads = "20/s"
split = { LHR = 3, SYD = 1 }
keys  = { zipf = 0.9, count = 100, prefix = "k" }
daily = { peak = "20:00", swing = "60%" }
[client.shopper]
at = ["LHR", "SYD"]
count = 2
think = { exponential = { mean = "1s" } }
roam = { probability = "10%", among = ["LHR", "LAB"] }
steps = [
    { get = "cart:{client}", cache-ttl = "2m" },
    { think = "5ms" },
    { put = "cart:{client}", value = "read + 1", metadata = '{"v": 1}' },
    { repeat = 3, steps = [{ list = "cart:" }, { delete = "ü{zipf 0.9 of 10000}:x" }] },
    { if = "read != 'on'", then = [{ get = "hits:{pop}" }], else = [{ put = "k", value = -5 }] },
]
[worker.limiter]
script = "tests/bad/limiter.js"
kv = { KV = "main", USERS = "users" }
vars = { LIMIT = "100" }
[[worker.limiter.request]]
method = "POST"
path = "/api/{uniform of 100}?a={pop}"
headers = { authorization = "Bearer ü{client}" }
body = '{"id": "{zipf 0.9 of 50}", "{{x}": {}}'
rate = "5/s"
[origin.db]
url = "https://db.example.com/"
[[store.value]]
key = "user:{n}"
count = 3
value = '{"id": {n}}'
namespace = "users"
[client.browser]
count = 2
steps = [
    { request = "POST /login", body = "user={client}" },
    { if = "status != 200", then = [{ request = "/{pop}", worker = "limiter" }] },
]
[client.robot]
rate = "5/s"
steps = [{ get = "cart:{{}}" }, { if = "read >= -1", then = [{ delete = "k" }] }]
[[script]]
time = "5m"
pop = "LHR"
put = "flags/checkout"
"#;

/// Reads a text and shows what came of it, twice over: the answer must not change.
fn throw(text: &str, set: &[String]) {
    let overrides = Overrides {
        set: set.to_vec(),
        ..Overrides::default()
    };
    let answer = || match parse("x.toml", text, "x", &overrides) {
        Ok(scenario) => scenario.resolved,
        Err(diagnostics) => {
            assert!(diagnostics.render(true).contains("nothing was run"));
            diagnostics.render(false)
        }
    };
    assert_eq!(answer(), answer());
}

/// Pieces of the language and of other things.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ",",
        ".",
        "\"",
        "'",
        "\n",
        "\r\n",
        "\u{feff}",
        "\0",
        "\t",
        "#",
        "-1",
        "0",
        "99999999999999999999",
        "1e999",
        "nan",
        "true",
        "\"\"",
        "\"60s\"",
        "\"0s\"",
        "\"-5/s\"",
        "\"5/0s\"",
        "\"100000000d\"",
        "1979-05-27",
        "workload",
        "pops",
        "tier",
        "pop",
        "link",
        "keys",
        "at",
        "\"all\"",
        "\"region:\"",
        "\"region:WEUR\"",
        "expect",
        "\"< <\"",
        "\"reads.p99 at\"",
        "[workload.a]",
        "[[link]]",
        "[[workload]]",
        "a.b.c = 1",
        "\"\\u0000\"",
        "\"\\u001b[31m\"",
        "\"ünïcödé\"",
        "seed = 1",
        "duration = \"1s\"",
        "\"1s\" = 5",
        "[client.a]",
        "client",
        "steps = [{ get = \"k\" }]",
        "{ repeat = 2, steps = [",
        "get",
        "value",
        "read",
        "+ 1",
        "{client}",
        "{zipf",
        "{{",
        "!=",
    ];
    prop_oneof![
        8 => prop::sample::select(words.map(str::to_owned).to_vec()),
        1 => "\\PC{0,8}",
        1 => any::<char>().prop_map(String::from),
    ]
}

/// A change at a place given as a part of the text's length: take out so many bytes and put something in.
fn spoil(text: &str, changes: &[(f64, usize, String)]) -> String {
    let mut text = text.to_owned();
    for (at, out, piece) in changes {
        let boundary = |text: &str, mut byte: usize| {
            byte = byte.min(text.len());
            while !text.is_char_boundary(byte) {
                byte -= 1;
            }
            byte
        };
        let start = boundary(&text, (text.len() as f64 * at) as usize);
        let end = boundary(&text, start + out).max(start);
        text.replace_range(start..end, piece);
    }
    text
}

fn changes() -> impl Strategy<Value = Vec<(f64, usize, String)>> {
    prop::collection::vec((0.0..1.0f64, 0usize..12, piece()), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn random_text(text in "\\PC{0,200}") {
        throw(&text, &[]);
    }

    #[test]
    fn random_pieces(pieces in prop::collection::vec(piece(), 0..40)) {
        throw(&pieces.join(" "), &[]);
        throw(&pieces.concat(), &[]);
    }

    #[test]
    fn spoilt_scenarios(changes in changes()) {
        throw(&spoil(GOOD, &changes), &[]);
    }

    #[test]
    fn scenarios_without_some_of_their_lines(kept in prop::collection::vec(any::<bool>(), 60)) {
        let lines = GOOD.lines().zip(kept).filter(|(_, keep)| *keep).map(|(line, _)| line);
        throw(&lines.collect::<Vec<_>>().join("\n"), &[]);
    }

    #[test]
    fn scenarios_with_their_lines_shuffled(lines in Just(GOOD.lines().collect::<Vec<_>>()).prop_shuffle()) {
        throw(&lines.join("\n"), &[]);
    }

    #[test]
    fn random_arguments(arguments in prop::collection::vec("\\PC{0,20}", 0..4)) {
        throw(GOOD, &arguments);
    }

    #[test]
    fn spoilt_arguments(path in prop::sample::select(vec![
            "pops", "expect[0]", "tier[0].at[1]", "tier.regional", "link[0].one-way.exponential.mean",
            "workload.visitors.keys.zipf", "workload.visitors.split", "workload.a.b", "script", "seed",
            "client.shopper.steps[0].get", "client.shopper.steps[2].value", "client.robot.steps[1].if",
            "client.shopper.steps[3].steps[0].limit", "client.robot.steps", "client.robot.roam.among", "client.a",
            "workload", "pop.LAB.via[0]", "network.jitter", "cache.own-writes", "title",
        ]), value in piece(), changes in changes()) {
        let argument = format!("{path}={value}");
        throw(GOOD, &[spoil(&argument, &changes[..1]), argument]);
    }
}

#[test]
fn what_is_spoilt_was_good() {
    let read = parse("x.toml", GOOD, "x", &Overrides::default());
    assert!(read.is_ok(), "{}", read.expect_err("it is not good"));
}

#[test]
fn bad_files_cut_short_at_every_place() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let several = fs::read_to_string(directory.join("several-mistakes.toml")).expect("it is there");
    for end in 0..several.len() {
        throw(&several[..end], &[]);
    }
    for end in (0..GOOD.len()).filter(|end| GOOD.is_char_boundary(*end)) {
        throw(&GOOD[..end], &[]);
    }
}

#[test]
fn deep_nesting_and_long_lists_are_answered() {
    let deep = format!("pops = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    throw(&deep, &[]);
    throw(
        &format!("{GOOD}x = {}1{}", "{a=".repeat(5_000), "}".repeat(5_000)),
        &[],
    );
    throw(&format!("[{}a]", "a.".repeat(50_000)), &[]);
    throw(
        GOOD,
        &[
            format!("{}=1", "a.".repeat(50_000)),
            format!("pops={}", "[".repeat(50_000)),
        ],
    );
    for depth in [5, 16, 17, 30, 1_000] {
        let steps = format!(
            "{}{{ get = \"k\" }}{}",
            "{ repeat = 9, steps = [".repeat(depth),
            "] }".repeat(depth)
        );
        throw(
            &format!("{GOOD}[client.deep]\ncount = 1\nsteps = [{steps}]\n"),
            &[],
        );
    }
    let many = format!(
        "duration = \"1s\"\npops = [{}]\n",
        "\"XXX\", ".repeat(20_000)
    );
    throw(&many, &[]);
    let long = format!("duration = \"{}\"\n", "x".repeat(1_000_000));
    throw(&long, &[]);
    let unknown: String = (0..20_000).map(|i| format!("key{i} = {i}\n")).collect();
    throw(&unknown, &[]);
}

/// Numbers that no one means, each below what a file may hold: refused, or resolved in no time.
#[test]
fn scenarios_of_absurd_size_are_answered() {
    let list = |count: usize, table: &dyn Fn(usize) -> String| -> String {
        (0..count).map(table).collect()
    };
    let top = "duration = \"1d\"\npops = \"all\"\n";
    let workload = |i: usize| {
        format!("[workload.w{i}]\nreads = \"1/s\"\nkeys = {{ uniform = 9, prefix = \"{i}\" }}\n")
    };
    throw(&format!("{top}{}", list(20_000, &workload)), &[]);
    throw(&format!("{top}{}", list(9_000, &workload)), &[]);
    throw(&format!("{top}{}", list(2_000, &workload)), &[]);
    let client = |i: usize| {
        format!("[client.c{i}]\ncount = 9\nroam.every = \"1s\"\nsteps = [{{ get = \"{i}\" }}]\n")
    };
    throw(&format!("{top}{}", list(20_000, &client)), &[]);
    throw(&format!("{top}{}", list(9_000, &client)), &[]);
    throw(&format!("{top}{}", list(1_000, &client)), &[]);
    let steps = list(20_000, &|i| format!("{{ get = \"{i}\" }},"));
    throw(
        &format!("{top}[client.c]\ncount = 1\nsteps = [{steps}]\n"),
        &[],
    );
    let steps = list(400, &|i| {
        format!("{{ get = \"{i}\" }}, {{ if = \"read < 5\", then = [{{ get = \"a{i}\" }}] }},")
    });
    throw(
        &format!("{top}[client.c]\ncount = 1\nsteps = [{steps}]\n"),
        &[],
    );
    let pop = |i: usize| format!("[pop.P{i}]\nto-store = \"{i}us\"\n");
    throw(&format!("{top}{}", list(20_000, &pop)), &[]);
    throw(&format!("{top}{}{}", list(9_000, &pop), workload(0)), &[]);
    let tier = |i: usize| format!("[[tier]]\nname = \"t{i}\"\nat = [\"FRA\"]\n");
    throw(&format!("{top}{}", list(1_000, &tier)), &[]);
    let rule = |_: usize| "\"reads at ZRH > 5\",".to_owned();
    throw(&format!("expect = [{}]\n{top}", list(5_000, &rule)), &[]);
}
