//! The language as a whole: an example with every key of it, all defaults, and how they are printed.

use super::{SECOND, constant, drawn, ms, scenario, world};
use kvlag::scenario::{
    Arrivals, CacheStart, Delay, Distribution, Node, OwnWrites, Plan, TtlRule, WriteLimitRule,
};
use kvlag::units::{Duration, Rate, Time, TimeOfDay};

/// An example with every key of the language.
const EXAMPLE: &str = r#"
title    = "A feature flag flips"
question = "After the flip, when has the last city stopped serving the old value?"
duration = "30m"                         # measured time
warm-up  = "5m"                          # before it; default: longest TTL plus a round trip
seed     = 42                            # default 1
pops     = ["LHR", "FRA", "SYD"]         # or "all", or "region:WEUR"; each [pop.X] adds X; one of the two is needed
expect   = ["convergence.p99 < 70s", "stale-read-ratio < 35%", "read-latency.p99 at FRA < 50ms", "reads of visitors > 1000"]

[run]                                    # optional; the command line wins
runs = 20
per-read = false

[store]
at               = "IAD"
service-time     = "0ms"
write-limit      = "1/s"                 # per key; "none"
write-limit-rule = "since-accepted"
initial          = "present"             # or "missing"

[cache]
start         = "random-age"             # or "cold"
ttl-rule      = "filler-and-reader"      # or "reader"
coalesce      = true
own-writes    = "visible"                # or "invalidated", "unchanged"
refresh-ahead = "0s"
hit-latency   = "1ms"

[network]
inflation = "160%"                       # path length over great circle
per-link  = "1ms"
jitter    = { exponential = { mean = "1ms" } }   # default "0ms"
bandwidth = "none"                       # or "100MiB/s": a value's size then takes time

[[tier]]                                 # optional, nearest the PoPs first
name = "regional"
at   = ["FRA", "IAD", "SIN"]             # each PoP uses the nearest, or the one it names in `via`
keep = "60s"
age  = "carried"                         # or "restarted"

[pop.LAB]                                # a PoP of one's own, or an override
near       = "AMS"                       # its place; or none, and then
to-store   = "1s"                        # one way to the store (or to its first tier); a constant or a distribution
from-store = "2s"                        # default: as to-store
via        = ["FRA"]                     # its tiers

[[link]]                                 # any pair outright
from = "FRA"
to   = "IAD"
one-way = { lognormal = { p50 = "40ms", p99 = "60ms" } }   # also the way back, unless given

[workload.visitors]
at        = ["LHR", "SYD"]               # default: all PoPs
reads     = "20/s"                       # at each PoP; with split = "even" or { LHR = 3, SYD = 1 } in all
cache-ttl = "60s"                        # default 60s, minimum 30s unless limits.enforce = false
keys      = { one = "flags/checkout" }   # or { zipf = 0.99, count = 10000, prefix = "item:" }, { uniform = 100, prefix = "user:" }
daily     = { peak = "20:00", swing = "60%" }   # in the PoP's local solar time

[workload.operator]
at             = ["LHR"]
writes         = "1/75s"                 # likewise deletes, lists (lists = "1/m" with page = 1000)
arrivals       = "poisson"               # or "periodic", { erlang = 2 }
keys           = { one = "flags/checkout" }
value-size     = "2KiB"                  # or a distribution
expiration-ttl = "1h"                    # default: none

[[script]]                               # one operation at one time
time = "5m"
pop  = "LHR"
put  = "flags/checkout"                  # or get, delete, list = "prefix"

[limits]
enforce = true                           # the published limits; does not touch write-limit
[pricing]
plan = "paid"                            # or "free"
"#;

#[test]
fn the_whole_example_is_read() {
    let scenario = scenario(EXAMPLE);
    assert_eq!(scenario.name, "test");
    assert_eq!(scenario.title, "A feature flag flips");
    assert!(
        scenario
            .question
            .is_some_and(|q| q.starts_with("After the flip"))
    );
    assert_eq!(scenario.duration, SECOND * 1_800);
    assert_eq!(scenario.warm_up, SECOND * 300);
    assert_eq!((scenario.seed, scenario.runs), (42, 20));
    let codes: Vec<&str> = scenario.pops.iter().map(|pop| pop.code.as_str()).collect();
    assert_eq!(codes, ["LHR", "FRA", "SYD", "LAB"]);
    let cities: Vec<&str> = scenario.pops.iter().map(|pop| pop.city.as_str()).collect();
    assert_eq!(
        cities,
        [
            "London, GB",
            "Frankfurt, DE",
            "Sydney, AU",
            "near Amsterdam, NL"
        ]
    );
    // By name, whatever the order in the file.
    let names: Vec<&str> = scenario.workloads.iter().map(|w| w.name.as_str()).collect();
    assert_eq!(names, ["operator", "visitors"]);
    let lab = &scenario.pops[3];
    assert_eq!(lab.path[0].link.up, constant(SECOND));
    assert_eq!(lab.path[0].link.down, constant(SECOND * 2));
    assert_eq!(lab.path[0].to, Node::Tier { tier: 0, place: 0 });
    // LHR's nearest cache of the tier is Frankfurt's, Sydney's is Singapore's.
    assert_eq!(
        scenario.pops[0].path[0].to,
        Node::Tier { tier: 0, place: 0 }
    );
    assert_eq!(
        scenario.pops[2].path[0].to,
        Node::Tier { tier: 0, place: 2 }
    );
    assert!(
        scenario
            .pops
            .iter()
            .all(|pop| pop.path[1].to == Node::Store)
    );
    let lognormal = drawn(Distribution::Lognormal {
        p50: ms(40),
        p99: ms(60),
    });
    assert_eq!(scenario.pops[0].path[1].link.up, lognormal);
    assert_eq!(scenario.pops[0].path[1].link.down, lognormal);
    // Frankfurt writes over the link that is given outright; the lab over its own delay and that.
    assert_eq!(scenario.pops[1].direct.up, lognormal);
    assert_eq!(
        lab.direct.up,
        Delay {
            constant: SECOND,
            ..lognormal
        }
    );
    assert_eq!(scenario.script[0].time, Time::from_secs_f64(300.0));
    assert_eq!(scenario.expect.len(), 4);
    assert_eq!(scenario.plan, Plan::Paid);
}

