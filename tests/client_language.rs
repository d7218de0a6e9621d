//! What scenario files can say of clients: every way to start, every step, every value and condition is taken,
//! means what it should, and is printed so that it reads as the same again.

use kvlag::scenario::diagnostic::Diagnostics;
use kvlag::scenario::{
    Arrivals, Client, ClientStart, Comparison, Condition, Distribution, KeyPattern, Overrides,
    Placeholder, Roaming, RoamingRule, Scenario, Scope, Site, Step, Value, parse,
};
use kvlag::units::{Duration, Size};

const TOP: &str = "duration = \"10m\"\npops = [\"LHR\", \"SYD\", \"FRA\"]\n";
const SECOND: Duration = Duration::from_secs(1);

/// A scenario as the file says it, and the same through its resolved text, which must be equal.
fn scenario(text: &str) -> Scenario {
    changed(text, &[])
}

fn changed(text: &str, set: &[&str]) -> Scenario {
    let overrides = Overrides {
        set: set.iter().map(|argument| (*argument).to_owned()).collect(),
        ..Overrides::default()
    };
    let scenario = read(&format!("{TOP}{text}"), &overrides);
    let again = read(&scenario.resolved, &Overrides::default());
    assert_eq!(scenario.resolved, again.resolved);
    assert_eq!(scenario, again, "{}", scenario.resolved);
    scenario
}

fn read(text: &str, overrides: &Overrides) -> Scenario {
    match parse("test.toml", text, "test", overrides) {
        Ok(scenario) => scenario,
        Err(diagnostics) => panic!("{text}\n{diagnostics}"),
    }
}

/// The only clients of a scenario that has nothing else.
fn client(table: &str) -> Client {
    let mut scenario = scenario(&format!("[client.shopper]\n{table}"));
    assert_eq!(scenario.clients.len(), 1);
    scenario.clients.remove(0)
}

/// Those that take some steps, once.
fn steps(steps: &str) -> Client {
    client(&format!("count = 1\nsteps = [{steps}]\n"))
}

fn key(name: &str) -> KeyPattern {
    KeyPattern {
        prefix: name.to_owned(),
        placeholder: None,
        suffix: String::new(),
    }
}

fn get(key: usize) -> Step {
    Step::Get {
        key,
        cache_ttl: SECOND * 60,
    }
}

fn put(key: usize, value: Value) -> Step {
    Step::Put {
        key,
        value,
        value_size: None,
        expiration_ttl: None,
        metadata: None,
    }
}

#[test]
fn a_client_needs_a_start_and_steps_alone() {
    let shopper = steps("{ get = \"counter\" }, { put = \"counter\", value = \"read + 1\" }");
    assert_eq!(shopper.name, "shopper");
    assert_eq!(shopper.start, ClientStart::Once { count: 1 });
    assert_eq!(shopper.steps, [get(0), put(0, Value::ReadPlus(1))]);
    assert_eq!(shopper.keys, [key("counter")]);
    assert_eq!(shopper.roaming, None);
    let pops: Vec<Site> = (0..3).map(|pop| Site { pop, weight: 1.0 }).collect();
    assert_eq!(shopper.at, pops);
}

#[test]
fn clients_start_in_three_ways() {
    let get = "steps = [{ get = \"k\" }]\n";
    let once = client(&format!("at = [\"SYD\"]\ncount = 7\n{get}"));
    assert_eq!(once.start, ClientStart::Once { count: 7 });
    assert_eq!(
        once.at,
        [Site {
            pop: 1,
            weight: 1.0
        }]
    );
    let looping = client(&format!("count = 1000000\nthink = \"1s\"\n{get}"));
    let think = Distribution::Constant(SECOND);
    assert_eq!(
        looping.start,
        ClientStart::Looping {
            count: 1_000_000,
            think
        }
    );
    let drawn = "{ exponential = { mean = \"1s\" } }";
    let looping = client(&format!("count = 2\nthink = {drawn}\n{get}"));
    let think = Distribution::Exponential { mean: SECOND };
    assert_eq!(looping.start, ClientStart::Looping { count: 2, think });
    let arriving = client(&format!("rate = \"90/m\"\narrivals = \"periodic\"\n{get}"));
    let arrivals = Arrivals::Periodic;
    assert_eq!(
        arriving.start,
        ClientStart::Arriving {
            per_s: 1.5,
            arrivals
        }
    );
    let split = client(&format!(
        "rate = \"8/s\"\nsplit = {{ SYD = 3, LHR = 1 }}\n{get}"
    ));
    let arrivals = Arrivals::Poisson;
    assert_eq!(
        split.start,
        ClientStart::Arriving {
            per_s: 8.0,
            arrivals
        }
    );
    let sites = [
        Site {
            pop: 1,
            weight: 0.75,
        },
        Site {
            pop: 0,
            weight: 0.25,
        },
    ];
    assert_eq!(split.at, sites);
    let even = client(&format!(
        "at = \"region:WEUR\"\nrate = \"8/s\"\nsplit = \"even\"\n{get}"
    ));
    assert!(even.at.len() == 2 && even.at.iter().all(|site| site.weight == 0.5));
}

