//! What scenario files can say: every key and every form is taken and means what it should.

use kvlag::scenario::metric::{Leaf, Metric, Statistic};
use kvlag::scenario::{
    Arrivals, CacheStart, Comparison, Daily, Delay, Distribution, Keys, Link, Measured, Node,
    Operation, Overrides, OwnWrites, Plan, Scenario, Scope, TierAge, TtlRule, WriteLimitRule,
    parse,
};
use kvlag::units::{Duration, Rate, Share, Size, Time, TimeOfDay};

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
    let scenario = read(text, &overrides);
    let again = read(&scenario.resolved, &Overrides::default());
    assert_eq!(scenario.resolved, again.resolved);
    assert_eq!(scenario, again);
    scenario
}

fn read(text: &str, overrides: &Overrides) -> Scenario {
    match parse("test.toml", text, "test", overrides) {
        Ok(scenario) => scenario,
        Err(diagnostics) => panic!("{text}\n{diagnostics}"),
    }
}

/// A world of two PoPs with one workload, and whatever else.
fn world(more: &str) -> Scenario {
    scenario(&format!("{TOP}{VISITORS}{more}"))
}

/// Likewise, with keys of the workload.
fn visitors(keys: &str) -> Scenario {
    scenario(&format!("{TOP}{VISITORS}{keys}"))
}

const TOP: &str = "duration = \"10m\"\npops = [\"LHR\", \"SYD\"]\n";
const VISITORS: &str = "[workload.visitors]\nreads = \"20/s\"\nkeys = { one = \"k\" }\n";

fn constant(delay: Duration) -> Delay {
    Delay {
        constant: delay,
        random: None,
    }
}

fn drawn(random: Distribution<Duration>) -> Delay {
    Delay {
        constant: Duration::ZERO,
        random: Some(random),
    }
}

fn ms(milliseconds: i64) -> Duration {
    Duration::from_millis(milliseconds)
}

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
    assert_eq!(scenario.cache.own_writes, OwnWrites::Visible);
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
    assert_eq!(scenario.cache.own_writes, OwnWrites::Invalidated);
    assert_eq!(scenario.cache.refresh_ahead, SECOND * 5);
    assert_eq!(scenario.cache.hit_latency, ms(2));
    assert_eq!(scenario.plan, Plan::Free);
    let other = world(
        "[store]\nwrite-limit-rule = \"since-attempt\"\n[cache]\nown-writes = \"unchanged\"\n",
    );
    assert_eq!(other.store.write_limit_rule, WriteLimitRule::SinceAttempt);
    assert_eq!(other.cache.own_writes, OwnWrites::Unchanged);
    assert_eq!(
        world("[store]\nwrite-limit = \"none\"\n").store.write_limit,
        None
    );
}

#[test]
fn pops_are_all_a_region_or_a_list_of_either() {
    let count = |pops: &str| {
        scenario(&format!("duration = \"1m\"\npops = {pops}\n{VISITORS}"))
            .pops
            .len()
    };
    let all = count("\"all\"");
    let europe = count("\"region:WEUR\"");
    assert!(all >= 300 && europe > 10 && europe < all);
    assert_eq!(count("[\"region:WEUR\", \"SYD\"]"), europe + 1);
    assert_eq!(count("[\"LHR\"]"), 1);
}

#[test]
fn pops_of_ones_own_follow_in_the_order_of_the_file() {
    let scenario = world(
        "[pop.ZOO]\nnear = \"AMS\"\n[pop.LHR]\nto-store = \"5ms\"\n[pop.ATTIC]\nto-store = \"9ms\"\n",
    );
    let codes: Vec<&str> = scenario.pops.iter().map(|pop| pop.code.as_str()).collect();
    assert_eq!(codes, ["LHR", "SYD", "ZOO", "ATTIC"]);
    // An override keeps the place; a PoP known by its delays alone has none.
    assert!(scenario.pops[0].place.is_some());
    assert_eq!(scenario.pops[0].direct.up, constant(ms(5)));
    assert_eq!(
        (scenario.pops[3].place, scenario.pops[3].city.as_str()),
        (None, "")
    );
    let alone = self::scenario(&format!("duration = \"1m\"\n[pop.FRA]\n{VISITORS}"));
    assert_eq!(alone.pops[0].city, "Frankfurt, DE");
}

