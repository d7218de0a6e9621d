//! `summary.csv`, `pops.csv` and `workloads.csv`: the numbers of `summary.json` in rows.

use super::{Table, cell, unit_suffix};
use crate::experiment::Results;
use crate::observe::summary::{Leaf, Numbers, Summary, TIER_METRICS, TierNumbers};
use crate::scenario::WorkloadKind;
use crate::scenario::metric::Metric;
use crate::stats::Estimate;

/// `summary.csv`: a row per number, with its interval over the runs.
pub fn summary(results: &Results) -> Vec<u8> {
    let scenario = &results.scenario;
    let mut table = Table::new(["scope", "name", "value", "half_width_95"]);
    let mut add = |scope: &str, name: &str, value: Option<Estimate>| {
        let half_width = cell(value.and_then(|v| v.half_width_95));
        table.row([scope, name, &cell(value.map(|v| v.mean)), &half_width]);
    };
    let mut add_numbers = |scope: &str, numbers: &Numbers<Estimate>| {
        for (leaf, value) in numbers.iter() {
            if scope == "total" || has_meaning_in_parts(&leaf) {
                add(scope, &leaf.key(), value);
            }
        }
        for (status, value) in &numbers.responses {
            add(scope, &format!("responses.{status}"), Some(*value));
        }
        for (name, value) in &numbers.counts {
            add(scope, &format!("counts.{name}"), Some(*value));
        }
    };
    add_numbers("total", &results.summary.total);
    for (pop, numbers) in scenario.pops.iter().zip(&results.summary.pops) {
        add_numbers(&format!("pop:{}", pop.code), numbers);
    }
    let of_workloads = scenario.workload_names().zip(&results.summary.workloads);
    for (index, (name, numbers)) in of_workloads.enumerate() {
        let scope = match scenario.kind(index) {
            WorkloadKind::Workload | WorkloadKind::Replay => "workload",
            WorkloadKind::Client => "client",
            WorkloadKind::Worker => "worker",
        };
        add_numbers(&format!("{scope}:{name}"), numbers);
    }
    let mut add_tier = |scope: &str, numbers: &TierNumbers<Estimate>| {
        for ((name, _), value) in TIER_METRICS.iter().zip(numbers) {
            add(scope, name, *value);
        }
    };
    for (tier, numbers) in scenario.tiers.iter().zip(&results.summary.tiers) {
        add_tier(&format!("tier:{}", tier.name), &numbers.total);
        for (place, numbers) in tier.places.iter().zip(&numbers.places) {
            add_tier(&format!("tier:{}:{place}", tier.name), numbers);
        }
    }
    let bill = results.bill();
    let billed = bill.lines.iter().skip(1);
    let billed = billed.map(|line| {
        let name = format!("billed.{}", line.item);
        (name, line.in_billed_unit(line.units))
    });
    let sums = [
        ("paid.usd", bill.paid_usd()),
        ("paid.usd_rounded_up", bill.paid_usd_rounded_up()),
    ];
    let sums = sums.map(|(name, usd)| (name.to_owned(), usd.dollars()));
    for (name, value) in billed.chain(sums) {
        let exact = Estimate {
            mean: value,
            half_width_95: None,
        };
        add("cost", &name, Some(exact));
    }
    table.finish()
}

/// `pops.csv`: a row per PoP.
pub fn pops(results: &Results) -> Vec<u8> {
    let pooled = Summary::of(&results.pooled);
    let mut table = Table::new(header(&["pop", "city", "runs"]));
    for (pop, numbers) in results.scenario.pops.iter().zip(&pooled.pops) {
        table.row(row(&[&pop.code, &pop.city, &runs(results)], numbers));
    }
    table.finish()
}

/// `workloads.csv`: a row per workload, replay, client and Worker of the scenario.
pub fn workloads(results: &Results) -> Vec<u8> {
    let pooled = Summary::of(&results.pooled);
    let mut table = Table::new(header(&["workload", "runs"]));
    for (workload, numbers) in results.scenario.workload_names().zip(&pooled.workloads) {
        table.row(row(&[workload, &runs(results)], numbers));
    }
    table.finish()
}

/// A leaf's column: `stale_reads`, `staleness_p99_s`.
pub fn column(leaf: Leaf) -> String {
    let info = leaf.metric.info();
    let Some(statistic) = leaf.statistic else {
        return info.key.to_owned();
    };
    let unit = unit_suffix(info.unit);
    let name = info.key.strip_suffix(unit).unwrap_or(info.key);
    format!("{name}_{}{unit}", statistic.name())
}

/// Convergence is over all PoPs, so it is a number of the whole alone.
fn has_meaning_in_parts(leaf: &Leaf) -> bool {
    leaf.metric != Metric::Convergence
}

fn runs(results: &Results) -> String {
    results.seeds.len().to_string()
}

fn header(first: &[&str]) -> Vec<String> {
    let leaves = Leaf::all().filter(has_meaning_in_parts).map(column);
    first
        .iter()
        .map(|name| (*name).to_owned())
        .chain(leaves)
        .collect()
}

fn row(first: &[&str], numbers: &Numbers<f64>) -> Vec<String> {
    let values = numbers
        .iter()
        .filter(|(leaf, _)| has_meaning_in_parts(leaf))
        .map(|(_, value)| cell(value));
    first
        .iter()
        .map(|cell| (*cell).to_owned())
        .chain(values)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("is text")
    }

    #[test]
    fn a_row_per_pop() {
        insta::assert_snapshot!(text(pops(&fixture::flag_flip(1))));
    }

    #[test]
    fn a_row_per_workload_over_all_runs() {
        insta::assert_snapshot!(text(workloads(&fixture::flag_flip(20))));
    }

    #[test]
    fn a_row_per_number() {
        let all = text(summary(&fixture::tiered(20)));
        let telling = |line: &&str| {
            ["scope", "total", "tier", "cost"]
                .iter()
                .any(|scope| line.starts_with(scope))
        };
        let lines: Vec<&str> = all.lines().filter(telling).collect();
        insta::assert_snapshot!(lines.join("\n"));
        assert!(all.contains("\npop:SYD,staleness_s.p99,"));
        assert!(all.contains("\nworkload:visitors,hit_ratio,"));
    }

    #[test]
    fn responses_and_counts_have_rows_of_their_own() {
        for (name, runs) in [
            ("responses_of_one_run", 1),
            ("responses_of_several_runs", 5),
        ] {
            let all = text(summary(&fixture::limited(runs)));
            let names = [",responses.", ",counts.", ",requests,"];
            let telling = |line: &&str| names.iter().any(|name| line.contains(name));
            let lines: Vec<&str> = all.lines().filter(telling).collect();
            insta::assert_snapshot!(name, lines.join("\n"));
        }
    }
}
