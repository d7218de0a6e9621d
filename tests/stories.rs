//! The stories of a report: in random worlds they must agree with the record of reads and with what was counted, and
//! where not everything can be looked at they say so.

mod common;
#[path = "common/random.rs"]
mod random;

use common::scenario;
use kvlag::experiment::{LookedAt, Options, Results, find_stories, run};
use kvlag::observe::breaches::{GUARANTEES, Guarantee};
use kvlag::report;
use kvlag::scenario::metric::Metric;
use kvlag::units::Duration;
use proptest::prelude::*;
use proptest::sample::select;
use random::{Parts, scenario_text};
use serde_json::Value;
use std::collections::BTreeMap;

fn results(text: &str, record_reads: bool) -> Results {
    let options = Options {
        threads: 2,
        record_reads,
        progress: &|_| {},
    };
    run(scenario(text), &options).expect("nothing is read from files")
}

/// The results of a run as `kvlag run` has them, and the file of its stories.
fn with_stories(text: &str) -> (Results, Value) {
    let mut results = results(text, false);
    find_stories(&mut results).expect("nothing is read from files");
    let file = report::stories::file(&results);
    let content = serde_json::from_slice(&file).expect("it is JSON");
    (results, content)
}

/// The rows of `reads.csv`, by the names of their columns.
fn rows(results: &Results) -> Vec<BTreeMap<String, String>> {
    let file = report::csv::records::reads(results).expect("reads are recorded");
    let mut reader = csv::Reader::from_reader(&file[..]);
    let rows = reader.deserialize();
    rows.map(|row| row.expect("every row has every column"))
        .collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().expect("it is a number")
}

fn story<'v>(content: &'v Value, id: &str) -> Option<&'v Value> {
    let stories = content["stories"].as_array().expect("it is a list");
    stories.iter().find(|story| story["id"] == id)
}

/// Whether a row of `reads.csv` is the read of a story.
fn is_row_of(row: &BTreeMap<String, String>, story: &Value) -> bool {
    let is_near = |column: &str, value: &Value| {
        (number(row, column) - value.as_f64().expect("it is a number")).abs() < 1e-6
    };
    let is_text = |column: &str, value: &Value| row[column] == value.as_str().unwrap_or_default();
    is_near("time_s", &story["start_s"])
        && is_near("latency_ms", &story["latency_ms"])
        && is_near("staleness_s", &story["staleness_s"])
        && is_near("version", &story["version"])
        && is_near("version_lag", &story["version_lag"])
        && is_text("pop", &story["pop"])
        && is_text("key", &story["key"])
        && is_text("status", &story["status"])
        && is_text("workload", &story["workload"])
}

/// What holds of any story: it ends with its answer, and nothing comes before it is sent.
fn check_steps(story: &Value) -> Result<(), TestCaseError> {
    let steps = story["steps"].as_array().expect("it is a list");
    prop_assert!(steps.len() >= 2, "{}", story);
    for step in steps {
        if let Some(arrived) = step["arrived_s"].as_f64() {
            prop_assert!(step["left_s"].as_f64() <= Some(arrived), "{}", step);
        }
    }
    let answer = steps
        .iter()
        .rev()
        .find(|step| step["from"]["role"] == "PoP");
    let answer = answer.expect("the PoP answers");
    let took_s = story["latency_ms"].as_f64().expect("it is a number") / 1e3;
    let end = story["start_s"].as_f64().expect("it is a number") + took_s;
    let arrived = answer["arrived_s"].as_f64().expect("it arrives");
    prop_assert!((arrived - end).abs() < 1e-6, "{}", story);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stories_of_random_worlds_are_the_extremes_of_the_record_of_reads(
        text in scenario_text(Parts { tiers: true, script: true })
    ) {
        let (told, content) = with_stories(&text);
        prop_assert_eq!(&told.stories.looked_at, &LookedAt::Run { key: None, until: None });
        let rows = rows(&results(&text, true));
        let most = |column: &str| rows.iter().map(|row| number(row, column)).fold(0.0, f64::max);
        let has_stale = rows.iter().any(|row| number(row, "version_lag") > 0.0);
        prop_assert_eq!(story(&content, "stalest").is_some(), has_stale);
        prop_assert_eq!(story(&content, "slowest").is_some(), !rows.is_empty());
        for (id, column) in [("stalest", "staleness_s"), ("slowest", "latency_ms")] {
            if let Some(story) = story(&content, id) {
                let value = story[column].as_f64().expect("it is a number");
                prop_assert!((value - most(column)).abs() < 1e-6, "{}: {} of {}", id, value, most(column));
                prop_assert!(rows.iter().any(|row| is_row_of(row, story)), "{}", story);
                check_steps(story)?;
            }
        }
        for guarantee in GUARANTEES {
            prop_assert!(story(&content, guarantee.name()).is_none(), "nobody acts in a session");
        }
    }
}