#[test]
fn delays_follow_from_geography_with_constant_and_jitter() {
    let plain = world("[pop.IAD]\n");
    let link = |scenario: &Scenario, pop: usize| scenario.pops[pop].direct.clone();
    // At the store's own place the distance is zero, and the constant stays.
    assert_eq!(link(&plain, 2).up, constant(ms(1)));
    let far = link(&plain, 0);
    assert_eq!(far.up, far.down);
    assert!(far.up.constant > ms(30));
    let settings =
        "[pop.IAD]\n[network]\ninflation = \"0%\"\nper-link = \"4ms\"\njitter = \"3ms\"\n";
    assert_eq!(link(&world(settings), 0).up, constant(ms(7)));
    let jittery = world("[network]\njitter = { uniform = { min = \"1ms\", max = \"2ms\" } }\n");
    let random = Distribution::Uniform {
        min: ms(1),
        max: ms(2),
    };
    assert_eq!(
        link(&jittery, 0).up,
        Delay {
            constant: far.up.constant,
            random: Some(random)
        }
    );
    let paths = plain
        .pops
        .iter()
        .all(|pop| pop.path.len() == 1 && pop.path[0].link == pop.direct);
    assert!(paths, "without tiers reads and writes take the same way");
}

#[test]
fn delays_are_constants_or_one_of_three_distributions() {
    for (written, expected) in [
        ("\"40ms\"", constant(ms(40))),
        (
            "{ lognormal = { p50 = \"40ms\", p99 = \"60ms\" } }",
            drawn(Distribution::Lognormal {
                p50: ms(40),
                p99: ms(60),
            }),
        ),
        (
            "{ exponential = { mean = \"5ms\" } }",
            drawn(Distribution::Exponential { mean: ms(5) }),
        ),
        (
            "{ uniform = { min = \"0ms\", max = \"5ms\" } }",
            drawn(Distribution::Uniform {
                min: ms(0),
                max: ms(5),
            }),
        ),
    ] {
        let scenario = world(&format!("[pop.LAB]\nto-store = {written}\n"));
        assert_eq!(scenario.pops[2].direct.up, expected);
        assert_eq!(scenario.pops[2].direct.down, expected);
    }
}

#[test]
fn a_link_serves_both_ways_unless_the_reverse_is_given() {
    let both = world("[[link]]\nfrom = \"LHR\"\nto = \"IAD\"\none-way = \"30ms\"\n");
    let one_delay = Link {
        up: constant(ms(30)),
        down: constant(ms(30)),
    };
    assert_eq!(both.pops[0].direct, one_delay);
    let reverse_only = world("[[link]]\nfrom = \"IAD\"\nto = \"LHR\"\none-way = \"30ms\"\n");
    assert_eq!(reverse_only.pops[0].direct, one_delay);
    let each = world(
        "[[link]]\nfrom = \"LHR\"\nto = \"IAD\"\none-way = \"30ms\"\n\
         [[link]]\nfrom = \"IAD\"\nto = \"LHR\"\none-way = \"50ms\"\n",
    );
    assert_eq!(each.pops[0].direct.up, constant(ms(30)));
    assert_eq!(each.pops[0].direct.down, constant(ms(50)));
    // A PoP of one's own may be known by its link alone.
    let own = world("[pop.LAB]\n[[link]]\nfrom = \"LAB\"\nto = \"IAD\"\none-way = \"9ms\"\n");
    assert_eq!(own.pops[2].direct.up, constant(ms(9)));
}

