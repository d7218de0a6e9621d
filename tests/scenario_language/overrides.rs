//! Changes on the command line, and what wins over what.

use super::{SECOND, TOP, VISITORS, changed, read};
use kvlag::scenario::{Arrivals, Overrides, TierAge};

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
        ..Overrides::default()
    };
    let scenario = read(&format!("seed = 3\n{TOP}{VISITORS}"), &overrides);
    assert_eq!(
        (scenario.seed, scenario.runs, scenario.per_read),
        (7, 6, true)
    );
    assert!(scenario.resolved.contains("seed = 7\n"));
    assert!(scenario.resolved.contains("runs = 6\nper-read = true\n"));
}
