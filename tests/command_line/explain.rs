//! `kvlag explain` from end to end: the story that is printed and drawn, the same read in another world, and what is
//! refused.

#[path = "../common/stories.rs"]
mod stories;

use crate::{err, kvlag, workplace};
use std::fs;
use std::path::Path;
use stories::{below_a_tier, is_well_formed, kept, on_its_way};

/// What is printed, of a command that does its work.
fn printed(place: &Path, arguments: &[&str]) -> String {
    let output = kvlag(place, arguments);
    let complaints = err(&output);
    assert_eq!(output.status.code(), Some(0), "{complaints}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_story_is_printed_with_times_cause_and_remedy() {
    let place = workplace("hand.toml", &kept());
    let text = printed(place.path(), &["explain", "hand.toml"]);
    let expected = "\
The read at FAR at 1:45.000 returned v0 of k. v1 had existed for 35.0 s.
Seed 1, every read simulated: counted runs draw other single reads, alike in distribution.

            writer         store          PoP         reader
             NEAR           IAD           FAR
    1:00.000   │             │◄─── get ────│             │  asks IAD, there at 1:00.100
    1:00.200   │             │──── v0 ────►┃             │  kept, for use until 2:00.200
           ⋮   │             │             ┃             │  9.81 s
    1:10.010   │── put v1 ──►│             ░             │  v0 is superseded; FAR cannot know
           ⋮   │             │             ░             │  35.0 s
    1:45.000   │             │             ░◄─── get ────│  a copy that may still be used
    1:45.001   │             │             ░──── v0 ────►│  hit, 35.0 s stale, in 1.00 ms

Why:     the copy had come to FAR 9.81 s before v1 was committed; it might be used for 60.0 s,
         until 2:00.200.
Within:  what Workers KV documents: elsewhere a change may take 60 s or more to be seen, or the
         read's cacheTtl.
Change:  this copy would have ended before the read with a cache-ttl of 44s or less.
         Try: --what-if 'script[2].cache-ttl=30s'
Same:    no other read of the key at FAR was stale.
";
    assert_eq!(text, expected);
}

#[test]
fn the_same_read_is_looked_at_in_a_changed_world() {
    let place = workplace("hand.toml", &kept());
    let last_line = |what_if: &str| {
        let text = printed(
            place.path(),
            &["explain", "hand.toml", "--what-if", what_if],
        );
        text.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(
        last_line("script[2].cache-ttl=44s"),
        "With script[2].cache-ttl=44s the same read returns v1, fresh, in 201 ms (a miss)."
    );
    assert_eq!(
        last_line("script[2].cache-ttl=45s"),
        "With script[2].cache-ttl=45s the same read returns v0, stale by 35.0 s, in 1.00 ms (a hit)."
    );
    assert_eq!(
        last_line("script[2].time=106s"),
        "With script[2].time=106s there is no read of the key at FAR at that instant."
    );
}

#[test]
fn a_deletion_is_called_one() {
    let place = workplace("hand.toml", &kept().replace("put =", "delete ="));
    let text = printed(place.path(), &["explain", "hand.toml"]);
    let headline =
        "The read at FAR at 1:45.000 returned v0 of k. It had been deleted 35.0 s before.\n";
    assert!(text.starts_with(headline), "{text}");
    assert!(text.contains("── delete ──►"), "{text}");
}

/// Each remedy that is named is one: the same read is fresh with it.
#[test]
fn what_is_to_be_tried_helps() {
    let worlds = [
        kept(),
        on_its_way("100s"),
        on_its_way("60180ms"),
        below_a_tier(),
    ];
    for text in worlds {
        let place = workplace("hand.toml", &text);
        let story = printed(place.path(), &["explain", "hand.toml"]);
        let remedy = story
            .split("--what-if ")
            .nth(1)
            .unwrap_or_else(|| panic!("{story}"));
        let remedy = remedy.lines().next().unwrap_or_default().trim_matches('\'');
        let changed = printed(place.path(), &["explain", "hand.toml", "--what-if", remedy]);
        assert!(changed.contains(", fresh, in "), "{changed}");
    }
}

/// A counter in one key, which clients at three places count up, and on which they look again later, perhaps elsewhere.
fn counter(more: &str) -> String {
    format!(
        r#"
title    = "A counter"
duration = "3m"
seed     = 2
pops     = ["LHR", "IAD", "SYD"]
[store]
at          = "IAD"
write-limit = "none"
{more}
[client.visit]
rate  = "1/3s"
roam  = {{ probability = "50%" }}
steps = [
    {{ get = "visits" }},
    {{ think = "5ms" }},
    {{ put = "visits", value = "read + 1" }},
    {{ think = "1s" }},
    {{ repeat = 2, steps = [{{ get = "visits" }}, {{ think = "1s" }}] }},
]
"#
    )
}

#[test]
fn a_broken_guarantee_is_told_with_what_the_session_had_done() {
    let place = workplace("hand.toml", &counter(""));
    let said = [
        ("read-your-writes", "although the same client had written v"),
        ("monotonic-reads", "although the same client had read v"),
        ("lost-update", "was overwritten by what knew nothing of it."),
    ];
    for (kind, words) in said {
        let arguments = ["explain", "hand.toml", "--violation", kind];
        let text = printed(place.path(), &arguments);
        let headline = text.split(" Seed ").next().unwrap_or_default();
        let headline: Vec<&str> = headline.split_whitespace().collect();
        assert!(headline.join(" ").contains(words), "{kind}: {text}");
        assert!(
            text.contains(" client "),
            "the session has its lane: {text}"
        );
        for line in text.lines() {
            assert!(line.chars().count() <= 98, "{line}");
        }
    }
    let first = printed(place.path(), &["explain", "hand.toml", "--violation"]);
    let arguments = ["explain", "hand.toml", "--violation", "read-your-writes"];
    assert_eq!(first, printed(place.path(), &arguments));
}

/// Requests to a Worker act in the session of the client who asks, whatever city answers.
#[test]
fn a_worker_is_told_what_its_client_had_written_elsewhere() {
    let place = workplace("hand.toml", &kept());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pattern = root.join("scenarios/patterns/04-sessions/sessions.toml");
    let pattern = pattern.display().to_string();
    let text = printed(place.path(), &["explain", &pattern, "--violation"]);
    let words: Vec<&str> = text.split_whitespace().collect();
    let words = words.join(" ");
    assert!(
        words.contains("although the same session had written v1 at "),
        "{text}"
    );
    assert!(
        words.contains("the session knows that v1 is stored"),
        "{text}"
    );
}

#[test]
fn a_guarantee_that_nobody_broke_is_an_error_that_says_what_was_looked_for() {
    let place = workplace("hand.toml", &kept());
    let cases: [(&[&str], &str); 2] = [
        (
            &["--violation"],
            "read-your-writes, monotonic-reads, lost-update",
        ),
        (
            &["--violation", "monotonic-reads", "--at", "FAR"],
            " at FAR: looked for monotonic-reads,",
        ),
    ];
    for (arguments, words) in cases {
        let output = kvlag(
            place.path(),
            &[&["explain", "hand.toml"], arguments].concat(),
        );
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains(words), "{}", err(&output));
        assert!(output.stdout.is_empty());
    }
}

/// What a client's step, a replay or the cache could do about it is named, and does it.
#[test]
fn what_clients_and_replays_can_try_helps() {
    let trace = "time_s,pop,op,key,size_bytes,cache_ttl_s\n0,FAR,get,k,,\n10,NEAR,put,k,,\n50,FAR,get,k,,\n";
    let replay = kept()
        .split("[[script]]")
        .next()
        .unwrap_or_default()
        .to_owned()
        + "[replay.log]\nfile = \"log.csv\"\n";
    let worlds = [
        (
            counter("[limits]\nenforce = false"),
            "read-your-writes",
            "client.visit.steps[",
        ),
        (
            counter("[cache]\nown-writes = \"unchanged\""),
            "read-your-writes",
            "cache.own-writes=visible",
        ),
        (replay, "", "replay.log.cache-ttl=30s"),
    ];
    for (text, violation, setting) in worlds {
        let place = workplace("hand.toml", &text);
        fs::write(place.path().join("log.csv"), trace).expect("a temporary folder takes files");
        let mut arguments = vec!["explain", "hand.toml"];
        if !violation.is_empty() {
            arguments.extend(["--violation", violation]);
        }
        // Of several reads one that the setting can help: the first at some place.
        let named = ["LHR", "SYD", "IAD", "FAR"].iter().find_map(|pop| {
            let story = kvlag(place.path(), &[&arguments[..], &["--at", pop]].concat());
            let story = String::from_utf8_lossy(&story.stdout).into_owned();
            let trial = story.split("Try: --what-if ").nth(1)?.lines().next()?;
            let trial = trial.trim_matches('\'').to_owned();
            trial.starts_with(setting).then_some((*pop, trial))
        });
        let (pop, trial) = named.unwrap_or_else(|| panic!("{setting} is named nowhere"));
        let changed = [&arguments[..], &["--at", pop, "--what-if", &trial]].concat();
        let changed = printed(place.path(), &changed);
        let last = changed.split("With ").last().unwrap_or_default();
        let last: Vec<&str> = last.split_whitespace().collect();
        let last = last.join(" ");
        assert!(last.contains("the same read returns v"), "{changed}");
        // What a session had to see is not always the latest version.
        assert!(
            last.contains(", fresh, in ") || !violation.is_empty(),
            "{changed}"
        );
        if violation.is_empty() {
            continue;
        }
        let version = |text: &str, before: &str| -> u32 {
            let rest = text.split(before).nth(1).unwrap_or_default();
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits
                .parse()
                .unwrap_or_else(|_| panic!("{before} in {text}"))
        };
        let words: Vec<&str> = changed.split_whitespace().collect();
        let written = version(&words.join(" "), "had written v");
        assert!(version(&last, "returns v") >= written, "{changed}");
    }
}

#[test]
fn where_no_permitted_ttl_helps_none_is_named() {
    let place = workplace("hand.toml", &on_its_way("90s"));
    let text = printed(place.path(), &["explain", "hand.toml"]);
    assert!(
        text.contains("the copy was 29.8 s old: no permitted cache-ttl"),
        "{text}"
    );
    assert!(!text.contains("--what-if"), "{text}");
}

#[test]
fn the_slowest_read_is_told_by_its_ways() {
    let place = workplace("hand.toml", &kept());
    let text = printed(place.path(), &["explain", "hand.toml", "--slowest"]);
    assert!(
        text.starts_with("The read of k at FAR at 1:00.000 took 201 ms, and returned v0.\n"),
        "{text}"
    );
    assert!(text.contains("100 ms up, 100 ms down."), "{text}");
}

#[test]
fn a_story_is_the_same_on_any_number_of_threads_and_fits_the_page() {
    let text = r#"
title    = "Many keys"
duration = "4m"
seed     = 3
pops     = ["LHR", "SYD"]
[workload.readers]
reads = "20/s"
keys  = { zipf = 0.9, count = 700, prefix = "item:" }
[workload.writers]
at     = ["LHR"]
writes = "2/s"
keys   = { zipf = 0.9, count = 700, prefix = "item:" }
"#;
    let place = workplace("hand.toml", text);
    let with = |threads: &str| {
        let what_if = "workload.readers.cache-ttl=30s";
        printed(
            place.path(),
            &[
                "explain",
                "hand.toml",
                "--threads",
                threads,
                "--what-if",
                what_if,
            ],
        )
    };
    let (one, three) = (with("1"), with("3"));
    assert_eq!(one, three);
    for line in one.lines() {
        assert!(line.chars().count() <= 98, "{line}");
    }
    let of_key = printed(
        place.path(),
        &["explain", "hand.toml", "--key", "item:0", "--at", "SYD"],
    );
    assert!(of_key.contains("at SYD"), "{of_key}");
    assert!(of_key.contains(" of item:0. "), "{of_key}");
}

/// The stories of a report are those that `kvlag explain` tells, on any number of threads.
#[test]
fn the_command_beside_a_story_tells_it_again() {
    let place = workplace("hand.toml", &counter(""));
    let run = |threads: &str| {
        printed(place.path(), &["run", "hand.toml", "--threads", threads]);
        let file = place.path().join("reports/hand/stories.json");
        fs::read_to_string(file).expect("it was written")
    };
    let file = run("1");
    assert_eq!(file, run("3"));
    let content: serde_json::Value = serde_json::from_str(&file).expect("it is JSON");
    let stories = content["stories"].as_array().expect("it is a list");
    assert_eq!(
        stories.len(),
        5,
        "the stalest, the slowest, and three broken guarantees"
    );
    for story in stories {
        let command = story["command"].as_str().expect("it is text");
        let arguments: Vec<&str> = command.split(' ').skip(1).collect();
        let told = printed(&place.path().join("reports/hand"), &arguments);
        let told: Vec<&str> = told.split_whitespace().collect();
        let headline = story["headline"].as_str().expect("it is text");
        assert!(told.join(" ").starts_with(headline), "{headline}");
        for step in story["steps"].as_array().expect("it is a list") {
            let note = step["note"].as_str().unwrap_or_default();
            let first: Vec<&str> = note.split(' ').take(2).collect();
            assert!(told.join(" ").contains(&first.join(" ")), "{note}");
        }
    }
}

#[test]
fn the_folder_of_a_report_stands_for_its_scenario() {
    let place = workplace("hand.toml", &kept());
    printed(place.path(), &["run", "hand.toml"]);
    let of_file = printed(place.path(), &["explain", "hand.toml"]);
    let of_folder = printed(place.path(), &["explain", "reports/hand"]);
    assert_eq!(of_file, of_folder);
}

#[test]
fn the_figure_is_a_file_of_its_own() {
    let place = workplace(
        "hand.toml",
        &kept()
            .replace("put = \"k\"", "put = \"k<&\"")
            .replace("get = \"k\"", "get = \"k<&\""),
    );
    printed(
        place.path(),
        &["explain", "hand.toml", "--svg", "story.svg"],
    );
    let figure = fs::read_to_string(place.path().join("story.svg")).expect("it was written");
    assert!(figure.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(is_well_formed(&figure), "{figure}");
    assert!(
        !is_well_formed(&figure.replace("</svg>", "")),
        "the check can fail"
    );
    for part in [
        "role=\"img\"",
        "<title ",
        "<desc ",
        "1:10.010",
        "class=\"late\"",
        "prefers-color-scheme:dark",
        "k&lt;&amp;",
    ] {
        assert!(figure.contains(part), "{part} in {figure}");
    }
    let missing = kvlag(
        place.path(),
        &["explain", "hand.toml", "--svg", "no/story.svg"],
    );
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn a_run_without_stale_reads_says_so() {
    let place = workplace("hand.toml", &kept().replace("put =", "get ="));
    let text = printed(place.path(), &["explain", "hand.toml"]);
    assert_eq!(text, "No read of this run is stale.\n");
    let text = printed(
        place.path(),
        &["explain", "hand.toml", "--at", "FAR", "--key", "k"],
    );
    assert_eq!(text, "No read of k at FAR of this run is stale.\n");
}

#[test]
fn what_is_not_there_is_named() {
    let place = workplace("hand.toml", &kept().replace("\"k\"", "\"session\""));
    fs::create_dir(place.path().join("empty")).expect("a temporary folder takes folders");
    let refusals: [(&[&str], &str); 6] = [
        (
            &["hand.toml", "--at", "FRA"],
            "no PoP `FRA`; did you mean `FAR`?",
        ),
        (
            &["hand.toml", "--key", "sesion"],
            "a key `sesion`; did you mean `session`?",
        ),
        (&["none.toml"], "none.toml cannot be read"),
        (&["empty"], "scenario.toml cannot be read"),
        (
            &["hand.toml", "--what-if", "script[2].cache-tl=30s"],
            "--what-if",
        ),
        (&["hand.toml", "--what-if", "script[2].cache-ttl=3s"], "30s"),
    ];
    for (arguments, message) in refusals {
        let output = kvlag(place.path(), &[&["explain"], arguments].concat());
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(complaint.contains(message), "{arguments:?}: {complaint}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}