#[test]
fn tiers_form_a_tree_of_nearest_places_unless_via_says_otherwise() {
    let tiers = "[[tier]]\nname = \"near\"\nat = [\"SIN\", \"FRA\", \"LAX\"]\n\
                 [[tier]]\nname = \"far\"\nat = [\"ORD\", \"AMS\"]\nkeep = \"5m\"\nage = \"restarted\"\n";
    let scenario = world(&format!("{tiers}[pop.EWR]\nvia = [\"FRA\"]\n"));
    let way =
        |pop: usize| -> Vec<Node> { scenario.pops[pop].path.iter().map(|hop| hop.to).collect() };
    let tier = |tier, place| Node::Tier { tier, place };
    assert_eq!(way(0), [tier(0, 1), tier(1, 1), Node::Store]);
    // From Singapore, not from Sydney, Amsterdam is nearer than Chicago.
    assert_eq!(way(1), [tier(0, 0), tier(1, 1), Node::Store]);
    // `via` names the first; the rest is nearest to that.
    assert_eq!(way(2), [tier(0, 1), tier(1, 1), Node::Store]);
    assert_eq!(scenario.tiers[0].keep, SECOND * 60);
    assert_eq!(scenario.tiers[0].age, TierAge::Carried);
    assert_eq!(scenario.tiers[1].keep, SECOND * 300);
    assert_eq!(scenario.tiers[1].age, TierAge::Restarted);
    // Writes go straight to the store.
    assert_eq!(scenario.pops[0].direct, world("").pops[0].direct);
}

#[test]
fn writes_of_a_pop_without_a_place_take_the_sum_or_a_link() {
    let tier = "[[tier]]\nname = \"t\"\nat = [\"FRA\"]\n[pop.LAB]\nto-store = \"100ms\"\nfrom-store = \"200ms\"\n";
    let link =
        "[[link]]\nfrom = \"FRA\"\nto = \"IAD\"\none-way = { exponential = { mean = \"40ms\" } }\n";
    let sum = world(&format!("{tier}{link}"));
    let random = Some(Distribution::Exponential { mean: ms(40) });
    assert_eq!(
        sum.pops[2].direct,
        Link {
            up: Delay {
                constant: ms(100),
                random
            },
            down: Delay {
                constant: ms(200),
                random
            },
        }
    );
    let direct = "[[link]]\nfrom = \"LAB\"\nto = \"IAD\"\none-way = \"7ms\"\n";
    let given = world(&format!("{tier}{link}{direct}"));
    assert_eq!(given.pops[2].direct.down, constant(ms(7)));
    assert_eq!(given.pops[2].path[0].link.up, constant(ms(100)));
}

#[test]
fn store_and_tiers_may_be_at_pops_of_ones_own() {
    let scenario = world(
        "[pop.HOME]\nnear = \"AMS\"\n[store]\nat = \"HOME\"\n[[tier]]\nname = \"t\"\nat = [\"HOME\"]\n",
    );
    assert_eq!(scenario.store.at, "HOME");
    assert_eq!(scenario.pops[2].path[1].link.up, constant(ms(1)));
}

#[test]
fn bandwidth_is_unlimited_or_a_size_per_time() {
    let scenario = world("[network]\nbandwidth = \"100MiB/s\"\n");
    let bandwidth = scenario.bandwidth.expect("it is limited");
    assert_eq!(bandwidth.time_for(Size(100 << 20)), SECOND);
    assert_eq!(world("[network]\nbandwidth = \"none\"\n").bandwidth, None);
}

#[test]
fn rates_are_per_pop_or_split_over_all() {
    let weights = |more: &str| -> Vec<(usize, f64)> {
        let scenario = visitors(more);
        let sites = scenario.workloads[0].at.iter();
        sites.map(|site| (site.pop, site.weight)).collect()
    };
    assert_eq!(weights(""), [(0, 1.0), (1, 1.0)]);
    assert_eq!(weights("at = \"all\"\n"), [(0, 1.0), (1, 1.0)]);
    assert_eq!(weights("at = \"region:OC\"\n"), [(1, 1.0)]);
    assert_eq!(weights("at = [\"SYD\"]\n"), [(1, 1.0)]);
    assert_eq!(weights("split = \"even\"\n"), [(0, 0.5), (1, 0.5)]);
    let by_weight = [(1, 0.25), (0, 0.75)];
    assert_eq!(
        weights("at = [\"SYD\", \"LHR\"]\nsplit = { LHR = 3, SYD = 1 }\n"),
        by_weight
    );
    // The weights alone say where.
    assert_eq!(weights("split = { SYD = 0.5, LHR = 1.5 }\n"), by_weight);
    assert_eq!(weights("split = { SYD = 2 }\n"), [(1, 1.0)]);
}