#[test]
fn every_step_is_taken() {
    let shopper = steps(
        "{ get = \"a\", cache-ttl = \"2m\" }, { put = \"b\" }, { delete = \"a\" }, { list = \"\" },\n\
         { list = \"user:\", limit = 10 }, { think = \"5ms\" },\n\
         { think = { uniform = { min = \"0s\", max = \"1s\" } } },\n\
         { think = { lognormal = { p50 = \"5ms\", p99 = \"8ms\" } } },\n\
         { repeat = 3, steps = [{ get = \"b\" }, { repeat = 2, steps = [{ delete = \"b\" }] }] },\n\
         { if = \"read is missing\", then = [{ get = \"a\" }], else = [{ delete = \"c\" }] },\n\
         { put = \"b\", value = 5, value-size = \"2KiB\", expiration-ttl = \"1h\", metadata = '{\"v\": 1}' }",
    );
    assert_eq!(shopper.keys, [key("a"), key("b"), key("c")]);
    let list = |prefix: &str, page| Step::List {
        prefix: prefix.to_owned(),
        page,
    };
    let expected = [
        Step::Get {
            key: 0,
            cache_ttl: SECOND * 120,
        },
        put(1, Value::Text(String::new())),
        Step::Delete { key: 0 },
        list("", 1_000),
        list("user:", 10),
        Step::Think(Distribution::Constant(Duration::from_millis(5))),
        Step::Think(Distribution::Uniform {
            min: Duration::ZERO,
            max: SECOND,
        }),
        Step::Think(Distribution::Lognormal {
            p50: Duration::from_millis(5),
            p99: Duration::from_millis(8),
        }),
        Step::Repeat {
            times: 3,
            steps: vec![
                get(1),
                Step::Repeat {
                    times: 2,
                    steps: vec![Step::Delete { key: 1 }],
                },
            ],
        },
        Step::If {
            condition: Condition::Missing,
            then: vec![get(0)],
            otherwise: vec![Step::Delete { key: 2 }],
        },
        Step::Put {
            key: 1,
            value: Value::Number(5),
            value_size: Some(Size(2_048)),
            expiration_ttl: Some(SECOND * 3_600),
            metadata: Some("{\"v\": 1}".to_owned()),
        },
    ];
    assert_eq!(shopper.steps, expected);
}

#[test]
fn steps_take_what_they_do_not_say_from_their_client() {
    let shopper = client(
        "count = 1\ncache-ttl = \"5m\"\nvalue-size = \"1KB\"\nexpiration-ttl = \"2m\"\n\
         steps = [{ get = \"a\" }, { get = \"a\", cache-ttl = \"60s\" }, { put = \"a\" },\n\
         { put = \"a\", value-size = \"1KB\", expiration-ttl = \"3m\" }]",
    );
    let ttls: Vec<Duration> = shopper.cache_ttls().into_iter().collect();
    assert_eq!(ttls, [SECOND * 60, SECOND * 300]);
    let puts: Vec<_> = shopper.steps[2..]
        .iter()
        .map(|step| match step {
            Step::Put {
                value_size,
                expiration_ttl,
                ..
            } => (*value_size, *expiration_ttl),
            other => panic!("{other:?} is no put"),
        })
        .collect();
    let size = Some(Size(1_000));
    assert_eq!(
        puts,
        [(size, Some(SECOND * 120)), (size, Some(SECOND * 180))]
    );
}