#[test]
fn defaults_are_those_of_the_design() {
    let scenario = world("");
    assert_eq!(scenario.title, "test");
    assert_eq!(scenario.question, None);
    assert_eq!(
        (scenario.seed, scenario.runs, scenario.per_read),
        (1, 1, false)
    );
    assert_eq!(scenario.starts_at, TimeOfDay { minutes: 0 });
    assert_eq!(scenario.store.at, "IAD");
    assert_eq!(scenario.store.service_time, Duration::ZERO);
    let one_per_second = Rate {
        count: 1.0,
        per: SECOND,
    };
    assert_eq!(scenario.store.write_limit, Some(one_per_second));
    assert_eq!(
        scenario.store.write_limit_rule,
        WriteLimitRule::SinceAccepted
    );
    assert!(scenario.store.initially_present);
    assert_eq!(scenario.cache.start, CacheStart::RandomAge);
    assert_eq!(scenario.cache.ttl_rule, TtlRule::FillerAndReader);
    assert!(scenario.cache.coalesce);
    assert_eq!(scenario.pops[0].own_writes, OwnWrites::Visible);
    assert_eq!(scenario.cache.refresh_ahead, Duration::ZERO);
    assert_eq!(scenario.cache.hit_latency, ms(1));
    assert_eq!(scenario.bandwidth, None);
    assert!(scenario.tiers.is_empty() && scenario.script.is_empty());
    assert!(scenario.enforce_limits);
    let visitors = &scenario.workloads[0];
    assert_eq!(visitors.at.len(), 2);
    assert!(visitors.at.iter().all(|site| site.weight == 1.0));
    assert_eq!(visitors.cache_ttl, SECOND * 60);
    assert_eq!(visitors.arrivals, Arrivals::Poisson);
    assert_eq!(visitors.page, 1_000);
    assert_eq!((visitors.value_size, visitors.expiration_ttl), (None, None));
    assert_eq!(visitors.daily, None);
}

#[test]
fn the_resolved_scenario_says_every_default() {
    let resolved = world("").resolved;
    for line in [
        "title = \"test\"",
        "warm-up = \"61s\"",
        "seed = 1",
        "starts-at = \"00:00\"",
        "pops = [\"LHR\", \"SYD\"]",
        "runs = 1",
        "per-read = false",
        "at = \"IAD\"",
        "write-limit = \"1/s\"",
        "start = \"random-age\"",
        "hit-latency = \"1ms\"",
        "inflation = \"160%\"",
        "per-link = \"1ms\"",
        "jitter = \"0s\"",
        "bandwidth = \"none\"",
        "at = \"all\"",
        "cache-ttl = \"1m\"",
        "arrivals = \"poisson\"",
        "enforce = true",
        "plan = \"paid\"",
    ] {
        assert!(
            resolved.lines().any(|written| written == line),
            "{line}:\n{resolved}"
        );
    }
}

#[test]
fn words_choose_rules() {
    let scenario = world(
        "[store]\nwrite-limit = \"2/s\"\nwrite-limit-rule = \"calendar-second\"\ninitial = \"missing\"\n\
         service-time = \"3ms\"\nat = \"AMS\"\n\
         [cache]\nstart = \"cold\"\nttl-rule = \"reader\"\ncoalesce = false\nown-writes = \"invalidated\"\n\
         refresh-ahead = \"5s\"\nhit-latency = \"2ms\"\n[pricing]\nplan = \"free\"\n",
    );
    assert_eq!(
        scenario.store.write_limit_rule,
        WriteLimitRule::CalendarSecond
    );
    assert!(!scenario.store.initially_present);
    assert_eq!(scenario.store.service_time, ms(3));
    assert_eq!(scenario.store.at, "AMS");
    assert_eq!(scenario.cache.start, CacheStart::Cold);
    assert_eq!(scenario.cache.ttl_rule, TtlRule::Reader);
    assert!(!scenario.cache.coalesce);
    assert_eq!(scenario.pops[0].own_writes, OwnWrites::Invalidated);
    assert_eq!(scenario.cache.refresh_ahead, SECOND * 5);
    assert_eq!(scenario.cache.hit_latency, ms(2));
    assert_eq!(scenario.plan, Plan::Free);
    let other = world(
        "[store]\nwrite-limit-rule = \"since-attempt\"\n[cache]\nown-writes = \"unchanged\"\n",
    );
    assert_eq!(other.store.write_limit_rule, WriteLimitRule::SinceAttempt);
    assert_eq!(other.pops[0].own_writes, OwnWrites::Unchanged);
    assert_eq!(
        world("[store]\nwrite-limit = \"none\"\n").store.write_limit,
        None
    );
}

#[test]
fn a_quoted_key_or_a_literal_string_is_as_good_as_any() {
    let scenario = scenario(
        "'duration' = '10m'\r\n\"pops\" = ['''LHR''']\r\n[workload.'visitors']\r\nreads = \"\"\"20/s\"\"\"\r\nkeys = { one = 'k' }\r\n",
    );
    assert_eq!(scenario.workloads[0].reads_per_s, 20.0);
}
