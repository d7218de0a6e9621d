//! A scenario printed with every default filled in reads as the same scenario again, and the committed JSON
//! Schema and the starter are what the code says they are.

use std::fs;
use std::path::{Path, PathBuf};

use kvlag::scenario::{Overrides, Scenario, json_schema, parse};
use proptest::prelude::*;

fn read(text: &str) -> Scenario {
    read_at(Path::new("test.toml"), text)
}

/// Paths in the text are relative to the folder of `source`.
fn read_at(source: &Path, text: &str) -> Scenario {
    let source = source.to_str().expect("the path is text");
    match parse(source, text, "test", &Overrides::default()) {
        Ok(scenario) => scenario,
        Err(diagnostics) => panic!("{text}\n{diagnostics}"),
    }
}

fn prints_and_reads_again(text: &str) {
    prints_and_reads_again_at(Path::new("test.toml"), text);
}

fn prints_and_reads_again_at(source: &Path, text: &str) {
    let scenario = read_at(source, text);
    let again = read(&scenario.resolved);
    assert_eq!(scenario.resolved, again.resolved, "of:\n{text}");
    assert_eq!(scenario, again, "of:\n{text}");
}

fn shipped() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the scenarios are there") {
            let path = entry.expect("the scenarios are there").path();
            let extension = path.extension().map(|e| e.to_string_lossy().into_owned());
            match extension.as_deref() {
                None => folders.push(path),
                Some("toml") => files.push(path),
                Some(_) => {}
            }
        }
    }
    files
}

#[test]
fn shipped_scenarios_read_again() {
    let files = shipped();
    assert!(files.len() >= 7);
    for file in files {
        let text = fs::read_to_string(&file).expect("a scenario is text");
        prints_and_reads_again_at(&file, &text);
    }
}

#[test]
fn the_starter_is_right_and_leaves_nothing_to_say() {
    let starter = kvlag::commands::new::STARTER;
    prints_and_reads_again(starter);
    assert_eq!(read(starter).hints, Vec::<String>::new());
    // Taking the example in its last lines seriously must not break it.
    let with_script: String = starter
        .replace("# [[script]]", "[[script]]")
        .replace("# time", "time")
        .replace("# pop ", "pop ")
        .replace("# put ", "put ");
    assert_eq!(read(&with_script).script.len(), 1);
}

#[test]
fn the_committed_schema_is_the_one_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/scenario.schema.json");
    let committed = fs::read_to_string(path).expect("the schema is committed");
    assert!(
        committed == json_schema(),
        "write it anew: kvlag schema > scenarios/scenario.schema.json"
    );
}

/// Every key says in the schema what it is.
#[test]
fn the_schema_describes_every_key() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).expect("it is JSON");
    let definitions = schema["definitions"]
        .as_object()
        .expect("it has definitions");
    let tables = definitions.values().chain([&schema]);
    let mut keys = 0;
    for table in tables {
        for (key, value) in table["properties"].as_object().into_iter().flatten() {
            let description = value["description"].as_str().unwrap_or("");
            assert!(description.len() > 10, "{key}: {description:?}");
            keys += 1;
        }
    }
    assert!(keys > 70, "{keys}");
}

/// A delay or size as it may be written, constant or drawn.
fn spread(unit: &'static str) -> impl Strategy<Value = String> {
    let value = move |number: u32| format!("\"{number}{unit}\"");
    prop_oneof![
        (0u32..5_000).prop_map(value),
        (1u32..500, 0u32..999).prop_map(move |(p50, more)| format!(
            "{{ lognormal = {{ p50 = {}, p99 = {} }} }}",
            value(p50),
            value(p50 + more)
        )),
        (1u32..500)
            .prop_map(move |mean| format!("{{ exponential = {{ mean = {} }} }}", value(mean))),
        (0u32..500, 0u32..500).prop_map(move |(min, more)| format!(
            "{{ uniform = {{ min = {}, max = {} }} }}",
            value(min),
            value(min + more)
        )),
    ]
}

fn rate() -> impl Strategy<Value = String> {
    (
        1u32..1_000,
        1u32..100,
        prop::sample::select(vec!["ms", "s", "m", "h"]),
    )
        .prop_map(|(count, per, unit)| format!("\"{}/{per}{unit}\"", f64::from(count) / 8.0))
}

fn keys() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z/\"\\\\ü\u{7}]{1,9}".prop_map(|name| format!("{{ one = {} }}", quoted(&name))),
        (1u32..1_000).prop_map(|count| format!("{{ uniform = {count} }}")),
        (0.0f64..3.0, 1u32..1_000).prop_map(|(zipf, count)| format!(
            "{{ zipf = {zipf:?}, count = {count}, prefix = \"p:\" }}"
        )),
    ]
}

fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

/// A key with its value, or nothing.
fn maybe<S: Strategy<Value = String> + 'static>(
    key: &'static str,
    value: S,
) -> BoxedStrategy<String> {
    prop_oneof![
        Just(String::new()),
        value.prop_map(move |value| format!("{key} = {value}\n")),
    ]
    .boxed()
}

fn word(key: &'static str, words: &'static [&'static str]) -> BoxedStrategy<String> {
    maybe(
        key,
        prop::sample::select(words).prop_map(|word| format!("\"{word}\"")),
    )
}

fn together(parts: Vec<BoxedStrategy<String>>) -> impl Strategy<Value = String> {
    parts.prop_map(|parts| parts.concat())
}

fn workload(name: &'static str) -> impl Strategy<Value = String> {
    let reads = together(vec![
        rate().prop_map(|rate| format!("reads = {rate}\n")).boxed(),
        maybe(
            "cache-ttl",
            (30u32..4_000).prop_map(|s| format!("\"{s}s\"")),
        ),
    ]);
    let writes = together(vec![
        rate().prop_map(|rate| format!("writes = {rate}\n")).boxed(),
        maybe(
            "expiration-ttl",
            (60u32..4_000).prop_map(|s| format!("\"{s}s\"")),
        ),
        maybe("value-size", spread("B")),
    ]);
    let others = together(vec![
        rate().prop_map(|rate| format!("lists = {rate}\n")).boxed(),
        maybe("page", (1u32..1_000).prop_map(|page| page.to_string())),
        maybe("deletes", rate()),
    ]);
    let where_from = prop_oneof![
        Just(String::new()),
        Just("at = [\"SYD\", \"LHR\"]\n".to_owned()),
        Just("at = \"region:WEUR\"\nsplit = \"even\"\n".to_owned()),
        (0.1f64..9.0).prop_map(|weight| format!("split = {{ SYD = {weight:?}, FRA = 2 }}\n")),
    ];
    let rest = together(vec![
        keys().prop_map(|keys| format!("keys = {keys}\n")).boxed(),
        maybe(
            "arrivals",
            prop_oneof![
                Just("\"poisson\"".to_owned()),
                Just("\"periodic\"".to_owned()),
                Just("{ erlang = 3 }".to_owned()),
            ],
        ),
    ]);
    let operations = prop_oneof![
        reads.prop_map(|reads| (reads, String::new())),
        writes.prop_map(|writes| (writes, String::new())),
        others.prop_map(|others| (others, String::new())),
    ];
    (where_from, operations, rest).prop_map(move |(at, (one, other), rest)| {
        format!("[workload.{name}]\n{at}{one}{other}{rest}")
    })
}

/// Steps after one that reads every key, so that they may act on what was read.
fn steps() -> impl Strategy<Value = String> {
    let keys = ["k", "s:{client}", "{pop}:x", "u:{zipf 0.9 of 50}:y", "{{}}"];
    let key = move || prop::sample::select(keys.to_vec());
    let ttl = || (30u32..900).prop_map(|s| format!(", cache-ttl = \"{s}s\""));
    let value = prop_oneof![
        Just("\"read\"".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<i64>().prop_map(|n| {
            let sign = if n < 0 { '-' } else { '+' };
            format!("\"read {sign} {}\"", n.unsigned_abs())
        }),
        "\\PC{0,9}".prop_map(|text| format!("{{ text = {} }}", quoted(&text))),
        "[a-z]{0,3}[+-]?[0-9]{0,2}".prop_map(|text| format!("{{ text = {} }}", quoted(&text))),
    ];
    let condition = prop_oneof![
        Just("read is missing".to_owned()),
        Just("read is present".to_owned()),
        "[^'\\p{C}]{0,6}".prop_map(|text| format!("read != '{text}'")),
        "[^\"\\p{C}]{0,6}".prop_map(|text| format!("read = \"{text}\"")),
        (
            prop::sample::select(vec!["<", "<=", "=", "!=", ">=", ">"]),
            any::<i64>()
        )
            .prop_map(|(operator, bound)| format!("read {operator} {bound}")),
    ];
    let step = prop_oneof![
        key().prop_map(|key| format!("{{ get = \"{key}\" }}")),
        (key(), ttl()).prop_map(|(key, ttl)| format!("{{ get = \"{key}\"{ttl} }}")),
        (key(), value).prop_map(|(key, value)| format!("{{ put = \"{key}\", value = {value} }}")),
        (key(), 1u32..9_999, 60u32..999).prop_map(|(key, size, ttl)| format!(
            "{{ put = \"{key}\", value-size = \"{size}B\", expiration-ttl = \"{ttl}s\", metadata = \"{ttl}\" }}"
        )),
        key().prop_map(|key| format!("{{ delete = \"{key}\" }}")),
        "[a{}\"ü:]{1,5}".prop_map(|name| {
            let name = quoted(&name.replace('{', "{{").replace('}', "}}"));
            format!("{{ delete = {name} }}, {{ list = {name} }}")
        }),
        (1u32..1_000).prop_map(|limit| format!("{{ list = \"a{{{{\", limit = {limit} }}")),
        spread("ms").prop_map(|time| format!("{{ think = {time} }}")),
    ];
    let nested = step.prop_recursive(4, 24, 4, move |inner| {
        let list = || prop::collection::vec(inner.clone(), 1..4).prop_map(|list| list.join(", "));
        prop_oneof![
            (1u32..20, list())
                .prop_map(|(times, steps)| format!("{{ repeat = {times}, steps = [{steps}] }}")),
            (condition.clone(), list(), prop::option::of(list())).prop_map(
                |(condition, then, otherwise)| {
                    let otherwise = otherwise.map_or(String::new(), |o| format!(", else = [{o}]"));
                    let condition = quoted(&condition);
                    format!("{{ if = {condition}, then = [{then}]{otherwise} }}")
                }
            ),
        ]
    });
    prop::collection::vec(nested, 0..6).prop_map(move |steps| {
        let gets = keys.map(|key| format!("{{ get = \"{key}\" }},\n"));
        format!("steps = [{}{}]\n", gets.concat(), steps.join(",\n"))
    })
}

fn client(name: &'static str) -> impl Strategy<Value = String> {
    let start = prop_oneof![
        (1u32..1_000).prop_map(|count| format!("count = {count}\n")),
        (1u32..1_000, 1u32..99)
            .prop_map(|(count, s)| format!("count = {count}\nthink = \"{s}s\"\n")),
        rate().prop_map(|rate| format!("rate = {rate}\nsplit = \"even\"\n")),
        rate().prop_map(|rate| format!("rate = {rate}\narrivals = {{ erlang = 2 }}\n")),
    ];
    let rest = together(vec![
        maybe("at", Just("[\"FRA\", \"LHR\"]".to_owned())),
        maybe("cache-ttl", (30u32..900).prop_map(|s| format!("\"{s}s\""))),
        maybe(
            "roam",
            prop_oneof![
                (0.001f64..100.0).prop_map(|share| format!("{{ probability = \"{share}%\" }}")),
                (1u32..999)
                    .prop_map(|s| format!("{{ every = \"{s}s\", among = [\"SYD\", \"FRA\"] }}")),
            ],
        ),
    ]);
    (start, rest, steps())
        .prop_map(move |(start, rest, steps)| format!("[client.{name}]\n{start}{rest}{steps}"))
}

/// A text of a request: braces, quotes, placeholders.
fn request_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "{client}",
        "{pop}",
        "{zipf 0.9 of 50}",
        "{uniform of 3}",
        "{{",
        "{{a",
        "{",
        "{1",
        "}",
        "\"",
        "\\",
        " ",
        ":",
        "ü",
    ]);
    let pieces = prop::collection::vec(piece, 0..8);
    let text = pieces.prop_map(|pieces| pieces.concat());
    text.prop_filter("a letter behind one brace begins a placeholder", |text| {
        let lone = |letter: &str| {
            let places = text.match_indices(letter);
            places.filter(|(at, _)| !text[..*at].ends_with('{')).count()
        };
        lone("{a") + lone("{ü") == 0
    })
}