#[test]
fn values_are_texts_numbers_and_what_was_read() {
    let text = |text: &str| Value::Text(text.to_owned());
    let cases = [
        ("\"read\"", Value::Read),
        ("\" read \"", Value::Read),
        ("\"read + 1\"", Value::ReadPlus(1)),
        ("\"read+1\"", Value::ReadPlus(1)),
        ("\"read - 2\"", Value::ReadPlus(-2)),
        ("\"read + 0\"", Value::ReadPlus(0)),
        ("\"read - 9223372036854775808\"", Value::ReadPlus(i64::MIN)),
        ("5", Value::Number(5)),
        ("-5", Value::Number(-5)),
        ("\"5\"", Value::Number(5)),
        ("{ text = \"5\" }", text("5")),
        ("\"05\"", text("05")),
        ("\"1.5\"", text("1.5")),
        ("\"\"", text("")),
        ("\"on\"", text("on")),
        ("\"ready\"", text("ready")),
        ("\"Read me\"", text("Read me")),
        ("\"UTC+1\"", text("UTC+1")),
        ("\"area - 51\"", text("area - 51")),
        (
            "\"a \\\"quoted\\\" \\\\ text\\n\"",
            text("a \"quoted\" \\ text\n"),
        ),
        ("{ text = \"read\" }", text("read")),
        ("{ text = \"read + 1\" }", text("read + 1")),
        ("{ text = \"read me\" }", text("read me")),
    ];
    for (written, value) in cases {
        let shopper = steps(&format!(
            "{{ get = \"k\" }}, {{ put = \"k\", value = {written} }}"
        ));
        assert_eq!(shopper.steps[1], put(0, value), "{written}");
    }
}

#[test]
fn conditions_are_on_what_was_read() {
    let number = |comparison, bound| Condition::Number { comparison, bound };
    let text = |text: &str, not| Condition::Text {
        text: text.to_owned(),
        not,
    };
    let cases = [
        ("\"read is missing\"", Condition::Missing),
        ("\" read  is\\tpresent \"", Condition::Present),
        ("\"read = 'on'\"", text("on", false)),
        ("'read != \"on\"'", text("on", true)),
        ("\"read=''\"", text("", false)),
        ("\"read = \\\"it's\\\"\"", text("it's", false)),
        ("\"read = '5'\"", text("5", false)),
        ("\"read < 100\"", number(Comparison::Less, 100)),
        ("\"read<=-1\"", number(Comparison::LessOrEqual, -1)),
        ("\"read = 5\"", number(Comparison::Equal, 5)),
        ("\"read >= 5\"", number(Comparison::GreaterOrEqual, 5)),
        ("\"read > 5\"", number(Comparison::Greater, 5)),
    ];
    for (written, condition) in cases {
        let shopper = steps(&format!(
            "{{ get = \"k\" }}, {{ if = {written}, then = [{{ delete = \"k\" }}] }}"
        ));
        let expected = Step::If {
            condition,
            then: vec![Step::Delete { key: 0 }],
            otherwise: Vec::new(),
        };
        assert_eq!(shopper.steps[1], expected, "{written}");
    }
}

/// What is not 5 is what is 5 with the steps exchanged.
#[test]
fn numbers_that_differ_turn_the_steps_round() {
    let five = Condition::Number {
        comparison: Comparison::Equal,
        bound: 5,
    };
    let without_else =
        steps("{ get = \"k\" }, { if = \"read != 5\", then = [{ delete = \"k\" }] }");
    let expected = Step::If {
        condition: five.clone(),
        then: Vec::new(),
        otherwise: vec![Step::Delete { key: 0 }],
    };
    assert_eq!(without_else.steps[1], expected);
    let with_else = steps(
        "{ get = \"k\" }, { if = \"read != 5\", then = [{ delete = \"k\" }], else = [{ get = \"k\" }] }",
    );
    let expected = Step::If {
        condition: five,
        then: vec![get(0)],
        otherwise: vec![Step::Delete { key: 0 }],
    };
    assert_eq!(with_else.steps[1], expected);
    // Keys are numbered in that order too, so that the printed scenario is the same one.
    let keys = steps(
        "{ get = \"k\" }, { if = \"read != 5\", then = [{ delete = \"a\" }], else = [{ delete = \"b\" }] }",
    );
    assert_eq!(keys.keys, [key("k"), key("b"), key("a")]);
}

