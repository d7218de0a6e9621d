//! What workloads and scripts do: rates, keys, values, arrivals.

use super::{SECOND, TOP, VISITORS, scenario, visitors, world};
use kvlag::scenario::{Arrivals, Daily, Distribution, Keys, Operation};
use kvlag::units::{Duration, Share, Size, Time, TimeOfDay};

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