fn request() -> impl Strategy<Value = String> {
    let start = prop_oneof![
        rate().prop_map(|rate| format!("rate = {rate}\n")),
        rate()
            .prop_map(|rate| format!("rate = {rate}\narrivals = \"periodic\"\nsplit = \"even\"\n")),
        Just("time = \"0s\"\nat = [\"SYD\"]\n".to_owned()),
    ];
    let path = prop::sample::select(vec!["/", "/{client}/{{x}?a={pop}{pop}", "/{uniform of 9}{"]);
    (start, path, request_text(), request_text()).prop_map(|(start, path, header, body)| {
        format!(
            "[[worker.w.request]]\nmethod = \"POST\"\npath = \"{path}\"\nheaders = {{ a = {}, b = \"\" }}\nbody = {}\n{start}",
            quoted(&header),
            quoted(&body),
        )
    })
}

/// A Worker that a client asks as well, an origin, and values of the store.
fn program() -> impl Strategy<Value = String> {
    let worker = together(vec![
        Just("[worker.w]\nscript = \"tests/bad/limiter.js\"\n".to_owned()).boxed(),
        maybe(
            "kv",
            Just("{ KV = \"main\", A = \"b\", B = \"a\" }".to_owned()),
        ),
        maybe(
            "vars",
            "\\PC{0,9}".prop_map(|text| format!("{{ X = {} }}", quoted(&text))),
        ),
        maybe("host", Just("\"A.b:80\"".to_owned())),
        maybe(
            "longest-cache-ttl",
            (30u32..900).prop_map(|s| format!("\"{s}s\"")),
        ),
    ]);
    let origin = together(vec![
        Just("[origin.o]\nurl = \"https://A.b\"\n".to_owned()).boxed(),
        maybe("latency", spread("ms")),
        maybe("body", "[{}a-z\"]{0,9}".prop_map(|body| quoted(&body))),
        maybe("remember", any::<bool>().prop_map(|b| b.to_string())),
    ]);
    let stored = (1u32..50, "[{}a-z\"]{0,9}").prop_map(|(count, value)| {
        format!(
            "[[store.value]]\nkey = \"n:{{n}}\"\ncount = {count}\nvalue = {}\nmetadata = \"{{n}}\"\n",
            quoted(&value)
        )
    });
    let client = (request_text(), 0u32..=999).prop_map(|(body, status)| {
        format!(
            "[client.e]\ncount = 2\nsteps = [{{ request = \"PUT /{{pop}}\", body = {} }}, \
             {{ if = \"status != {status}\", then = [{{ request = \"/\" }}] }}]\n",
            quoted(&body)
        )
    });
    let requests = prop::collection::vec(request(), 0..3).prop_map(|list| list.concat());
    (worker, requests, origin, stored, client).prop_map(
        |(worker, requests, origin, stored, client)| {
            format!("{worker}{requests}{origin}{stored}{client}")
        },
    )
}