#[test]
fn keys_have_placeholders() {
    let rank = |count, exponent| Some(Placeholder::Rank { count, exponent });
    let cases = [
        ("k", ("k", None, "")),
        (
            "session:{client}",
            ("session:", Some(Placeholder::Client), ""),
        ),
        (
            "hits:{pop}:today",
            ("hits:", Some(Placeholder::Pop), ":today"),
        ),
        ("{pop}", ("", Some(Placeholder::Pop), "")),
        ("user:{zipf 0.9 of 10000}", ("user:", rank(10_000, 0.9), "")),
        ("user:{ zipf  2 of 1 }", ("user:", rank(1, 2.0), "")),
        ("user:{zipf 0 of 7}", ("user:", rank(7, 0.0), "")),
        (
            "user:{uniform of 100}:cart",
            ("user:", rank(100, 0.0), ":cart"),
        ),
        ("{{client}}", ("{client}", None, "")),
        ("a{{{client}}}b", ("a{", Some(Placeholder::Client), "}b")),
        ("ü{client}ß", ("ü", Some(Placeholder::Client), "ß")),
    ];
    for (written, (prefix, placeholder, suffix)) in cases {
        let shopper = steps(&format!(
            "{{ get = \"{written}\" }}, {{ delete = \"{written}\" }}"
        ));
        let expected = KeyPattern {
            prefix: prefix.to_owned(),
            placeholder,
            suffix: suffix.to_owned(),
        };
        assert_eq!(shopper.keys, [expected], "{written}");
    }
    let two = steps("{ get = \"a:{uniform of 5}\" }, { get = \"b:{zipf 1 of 9}\" }");
    assert_eq!(two.keys.len(), 2);
    let list = steps("{ list = \"{{a}}\" }");
    let expected = Step::List {
        prefix: "{a}".to_owned(),
        page: 1_000,
    };
    assert_eq!(list.steps, [expected]);
}

#[test]
fn clients_roam() {
    let rest = "at = [\"LHR\"]\ncount = 1\nsteps = [{ get = \"k\", cache-ttl = \"2m\" }]\n";
    let drawn = client(&format!("{rest}roam = {{ probability = \"10%\" }}\n"));
    let expected = Roaming {
        among: vec![0, 1, 2],
        rule: RoamingRule::Probability(0.1),
    };
    assert_eq!(drawn.roaming, Some(expected));
    let timed = "roam = { every = \"1m\", among = [\"FRA\", \"SYD\"] }\n";
    let scenario = scenario(&format!("[client.nomad]\n{rest}{timed}"));
    let expected = Roaming {
        among: vec![2, 1],
        rule: RoamingRule::Every(SECOND * 60),
    };
    assert_eq!(scenario.clients[0].roaming, Some(expected));
    // They read wherever they may come to.
    assert!((0..3).all(|pop| scenario.has_readers(pop)));
    assert!((0..3).all(|pop| scenario.longest_cache_ttl(pop) == SECOND * 120));
    assert_eq!(scenario.warm_up, SECOND * 121);
}

#[test]
fn clients_count_among_those_who_read_and_write() {
    let scenario = scenario(
        "[workload.visitors]\nreads = \"1/s\"\nat = [\"LHR\"]\nkeys = { one = \"k\" }\n\
         [client.reader]\nat = [\"SYD\"]\ncount = 1\nsteps = [{ get = \"k\" }]\n\
         [client.writer]\nat = [\"FRA\"]\ncount = 1\nsteps = [{ repeat = 2, steps = [{ put = \"k\" }] }]\n",
    );
    assert!(scenario.has_reads() && scenario.has_writes());
    let readers: Vec<bool> = (0..3).map(|pop| scenario.has_readers(pop)).collect();
    assert_eq!(readers, [true, true, false]);
    let writers: Vec<bool> = (0..3).map(|pop| scenario.has_writers(pop)).collect();
    assert_eq!(writers, [false, false, true]);
    // Workloads first, then replays, then clients, each by name.
    let names: Vec<&str> = scenario.workload_names().collect();
    assert_eq!(names, ["visitors", "reader", "writer"]);
    assert_eq!(scenario.workload_name(2), "writer");
    assert!(scenario.client(0).is_none());
    assert_eq!(
        scenario.client(1).map(|client| client.name.as_str()),
        Some("reader")
    );
    let of = |index| (scenario.has_reads_of(index), scenario.has_writes_of(index));
    assert_eq!(
        (of(0), of(1), of(2)),
        ((true, false), (true, false), (false, true))
    );
}

