//! Sweeps for tests: the flag that flips, by the TTL of its copies and by the number of reads.

use super::{Kind, Point, Points};
use crate::experiment::side_by_side;
use crate::report::fixture;
use crate::scenario::metric::{Leaf, Metric, Statistic};
use crate::scenario::{Comparison, Measured, Scenario, Variation};
use crate::units::Duration;

const TTLS: [i64; 3] = [30, 60, 300];

/// Three TTLs; what is expected holds for the first two.
pub fn curve() -> Points {
    let scenarios = TTLS.map(|ttl| scenario(ttl, 1.0));
    points(
        vec!["workload.visitors.cache-ttl=30s,60s,5m"],
        scenarios.into(),
    )
}

/// The same at two loads.
pub fn grid() -> Points {
    let scenarios = TTLS
        .iter()
        .flat_map(|ttl| [1.0, 0.1].map(|load| scenario(*ttl, load)));
    let axes = vec![
        "workload.visitors.cache-ttl=30s,60s,5m",
        "workload.visitors.reads=100/s,10/s",
    ];
    points(axes, scenarios.collect())
}

fn scenario(ttl_s: i64, load: f64) -> Scenario {
    let mut scenario = fixture::flag_flip_scenario(10);
    scenario.workloads[0].cache_ttl = Duration::from_secs(ttl_s);
    scenario.workloads[0].reads_per_s *= load;
    let convergence = Measured::Leaf(Leaf {
        metric: Metric::Convergence,
        statistic: Some(Statistic::P99),
    });
    let rule = fixture::rule("convergence.p99 < 70s", convergence, Comparison::Less, 70.0);
    scenario.expect = vec![rule];
    scenario
}

fn points(axes: Vec<&str>, scenarios: Vec<Scenario>) -> Points {
    let axes = axes.into_iter().map(|axis| Variation::read("--vary", axis));
    let axes: Vec<Variation> = axes.map(|axis| axis.expect("is one")).collect();
    let first = scenarios[0].clone();
    let settings = axes.iter().fold(vec![Vec::new()], |so_far, axis| {
        let longer = so_far.iter().flat_map(|settings| {
            let values = axis.values.iter().cloned();
            values.map(|value| [settings.clone(), vec![value]].concat())
        });
        longer.collect()
    });
    let list = side_by_side(scenarios, 2, &|_| {}, |results| {
        Point::of(Vec::new(), results)
    });
    let list = list.unwrap_or_else(|error| panic!("{}", error.render(false)));
    let list = list.into_iter().zip(settings);
    Points {
        kind: Kind::Sweep,
        command: vec!["kvlag".to_owned(), "sweep".to_owned()],
        title: first.title.clone(),
        method: first.method(),
        seeds: first.seeds(),
        rules: first.expect.clone(),
        axes,
        list: list
            .map(|(point, settings)| Point { settings, ..point })
            .collect(),
    }
}