/// Clients who read, change and look again at few keys, on their way from place to place.
fn sessions() -> impl Strategy<Value = String> {
    let roams = select(vec![
        "",
        "roam = { probability = \"60%\" }\n",
        "roam = { every = \"4s\" }\n",
    ]);
    let own_writes = select(vec!["visible", "invalidated", "unchanged"]);
    let keys = select(vec![
        "one",
        "of:{uniform of 3}",
        "mine:{client}",
        "at:{pop}",
    ]);
    let value = select(vec!["read + 1", "read"]);
    let starts = select(vec!["rate = \"1/2s\"\n", "count = 4\nthink = \"2s\"\n"]);
    let ttl = select(vec!["0s", "7s", "60s"]);
    let tier = select(vec![
        "",
        "[[tier]]\nname = \"regional\"\nat = [\"FRA\"]\nkeep = \"20s\"\n",
    ]);
    let parts = (
        roams,
        own_writes,
        keys,
        value,
        starts,
        ttl,
        tier,
        1..1000u32,
    );
    parts.prop_map(|(roams, own_writes, key, value, starts, ttl, tier, seed)| {
        format!(
            "title = \"Sessions\"\nduration = \"2m\"\nseed = {seed}\npops = [\"LHR\", \"IAD\", \"SYD\"]\n\
             [store]\nat = \"IAD\"\nwrite-limit = \"none\"\n[cache]\nown-writes = \"{own_writes}\"\n\
             [limits]\nenforce = false\n{tier}[client.visit]\n{starts}{roams}cache-ttl = \"{ttl}\"\nsteps = [\n\
             {{ get = \"{key}\" }}, {{ think = \"300ms\" }}, {{ put = \"{key}\", value = \"{value}\" }},\n\
             {{ think = \"900ms\" }}, {{ repeat = 2, steps = [{{ get = \"{key}\" }}, {{ think = \"1s\" }}] }} ]\n"
        )
    })
}