#[test]
fn the_resolved_scenario_says_every_default() {
    let scenario = scenario(
        "[client.shopper]\nrate = \"5/s\"\nexpiration-ttl = \"1h\"\nroam = { every = \"1m\" }\nsteps = [\n\
         { get = \"cart:{ client }\", cache-ttl = \"2m\" }, { put = \"cart:{client}\", value = 'read+1' },\n\
         { put = \"hits\", value-size = \"2KiB\", expiration-ttl = \"60s\" }, { list = \"cart:\" },\n\
         { if = 'read!=5', then = [{ get = \"hits\" }] },\n\
         { if = 'read = \"on\"', then = [{ think = \"5ms\" }], else = [{ delete = \"hits\" }] }]\n",
    );
    let expected = r#"
[client.shopper]
at = "all"
rate = "5/s"
arrivals = "poisson"
cache-ttl = "1m"
expiration-ttl = "1h"
roam = { every = "1m", among = "all" }
steps = [
    { get = "cart:{client}", cache-ttl = "2m" },
    { put = "cart:{client}", value = "read + 1" },
    { put = "hits", value = "", value-size = "2KiB", expiration-ttl = "1m" },
    { list = "cart:", limit = 1000 },
    { if = "read != 5", then = [{ get = "hits" }] },
    { if = "read = 'on'", then = [{ think = "5ms" }], else = [{ delete = "hits" }] },
]
"#;
    assert!(
        scenario.resolved.contains(expected),
        "{}",
        scenario.resolved
    );
}

#[test]
fn rules_are_about_clients_too() {
    let rules = "expect = [\"lost-updates = 0\", \"sessions of shopper > 5\", \"hit-ratio of shopper > 10%\"]\n";
    let table = "[client.shopper]\ncount = 2\nthink = \"1s\"\n\
                 steps = [{ get = \"k\" }, { put = \"k\", value = \"read + 1\" }]\n";
    let scenario = scenario(&format!("{rules}{table}"));
    let scopes: Vec<Scope> = scenario.expect.iter().map(|rule| rule.scope).collect();
    assert_eq!(
        scopes,
        [Scope::Total, Scope::Workload(0), Scope::Workload(0)]
    );
}

#[test]
fn arguments_reach_into_steps() {
    let table = "[client.shopper]\ncount = 2\nsteps = [{ get = \"k\" }, { put = \"k\" }]\n";
    let changed = changed(
        table,
        &[
            "client.shopper.steps[1].value=read + 1",
            "client.shopper.steps[0].cache-ttl=5m",
            "client.shopper.think=1s",
            "client.shopper.roam.every=1m",
        ],
    );
    let shopper = &changed.clients[0];
    assert_eq!(shopper.steps[1], put(0, Value::ReadPlus(1)));
    assert!(matches!(
        shopper.start,
        ClientStart::Looping { count: 2, .. }
    ));
    assert_eq!(shopper.cache_ttls().first(), Some(&(SECOND * 300)));
    assert!(shopper.roaming.is_some());
}

#[test]
fn without_the_published_limits_more_is_taken() {
    let scenario = scenario(&format!(
        "limits.enforce = false\n[client.shopper]\ncount = 1\nsteps = [\n\
         {{ get = \"k\", cache-ttl = \"1s\" }}, {{ put = \"{}\", expiration-ttl = \"1s\", metadata = \"{}\" }},\n\
         {{ list = \"\", limit = 5000 }}]\n",
        "k".repeat(600),
        "m".repeat(2_000),
    ));
    assert_eq!(scenario.clients[0].steps.len(), 3);
}