#[test]
fn every_kind_of_operation_has_its_rate_and_settings() {
    let scenario = scenario(&format!(
        "{TOP}[workload.w]\nreads = \"20/s\"\nwrites = \"1/75s\"\ndeletes = \"2/m\"\nlists = \"1/h\"\npage = 100\n\
         cache-ttl = \"2m\"\nexpiration-ttl = \"1h\"\nvalue-size = \"2KiB\"\nkeys = {{ uniform = 10 }}\n"
    ));
    let workload = &scenario.workloads[0];
    assert_eq!(workload.reads_per_s, 20.0);
    assert_eq!(workload.writes_per_s, 1.0 / 75.0);
    assert_eq!(workload.deletes_per_s, 2.0 / 60.0);
    assert_eq!(workload.lists_per_s, 1.0 / 3_600.0);
    assert_eq!((workload.page, workload.cache_ttl), (100, SECOND * 120));
    assert_eq!(workload.expiration_ttl, Some(SECOND * 3_600));
    assert_eq!(
        workload.value_size,
        Some(Distribution::Constant(Size(2_048)))
    );
}

#[test]
fn value_sizes_may_be_drawn() {
    let scenario = visitors("value-size = { lognormal = { p50 = \"288B\", p99 = \"10KiB\" } }\n");
    let expected = Distribution::Lognormal {
        p50: Size(288),
        p99: Size(10_240),
    };
    assert_eq!(scenario.workloads[0].value_size, Some(expected));
}

#[test]
fn keys_come_in_three_forms() {
    let keys = |written: &str| {
        let text = format!("{TOP}[workload.w]\nreads = \"1/s\"\nkeys = {written}\n");
        scenario(&text).workloads[0].keys.clone()
    };
    let ranked = |prefix: &str, count, exponent| Keys::Ranked {
        prefix: prefix.to_owned(),
        count,
        exponent,
    };
    assert_eq!(
        keys("{ one = \"a \\\"b\\\" ü\\n\" }"),
        Keys::One("a \"b\" ü\n".to_owned())
    );
    assert_eq!(
        keys("{ zipf = 0.99, count = 10000, prefix = \"item:\" }"),
        ranked("item:", 10_000, 0.99)
    );
    assert_eq!(
        keys("{ uniform = 100, prefix = \"\" }"),
        ranked("", 100, 0.0)
    );
    assert_eq!(keys("{ zipf = 1, count = 5 }"), ranked("key:", 5, 1.0));
    assert_eq!(keys("{ zipf = -0.0, count = 5 }"), ranked("key:", 5, 0.0));
}

#[test]
fn prefixes_that_cannot_collide_are_taken() {
    // `item1` + 0 is no name of the ten keys of `item`, and equal prefixes mean the same keys.
    let scenario = scenario(&format!(
        "{TOP}[workload.a]\nreads = \"1/s\"\nkeys = {{ uniform = 10, prefix = \"item\" }}\n\
         [workload.b]\nreads = \"1/s\"\nkeys = {{ uniform = 10, prefix = \"item1\" }}\n\
         [workload.c]\nwrites = \"1/m\"\nkeys = {{ zipf = 1.2, count = 4, prefix = \"item\" }}\n\
         [workload.d]\nwrites = \"1/m\"\nkeys = {{ uniform = 4, prefix = \"item0\" }}\n"
    ));
    assert_eq!(scenario.workloads.len(), 4);
}

#[test]
fn arrivals_are_poisson_periodic_or_erlang() {
    for (written, law) in [
        ("\"poisson\"", Arrivals::Poisson),
        ("\"periodic\"", Arrivals::Periodic),
        ("{ erlang = 2 }", Arrivals::Erlang(2)),
    ] {
        let scenario = visitors(&format!("arrivals = {written}\n"));
        assert_eq!(scenario.workloads[0].arrivals, law);
    }
}