/// What makes an operation one that breaks a guarantee.
fn check_broken(guarantee: Guarantee, story: &Value) -> Result<(), TestCaseError> {
    let (broken, at) = (&story["broken"], |value: &Value| {
        value.as_f64().expect("it is a number")
    });
    match guarantee {
        Guarantee::ReadYourWrites | Guarantee::MonotonicReads => {
            let earlier = &broken["earlier"];
            prop_assert!(at(&story["version"]) < at(&earlier["version"]), "{}", story);
            prop_assert!(
                at(&earlier["known_s"]) <= at(&story["start_s"]),
                "{}",
                story
            );
            prop_assert_eq!(
                earlier["op"] == "get",
                guarantee == Guarantee::MonotonicReads
            );
        }
        Guarantee::LostUpdate => {
            let (own, missed) = (&broken["overwriting"], &broken["overwritten"]);
            prop_assert_eq!(at(&missed["version"]), at(&story["version"]) + 1.0);
            prop_assert!(at(&missed["version"]) < at(&own["version"]), "{}", story);
            prop_assert!(
                at(&missed["committed_s"]) <= at(&own["committed_s"]),
                "{}",
                story
            );
            prop_assert!(at(&story["start_s"]) < at(&own["start_s"]), "{}", story);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_broken_guarantee_is_told_wherever_one_was_counted(text in sessions()) {
        let (told, content) = with_stories(&text);
        let recorded = results(&text, true);
        let breaches = recorded.pooled.breaches.as_deref().expect("they are recorded");
        for (guarantee, metric) in [
            (Guarantee::ReadYourWrites, Metric::ReadYourWritesViolations),
            (Guarantee::MonotonicReads, Metric::MonotonicReadViolations),
            (Guarantee::LostUpdate, Metric::StaleBaseWrites),
        ] {
            let counted = recorded.runs[0].total.get(metric, None).unwrap_or(0.0);
            let kept = breaches.iter().filter(|breach| breach.guarantee == guarantee).count();
            // Who has come to another PoP may write a key that bears its name and that was never read.
            let may_be_blind = guarantee == Guarantee::LostUpdate && text.contains("{pop}");
            prop_assert!(kept as f64 <= counted, "{}", guarantee.name());
            prop_assert!(kept as f64 == counted || may_be_blind, "{}", guarantee.name());
            let story = story(&content, guarantee.name());
            prop_assert_eq!(story.is_some(), kept > 0, "{}", guarantee.name());
            if let Some(story) = story {
                check_broken(guarantee, story)?;
                check_steps(story)?;
            }
        }
        let page = report::files(&told, None).into_iter().find(|(name, _)| name == "report.html");
        let (_, page) = page.expect("there is a page");
        let page = String::from_utf8(page).expect("it is text");
        for chosen in told.stories.told.iter().take(3) {
            let anchor = format!("id=\"story-{}\"", report::stories::id(chosen.choice));
            prop_assert_eq!(page.matches(&anchor).count(), 1);
        }
        let links = page.split("href=\"#").skip(1);
        for link in links.map(|rest| rest.split('"').next().unwrap_or_default()) {
            prop_assert!(page.contains(&format!("id=\"{link}\"")), "{} leads nowhere", link);
        }
    }
}

/// Nine hours of a key that many read.
const HOT: &str = r#"
title    = "Hot"
duration = "9h"
pops     = ["LHR", "SYD"]
[workload.readers]
reads = "10/s"
keys  = { zipf = 1.0, count = 40, prefix = "item:" }
[workload.writer]
at     = ["LHR"]
writes = "1/2m"
keys   = { one = "item:0" }
"#;

#[test]
fn of_much_traffic_the_beginning_of_one_key_is_looked_at_on_the_same_reads() {
    let (told, content) = with_stories(HOT);
    let LookedAt::Run {
        key,
        until: Some(until),
    } = &told.stories.looked_at
    else {
        panic!("{:?}", told.stories.looked_at);
    };
    assert_eq!(key.as_deref(), Some("item:0"));
    assert!(*until < Duration::from_secs(9 * 3600), "{until}");
    let looked_at = &content["looked_at"];
    assert_eq!(looked_at["until_s"], until.as_secs_f64());
    // The record of the whole run has the same reads, and none of the key before that instant is staler.
    let rows = rows(&results(HOT, true));
    let beginning = rows
        .iter()
        .filter(|row| row["key"] == "item:0" && number(row, "time_s") < until.as_secs_f64());
    let beginning: Vec<_> = beginning.collect();
    for (id, column) in [("stalest", "staleness_s"), ("slowest", "latency_ms")] {
        let story = story(&content, id).expect("there is one");
        assert!(beginning.iter().any(|row| is_row_of(row, story)), "{story}");
        let most = beginning
            .iter()
            .map(|row| number(row, column))
            .fold(0.0, f64::max);
        let value = story[column].as_f64().expect("it is a number");
        assert!((value - most).abs() < 1e-6, "{id}: {value} of {most}");
    }
}

#[test]
fn what_takes_too_long_is_left_out_and_the_files_say_so() {
    let script = "[[script]]\ntime = \"1h\"\npop = \"SYD\"\nget = \"item:0\"\n";
    let (told, content) = with_stories(&format!("{HOT}{script}"));
    assert!(matches!(told.stories.looked_at, LookedAt::TooMuch(_)));
    assert_eq!(content["stories"], Value::Array(Vec::new()));
    let reason = content["looked_at"]["left_out"]
        .as_str()
        .expect("it says why");
    assert!(
        reason.contains("operations would have to be looked at"),
        "{reason}"
    );
    let files = report::files(&told, None);
    let page = files
        .iter()
        .find(|(name, _)| name == "report.html")
        .expect("there is a page");
    let page = String::from_utf8_lossy(&page.1);
    assert!(
        page.contains("No single operation is told here"),
        "the page says so, too"
    );
}

/// A page stays small for any run, with all PoPs and a story of each kind.
#[test]
fn a_page_with_all_pops_and_every_story_is_not_large() {
    let text = r#"
        duration = "4m"
        pops     = "all"
        [network]
        jitter = { exponential = { mean = "30ms" } }
        [[tier]]
        name = "regional"
        at   = ["FRA", "IAD", "SIN", "GRU", "SYD", "NRT"]
        [workload.visitors]
        reads = "1/10s"
        keys  = { zipf = 0.9, count = 40, prefix = "item:" }
        [workload.editors]
        at     = ["LHR", "NRT", "GRU"]
        writes = "1/5s"
        keys   = { zipf = 0.9, count = 40, prefix = "item:" }
        [client.roamer]
        rate  = "1/20s"
        roam  = { probability = "50%", among = ["LHR", "CDG", "FRA", "SYD"] }
        steps = [
            { get = "setting:{uniform of 5}" },
            { put = "setting:{uniform of 5}", value = "read + 1" },
            { think = "2s" },
            { get = "setting:{uniform of 5}" },
            { think = "2s" },
            { get = "setting:{uniform of 5}" },
        ]
    "#;
    let (results, content) = with_stories(text);
    let told = content["stories"].as_array().expect("it is a list");
    assert_eq!(told.len(), 2 + GUARANTEES.len());
    let files = report::files(&results, None);
    let page = files.iter().find(|(name, _)| name == "report.html");
    let (_, page) = page.expect("there is a page");
    assert!(page.len() < 300_000, "{} bytes", page.len());
    let page = String::from_utf8_lossy(page);
    for story in told {
        let id = story["id"].as_str().expect("it has an identifier");
        assert!(page.contains(&format!("id=\"story-{id}\"")), "{id}");
        // What is counted leads to it; nobody counts slow reads.
        let is_linked = page.contains(&format!("href=\"#story-{id}\""));
        assert_eq!(is_linked, id != "slowest", "{id}");
    }
}