#[test]
fn hints_say_what_clients_will_not_come_to() {
    let hints = |table: &str| {
        scenario(&format!("[client.shopper]\n{table}"))
            .hints
            .join("\n")
    };
    let pair = "steps = [{ get = \"k\" }, { put = \"k\" }]\n";
    let cold = "[cache]\nstart = \"cold\"\n";
    let slow = hints(&format!("count = 1\nthink = \"1h\"\n{pair}{cold}"));
    assert!(
        slow.contains("wait about 3600 s before they begin again"),
        "{slow}"
    );
    let long = hints(&format!(
        "count = 1\nsteps = [{{ get = \"k\" }}, {{ put = \"k\" }}, {{ repeat = 60, steps = [{{ think = \"1m\" }}] }}]\n{cold}"
    ));
    assert!(
        long.contains("think for about 3600 s in their steps"),
        "{long}"
    );
    let drawn = hints(&format!("count = 1\nthink = \"1s\"\n{pair}"));
    assert!(drawn.contains("what clients read is not drawn"), "{drawn}");
    let many = hints(&format!("count = 1000000\nthink = \"1ms\"\n{pair}"));
    assert!(many.contains("as many as 2e12 operations"), "{many}");
    let busy = hints(&format!(
        "count = 1000\nthink = \"9ms\"\n{pair}[cache]\nstart = \"cold\"\n"
    ));
    assert!(busy.contains("as many as 360 million operations"), "{busy}");
    assert!(!drawn.contains("operations"), "{drawn}");
    let once = hints(&format!("count = 1\n{pair}"));
    assert!(!once.contains("not drawn"), "{once}");
    let unread = hints("count = 1\nsteps = [{ get = \"k\" }, { put = \"kk\" }]\n");
    assert!(
        unread.contains("`kk` is written but nobody reads it"),
        "{unread}"
    );
    let ranked = hints("count = 1\nsteps = [{ get = \"k{uniform of 5}\" }, { put = \"k4\" }]\n");
    assert!(!ranked.contains("nobody reads it"), "{ranked}");
    let beyond = hints("count = 1\nsteps = [{ get = \"k{uniform of 5}\" }, { put = \"k5\" }]\n");
    assert!(
        beyond.contains("`k5` is written but nobody reads it"),
        "{beyond}"
    );
}

#[test]
fn hints_say_that_a_roaming_client_leaves_the_key_of_its_pop_behind() {
    let hints = |table: &str| {
        scenario(&format!("[client.nomad]\ncount = 1\n{table}"))
            .hints
            .join("\n")
    };
    let roam = "roam = { probability = \"10%\" }\n";
    let pair =
        "steps = [{ get = \"hits:{pop}\" }, { put = \"hits:{pop}\", value = \"read + 1\" }]\n";
    let words = "Clients `nomad` roam, and `hits:{pop}` is another key at another PoP";
    let left = hints(&format!("{roam}{pair}"));
    assert!(left.contains(words), "{left}");
    // What is only read there, or read and written where one stays, is well meant.
    for table in [
        pair.to_owned(),
        format!("{roam}steps = [{{ get = \"flags:{{pop}}\" }}, {{ put = \"k\" }}]\n"),
        format!("{roam}{}", pair.replace("{pop}", "{client}")),
    ] {
        let kept = hints(&table);
        assert!(!kept.contains("another key"), "{kept}");
    }
}