#[test]
fn rates_may_follow_the_sun() {
    let scenario = visitors("daily = { peak = \"20:00\", swing = \"60%\" }\n");
    let daily = Daily {
        peak: TimeOfDay { minutes: 1_200 },
        swing: Share(0.6),
    };
    assert_eq!(scenario.workloads[0].daily, Some(daily));
    let evening = self::scenario(&format!("starts-at = \"18:30\"\n{TOP}{VISITORS}"));
    assert_eq!(evening.starts_at, TimeOfDay { minutes: 1_110 });
}

#[test]
fn scripts_get_put_delete_and_list() {
    let step =
        |time: &str, more: &str| format!("[[script]]\ntime = \"{time}\"\npop = \"SYD\"\n{more}\n");
    let scenario = world(
        &[
            step(
                "2m",
                "put = \"a\"\nvalue-size = \"1KiB\"\nexpiration-ttl = \"90s\"",
            ),
            step("0s", "put = \"a\""),
            step("1m", "get = \"a\"\ncache-ttl = \"30s\""),
            step("1m", "get = \"b\""),
            step("3m", "delete = \"a\""),
            step("4m", "list = \"\"\npage = 10"),
            step("5m", "list = \"users/\""),
        ]
        .concat(),
    );
    let key = || "a".to_owned();
    let operations: Vec<Operation> = scenario
        .script
        .iter()
        .map(|step| step.operation.clone())
        .collect();
    assert_eq!(
        operations,
        [
            Operation::Put {
                value: None,
                key: key(),
                value_size: Some(Size(1_024)),
                expiration_ttl: Some(SECOND * 90)
            },
            Operation::Put {
                value: None,
                key: key(),
                value_size: None,
                expiration_ttl: None
            },
            Operation::Get {
                key: key(),
                cache_ttl: SECOND * 30
            },
            Operation::Get {
                key: "b".to_owned(),
                cache_ttl: SECOND * 60
            },
            Operation::Delete { key: key() },
            Operation::List {
                prefix: String::new(),
                page: 10
            },
            Operation::List {
                prefix: "users/".to_owned(),
                page: 1_000
            },
        ]
    );
    assert!(scenario.script.iter().all(|step| step.pop == 1));
    assert_eq!(scenario.script[0].time, Time::from_secs_f64(120.0));
}

#[test]
fn without_enforcement_the_published_limits_do_not_bind() {
    let limits = "[limits]\nenforce = false\n";
    let scenario = scenario(&format!(
        "{TOP}[workload.w]\nreads = \"1/s\"\nwrites = \"1/s\"\nlists = \"1/m\"\ncache-ttl = \"0s\"\n\
         expiration-ttl = \"1s\"\nvalue-size = \"1GiB\"\npage = 5000\nkeys = {{ one = \"{}\" }}\n{limits}",
        "k".repeat(600)
    ));
    assert!(!scenario.enforce_limits);
    assert_eq!(scenario.workloads[0].cache_ttl, Duration::ZERO);
}

#[test]
fn expectations_are_in_their_metrics_own_unit() {
    let rules = [
        "convergence.p99 < 70s",
        "read-latency.mean at LHR <= 1.5s",
        "stale-read-ratio < 35%",
        "reads of visitors > 1000",
        "version-lag.max >= 2.5",
        "rejected-writes=0",
        "  staleness.p999   at   SYD<1m30s ",
    ];
    let list: Vec<String> = rules.iter().map(|rule| format!("\"{rule}\"")).collect();
    let text = format!(
        "expect = [{}]\n{TOP}{VISITORS}writes = \"1/m\"\n",
        list.join(", ")
    );
    let scenario = scenario(&text);
    let read: Vec<_> = scenario
        .expect
        .iter()
        .map(|e| {
            let Measured::Leaf(Leaf { metric, statistic }) = &e.measured else {
                panic!("{} is of the table of metrics", e.text);
            };
            (*metric, *statistic, e.scope, e.comparison, e.bound)
        })
        .collect();
    use Comparison::*;
    assert_eq!(
        read,
        [
            (
                Metric::Convergence,
                Some(Statistic::P99),
                Scope::Total,
                Less,
                70.0
            ),
            (
                Metric::ReadLatency,
                Some(Statistic::Mean),
                Scope::Pop(0),
                LessOrEqual,
                1_500.0
            ),
            (Metric::StaleReadRatio, None, Scope::Total, Less, 0.35),
            (Metric::Reads, None, Scope::Workload(0), Greater, 1_000.0),
            (
                Metric::VersionLag,
                Some(Statistic::Max),
                Scope::Total,
                GreaterOrEqual,
                2.5
            ),
            (Metric::RejectedWrites, None, Scope::Total, Equal, 0.0),
            (
                Metric::Staleness,
                Some(Statistic::P999),
                Scope::Pop(1),
                Less,
                90.0
            ),
        ]
    );
    assert_eq!(scenario.expect[0].text, "convergence.p99 < 70s");
}