fn tables() -> impl Strategy<Value = String> {
    together(vec![
        Just("[store]\n".to_owned()).boxed(),
        word("at", &["IAD", "AMS", "LHR"]),
        word("initial", &["present", "missing"]),
        word("write-limit-rule", &["since-accepted", "since-attempt"]),
        maybe(
            "write-limit",
            prop_oneof![Just("\"none\"".to_owned()), rate()],
        ),
        Just("[cache]\n".to_owned()).boxed(),
        word("start", &["random-age", "cold"]),
        word("ttl-rule", &["filler-and-reader", "reader"]),
        word("own-writes", &["visible", "invalidated", "unchanged"]),
        maybe("coalesce", any::<bool>().prop_map(|b| b.to_string())),
        Just("[network]\n".to_owned()).boxed(),
        maybe(
            "inflation",
            (0.0f64..300.0).prop_map(|share| format!("\"{share}%\"")),
        ),
        maybe("jitter", spread("us")),
        word("bandwidth", &["none", "100MiB/s", "1.5KB/10ms"]),
    ])
}

fn scenario_text() -> impl Strategy<Value = String> {
    let top = together(vec![
        Just("pops = [\"LHR\", \"SYD\", \"FRA\"]\n".to_owned()).boxed(),
        (1u64..1_000_000_000_000)
            .prop_map(|ns| format!("duration = \"{ns}ns\"\n"))
            .boxed(),
        maybe(
            "warm-up",
            (0u64..1_000_000).prop_map(|us| format!("\"{us}us\"")),
        ),
        maybe("title", "[\\PC\t]{0,20}".prop_map(|title| quoted(&title))),
        maybe(
            "seed",
            (0u64..=i64::MAX as u64).prop_map(|seed| seed.to_string()),
        ),
        word("starts-at", &["00:00", "23:59"]),
        maybe(
            "expect",
            Just("[\"stale-read-ratio < 33.3%\", \"hit-ratio at LHR >= 1%\"]".to_owned()),
        ),
    ]);
    let places = prop_oneof![
        Just(String::new()),
        spread("ms").prop_map(|delay| format!("[pop.LAB]\nto-store = {delay}\n")),
        spread("ms").prop_map(|delay| format!(
            "[[tier]]\nname = \"t\"\nat = [\"FRA\", \"IAD\"]\nage = \"restarted\"\n\
             [[link]]\nfrom = \"SYD\"\nto = \"IAD\"\none-way = {delay}\n"
        )),
    ];
    let traffic = (workload("b"), workload("a"), client("d"), client("c"));
    let traffic = traffic.prop_map(|(b, a, d, c)| format!("{b}{a}{d}{c}"));
    // Clients that arrive at a rate and have keys of their own do not go with Workers.
    let traffic = prop_oneof![
        traffic,
        (workload("a"), program()).prop_map(|(a, program)| format!("{a}{program}")),
    ];
    (top, tables(), places, traffic)
        .prop_map(|(top, tables, places, traffic)| format!("{top}{tables}{places}{traffic}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn random_scenarios_read_again(text in scenario_text()) {
        prints_and_reads_again(&text);
    }
}