/// Each of these holds one mistake, and gets one error: what only follows from it is not told.
#[test]
fn one_mistake_in_a_step_is_one_error() {
    let behind_a_get = [
        r#"{ fetch = "k", cache-ttl = "2m" }"#,
        r#"{ gett = "k", cache-ttl = "2m" }"#,
        r#"{ geht = "k", value = "1" }"#,
        r#"{ foo = "k", cache-ttl = "2m", value = "1" }"#,
        r#"{ pot = "k", value = "1", metadata = "{}" }"#,
        r#"{ write = "k", value = "read + 1" }"#,
        r#"{ put = "k", vaule = "read + 1" }"#,
        r#"{ put = "k", val = "1" }"#,
        r#"{ put = "k", value = "read +" }"#,
        r#"{ put = "k", value = true }"#,
        r#"{ put = "k", value = 1.5 }"#,
        r#"{ put = "k", value = ["a"] }"#,
        r#"{ put = "k", value = { txt = "read" } }"#,
        r#"{ put = "k", value = {} }"#,
        r#"{ get = "k", cache-ttl = 60 }"#,
        r#"{ get = "k", cache-ttl = true }"#,
        r#"{ get = "k", cache-ttl = "soon" }"#,
        r#"{ get = "k", cache-ttl = "5s" }"#,
        r#"{ get = 5 }"#,
        r#"{ get = "" }"#,
        r#"{ get = "k{clnt}" }"#,
        r#"{ get = "k{client" }"#,
        r#"{ get = "k{client}5" }"#,
        r#"{ get = "k", put = "k" }"#,
        r#"{ get = "k", value = "1" }"#,
        r#"{ put = 5, value = "1" }"#,
        r#"{ put = "k", value-size = 100 }"#,
        r#"{ put = "k", value-size = "100" }"#,
        r#"{ put = "k", expiration-ttl = "5s" }"#,
        r#"{ put = "k", metadata = "not json" }"#,
        r#"{ delete = true }"#,
        r#"{ delete = "k", value = "1" }"#,
        r#"{ list = 5, limit = 10 }"#,
        r#"{ list = "k", limit = 0 }"#,
        r#"{ list = "k", limit = "ten" }"#,
        r#"{ list = "k", page = 10 }"#,
        r#"{ list = "k{client}" }"#,
        r#"{ think = 5 }"#,
        r#"{ think = "5" }"#,
        r#"{ think = "soon" }"#,
        r#"{ think = { uniform = { min = "5ms" } } }"#,
        r#"{ think = { uniform = { min = "5ms", max = "1ms" } } }"#,
        r#"{ think = { unifrm = { min = "5ms", max = "9ms" } } }"#,
        r#"{ sleep = "5ms" }"#,
        r#"{ repeat = 3 }"#,
        r#"{ repeat = "3", steps = [{ get = "k" }] }"#,
        r#"{ repeat = 3, step = [{ get = "k" }] }"#,
        r#"{ repeat = 3, steps = [] }"#,
        r#"{ repeat = 3, steps = { get = "k" } }"#,
        r#"{ repeat = 0, steps = [{ get = "k" }] }"#,
        r#"{ repeat = -1, steps = [{ get = "k" }] }"#,
        r#"{ repeat = 3, steps = [{ gett = "k", cache-ttl = "2m" }] }"#,
        r#"{ repeat = 3, steps = [{ get = "k" }, { if = "raed < 3", then = [{ delete = "k" }] }] }"#,
        r#"{ repeat = 3, steps = [{ get = "k" }, { if = "read < three", then = [{ delete = "k" }] }] }"#,
        r#"{ repeat = 3, steps = [{ if = "read <", then = [{ delete = "k" }] }] }"#,
        r#"{ repeat = 3, steps = [{ get = "k" }, { if = 5, then = [{ delete = "k" }] }] }"#,
        r#"{ repeat = 3, steps = [{ get = "k" }, { if = "read < 3" }] }"#,
        r#"{ if = "read < 3", than = [{ delete = "k" }] }"#,
        r#"{ if = "read < 3", then = { delete = "k" } }"#,
        r#"{ if = "read < 3", then = [{ delet = "k" }] }"#,
        r#"{ if = "read < 3", then = [] }"#,
        r#"{ if = "read < 3", then = [{ delete = "k" }], else = [] }"#,
        r#"{ if = "read < 3", else = [{ delete = "k" }] }"#,
        r#"{ iff = "read < 3", then = [{ delete = "k" }] }"#,
        r#"{ if = "read < 3", then = [{ put = "k", value = "raed + 1" }] }"#,
        r#"{ loop = 3, steps = [{ get = "k" }] }"#,
        r#"{ pause = "5ms" }"#,
        r#"{ request = "api" }"#,
        r#"{ get = "k", then = [{ delete = "k" }] }"#,
        r#"{ get = { key = "k" } }"#,
        r#""get k""#,
        r#"5"#,
        r#"{}"#,
        r#"{ get = "k", get = "j" }"#,
        r#"[{ get = "k" }]"#,
        r#"{ repeat = 3, steps = [{ repeat = 2, steps = [{ foo = "k", value = "read + 1" }] }] }"#,
        r#"{ get = "k", cacheTtl = "2m" }"#,
        r#"{ get = "k", cache_ttl = 60 }"#,
        r#"{ set = "k", value = "read + 1", cache-ttl = "2m" }"#,
        r#"{ list = "k", limit = 5000 }"#,
        r#"{ remove = "k" }"#,
        r#"{ put = "k", value = "read + 1", cache-ttl = "2m" }"#,
        r#"{ put = "other", value = "read + 1" }"#,
        r#"{ put = "k{zipf 0.9}", value = "read + 1" }"#,
        r#"{ get = "k{pop}{client}" }"#,
        r#"{ put = "other{clent}", value = "read + 1" }"#,
        r#"{ get = "j", cache-ttl = 60 }, { put = "j", value = "read + 1" }"#,
        r#"{ gett = "j", cache-ttl = "2m" }, { put = "j", value = "read + 1" }"#,
        r#"{ gett = "j" }, { put = "j", value = "read + 1" }"#,
        r#"{ get = 5 }, { put = "j", value = "read + 1" }"#,
        r#"{ get = "j{" }, { put = "j", value = "read + 1" }"#,
        r#"{ foo = "j" }, { if = "read is missing", then = [{ put = "j", value = "read + 1" }] }"#,
    ];
    let alone = [
        r#"{ get = "k", put = "k" }"#,
        r#"{ repeat = 3 }"#,
        r#"{ repeat = 3, steps = [] }"#,
        r#"{}"#,
        r#"{ request = "api" }"#,
        r#"{ get = "k{" }"#,
        r#"{ foo = "k" }"#,
        r#"{ repeat = 3, steps = [{ repeat = 2, steps = [{ foo = "k" }] }] }"#,
        r#"{ get = "k", expiration-ttl = "5s" }"#,
        r#"{ delete = "k", metadata = "not json" }"#,
        r#"{ get = "k", limit = 0 }"#,
        r#"{ get = "k" }, { put = "k", cache-ttl = "5s" }"#,
        r#"{ get = "k", put = "k" }, { if = "read < 3", then = [{ delete = "k" }] }"#,
        r#"{ get = "k{" }, { put = "k", value = "read" }"#,
        r#"{ repeat = 2, steps = [{ get = "k" }, { if = "read less 3", then = [{ put = "k", value = "read - 1" }] }] }"#,
    ];
    let behind_a_get = behind_a_get.map(|steps| format!("{{ get = \"k\" }}, {steps}"));
    let alone = alone.map(str::to_owned);
    for steps in behind_a_get.into_iter().chain(alone) {
        let table = format!("[client.shopper]\ncount = 1\nsteps = [{steps}]\n");
        let mistakes = mistakes(&table);
        assert_eq!(mistakes.list.len(), 1, "{}", mistakes.render(false));
    }
    // What all steps share is no further mistake where the steps that it is for are one.
    for steps in [r#"{ gett = "k" }"#, r#"{ get = "k", put = "k" }"#] {
        let table = format!(
            "[client.shopper]\ncount = 1\ncache-ttl = \"2m\"\nsteps = [{{ delete = \"j\" }}, {steps}]\n"
        );
        let mistakes = mistakes(&table);
        assert_eq!(mistakes.list.len(), 1, "{}", mistakes.render(false));
    }
    let mistakes =
        mistakes("[client.shopper]\ncount = 1\ncache-ttl = \"5s\"\nsteps = [{ delete = \"j\" }]\n");
    assert_eq!(mistakes.list.len(), 1, "{}", mistakes.render(false));
}

fn mistakes(table: &str) -> Diagnostics {
    let parsed = parse(
        "test.toml",
        &format!("{TOP}{table}"),
        "test",
        &Overrides::default(),
    );
    match parsed {
        Ok(_) => panic!("there is no mistake in\n{table}"),
        Err(mistakes) => mistakes,
    }
}