#[test]
fn warm_up_is_the_longest_ttl_and_a_round_trip() {
    // Sydney is about 250 ms away and back.
    assert_eq!(world("").warm_up, SECOND * 61);
    assert_eq!(visitors("cache-ttl = \"5m\"\n").warm_up, SECOND * 301);
    assert_eq!(world("[cache]\nstart = \"cold\"\n").warm_up, Duration::ZERO);
    // Reads that accept 30 s, but an own write leaves a copy for 60 s.
    let short = "at = \"all\"\ncache-ttl = \"30s\"\n";
    assert_eq!(visitors(short).warm_up, SECOND * 31);
    assert_eq!(
        visitors(&format!("{short}writes = \"1/m\"\n")).warm_up,
        SECOND * 61
    );
    let tier = "[[tier]]\nname = \"t\"\nat = [\"IAD\"]\nkeep = \"2m\"\n";
    assert_eq!(world(tier).warm_up, SECOND * 61);
    assert_eq!(
        world(&format!("{tier}age = \"restarted\"\n")).warm_up,
        SECOND * 181
    );
    let slow = "[pop.LAB]\nto-store = { exponential = { mean = \"2s\" } }\n[store]\nservice-time = \"500ms\"\n";
    assert_eq!(world(slow).warm_up, SECOND * 65);
}

#[test]
fn set_changes_what_the_file_says() {
    let file = format!(
        "{TOP}{VISITORS}[[tier]]\nname = \"regional\"\nat = [\"FRA\"]\n[workload.operator]\nwrites = \"1/m\"\nkeys = {{ one = \"k\" }}\n"
    );
    let scenario = changed(
        &file,
        &[
            "workload.visitors.cache-ttl=30s",
            "workload.operator.writes=1/75s",
            "run.runs=5",
            "cache.coalesce=false",
            "tier[0].keep=30s",
            "tier.regional.age=restarted",
            "pops=[\"LHR\"]",
            "expect=[]",
            "starts-at=20:00",
            "title=2024",
            "network.jitter.exponential.mean=5ms",
            "workload.visitors.arrivals.erlang=3",
            "workload.robots.reads=5/s",
            "workload.robots.keys={uniform=7}",
            "workload.robots.split.LHR=2",
            "pop.LAB.to-store=1s",
            "pop.LAB.via=[\"FRA\"]",
            "store.write-limit = none",
        ],
    );
    let [operator, robots, visitors] = &scenario.workloads[..] else {
        panic!("{:?}", scenario.workloads);
    };
    assert_eq!(visitors.cache_ttl, SECOND * 30);
    assert_eq!(visitors.arrivals, Arrivals::Erlang(3));
    assert_eq!(operator.writes_per_s, 1.0 / 75.0);
    assert_eq!((robots.reads_per_s, robots.key_count()), (5.0, 7));
    assert_eq!(scenario.runs, 5);
    assert!(!scenario.cache.coalesce);
    assert_eq!(scenario.tiers[0].keep, SECOND * 30);
    assert_eq!(scenario.tiers[0].age, TierAge::Restarted);
    assert_eq!(scenario.title, "2024");
    assert_eq!(scenario.starts_at.minutes, 1_200);
    assert_eq!(scenario.store.write_limit, None);
    let codes: Vec<&str> = scenario.pops.iter().map(|pop| pop.code.as_str()).collect();
    assert_eq!(codes, ["LHR", "LAB"]);
}

#[test]
fn options_win_over_set_and_set_over_the_file() {
    let overrides = Overrides {
        set: vec!["seed=5".to_owned(), "run.runs=6".to_owned()],
        seed: Some(7),
        runs: None,
        per_read: true,
    };
    let scenario = read(&format!("seed = 3\n{TOP}{VISITORS}"), &overrides);
    assert_eq!(
        (scenario.seed, scenario.runs, scenario.per_read),
        (7, 6, true)
    );
    assert!(scenario.resolved.contains("seed = 7\n"));
    assert!(scenario.resolved.contains("runs = 6\nper-read = true\n"));
}

#[test]
fn hints_diagnose_and_prescribe() {
    let hints = |text: &str| read(text, &Overrides::default()).hints.join("\n");
    let has = |text: &str, words: &[&str]| {
        let hints = hints(text);
        for word in words {
            assert!(hints.contains(word), "{word:?} in {hints:?} of\n{text}");
        }
    };
    let day = "duration = \"1d\"\npops = [\"LHR\", \"SYD\"]\n";
    let quiet = format!("{day}{VISITORS}writes = \"1/5m\"\n");
    assert_eq!(hints(&quiet), "");
    has(
        &format!("{TOP}{VISITORS}writes = \"1/m\"\n"),
        &["bill", "duration = \"1d\""],
    );
    has(
        "duration = \"1d\"\npops = [\"LHR\"]\n",
        &["Nothing reads or writes"],
    );
    has(&format!("{day}{VISITORS}"), &["no read can be stale"]);
    let tier = "[[tier]]\nname = \"t\"\nat = [\"FRA\"]\n";
    has(
        &format!("{quiet}{tier}"),
        &["there are tiers", "warm-up = \"3m\""],
    );
    let periodic = format!("{quiet}arrivals = \"periodic\"\n");
    has(&periodic, &["not Poisson", "warm-up = \"3m\""]);
    let long = format!("warm-up = \"3m\"\n{periodic}");
    assert_eq!(hints(&long), "");
    let mixed = format!(
        "{quiet}[workload.b]\nreads = \"1/s\"\ncache-ttl = \"2m\"\nkeys = {{ one = \"k\" }}\n"
    );
    has(&mixed, &["different cache-ttl", "warm-up = \"6m\""]);
    has(
        &format!("{TOP}{VISITORS}writes = \"1/h\"\n"),
        &["Only about 0.3 writes", "run.runs"],
    );
    let short = format!("duration = \"30s\"\npops = [\"LHR\"]\n{VISITORS}writes = \"2/s\"\n");
    has(
        &short,
        &["shorter than the longest TTL", "duration = \"10m\""],
    );
    let daily = format!(
        "{TOP}{VISITORS}writes = \"1/s\"\ndaily = {{ peak = \"12:00\", swing = \"10%\" }}\n"
    );
    has(&daily, &["10m of a daily curve"]);
    let deaf = format!(
        "expect = [\"hit-ratio at SYD > 1%\"]\n{day}{VISITORS}at = [\"LHR\"]\nwrites = \"1/5m\"\n"
    );
    has(
        &deaf,
        &[
            "`hit-ratio at SYD > 1%` has nothing to judge",
            "SYD has no reads",
        ],
    );
    let unused = format!("{quiet}[[link]]\nfrom = \"LHR\"\nto = \"SYD\"\none-way = \"1ms\"\n");
    has(&unused, &["link from LHR to SYD changes nothing"]);
}

#[test]
fn a_quoted_key_or_a_literal_string_is_as_good_as_any() {
    let scenario = scenario(
        "'duration' = '10m'\r\n\"pops\" = ['''LHR''']\r\n[workload.'visitors']\r\nreads = \"\"\"20/s\"\"\"\r\nkeys = { one = 'k' }\r\n",
    );
    assert_eq!(scenario.workloads[0].reads_per_s, 20.0);
}
