//! What to do: about an expectation that was not met, and about what a run shows between its lines.

use super::format::{estimate, percent, seconds, value};
use super::prose::skipped_share;
use super::troubles;
use crate::experiment::{Outcome, Results};
use crate::scenario::metric::{Metric, Statistic, Unit};
use crate::scenario::{
    Comparison, Expectation, Measured, Plan, RequestStart, Scope, Workload, WorkloadKind,
};
use crate::units::Duration;

/// The platform's smallest `cache-ttl`.
const LEAST_CACHE_TTL: Duration = Duration::from_secs(30);

/// What might bring a failed expectation about; a command to try stands on a line of its own.
pub fn on_failure(results: &Results, rule: &Expectation) -> String {
    use Metric::*;
    let is_too_high = matches!(
        rule.comparison,
        Comparison::Less | Comparison::LessOrEqual | Comparison::Equal
    );
    let Some(metric) = rule.measured.metric() else {
        return about_workers(results, rule, is_too_high);
    };
    match (metric, is_too_high) {
        (StaleReads | StaleReadRatio | Staleness | VersionLag | Visibility | Convergence, true) => {
            shorter_ttl(results)
        }
        (HitRatio | Hits, false) | (Fetches | FetchRatio | StoreReads, true) => {
            format!(
                "A longer cache-ttl spares the store:{}",
                longer_ttl(results)
            )
        }
        (ReadLatency, true) => format!(
            "Cold reads are the slow ones; a longer cache-ttl makes them rarer:{}",
            longer_ttl(results)
        ),
        (WriteLatency, true) => {
            "Every write goes to the store and back: write nearer to it, or set store.at."
                .to_owned()
        }
        (RejectedWrites | RejectedWriteRatio, true) => SPREAD_WRITES.to_owned(),
        (LostUpdates, true) => {
            format!("{LET_WRITES_TAKE_TURNS} A program that resets or deletes its key counts every update before that as lost.")
        }
        (LostConcurrentWrites | StaleBaseWrites, true) => LET_WRITES_TAKE_TURNS.to_owned(),
        (FailedRequests, true) => failed_requests(results, rule.scope).unwrap_or_default(),
        (RequestLatency, true) => {
            "A request waits for what its script awaits: a longer cacheTtl spares it the store, Promise.all lets it \
             ask for several keys at once, and ctx.waitUntil writes after the response."
                .to_owned()
        }
        (SkippedVersions, true) => {
            "Write less often than cache-ttl, or give what must not be missed keys of its own."
                .to_owned()
        }
        (
            Reads | Hits | CoalescedReads | Fetches | Refreshes | StoreReads | StaleReads | Writes
            | Deletes | RejectedWrites | Lists | ListPages | Requests,
            _,
        ) => what_it_follows_from(results, rule.scope),
        // Whoever expects more of what others avoid knows why.
        _ => String::new(),
    }
}

/// What counts of operations follow from.
fn what_it_follows_from(results: &Results, scope: Scope) -> String {
    let scenario = &results.scenario;
    let is_scripted = match scope {
        Scope::Workload(index) => scenario.kind(index) == WorkloadKind::Worker,
        Scope::Total | Scope::Pop(_) => !scenario.workers.is_empty(),
    };
    match is_scripted {
        true => {
            "This follows from what the script does, and from the requests that come.".to_owned()
        }
        false => "This follows from the rates and the duration of the scenario.".to_owned(),
    }
}

const LET_WRITES_TAKE_TURNS: &str =
    "Let one place write each key, or keep what many change where writes take turns.";

const SPREAD_WRITES: &str =
    "Spread writes over more keys, or gather several changes into one write.";

/// What might bring about an expectation on what Workers answer or count.
fn about_workers(results: &Results, rule: &Expectation, is_too_high: bool) -> String {
    match &rule.measured {
        Measured::Responses { statuses, .. } => {
            // The error is to blame where there is too much of it or, instead of anything else, too little.
            let is_of_errors = statuses.contain(500);
            let failed =
                failed_requests(results, rule.scope).filter(|_| is_of_errors == is_too_high);
            failed.unwrap_or_else(|| {
                "A script decides what it answers: counts of its own (x-kvlag-count) and console.log can say why."
                    .to_owned()
            })
        }
        Measured::Count { name, .. } => never_counted(results, name).unwrap_or_default(),
        Measured::Leaf(_) => String::new(),
    }
}

/// How many requests failed, and in what most often.
fn failed_requests(results: &Results, scope: Scope) -> Option<String> {
    let numbers = results.summary.scope(scope);
    let count = |metric| numbers.get(metric, None);
    let failed = count(Metric::FailedRequests).filter(|failed| failed.mean > 0.0)?;
    let requests = count(Metric::Requests)?.mean;
    let most = troubles::most_frequent(results, scope);
    let most = most.map_or(String::new(), |most| format!("; most often {most}"));
    let verb = if failed.mean == 1.0 { "was" } else { "were" };
    Some(format!(
        "{} of {} requests {verb} answered with 500, because the script failed{most}.",
        estimate(Unit::Count, failed),
        value(Unit::Count, requests),
    ))
}

/// Scripts that answer, and fail in what they do beside it.
fn failed_beside_the_response(results: &Results) -> Option<String> {
    let all = results.pooled.troubles.iter();
    let all: u64 = all.map(|(_, occurrences)| occurrences.count).sum();
    let failed = results.pooled.total().tally.failed_requests;
    let beside = all.saturating_sub(failed);
    if beside == 0 {
        return None;
    }
    let most = troubles::most_frequent_beside(results);
    let most = most.map_or(String::new(), |most| format!("; most often {most}"));
    let beside = troubles::times(beside);
    Some(format!(
        "Scripts failed {beside} beside their responses, in waitUntil or where nobody waited: no response says so{most}."
    ))
}

/// Scripts that use a name of `env` that was not given to them.
fn unbound(results: &Results) -> Option<String> {
    const METHODS: [&str; 5] = ["get", "getWithMetadata", "put", "delete", "list"];
    let is_unbound = |message: &str| {
        let property = message.split_once("cannot read property '");
        let method = property.and_then(|(_, rest)| rest.strip_suffix("' of undefined"));
        method.is_some_and(|method| METHODS.contains(&method))
    };
    let mut all = results.pooled.troubles.iter();
    let (trouble, _) = all.find(|(trouble, _)| is_unbound(&trouble.error.message))?;
    let worker = &results.scenario.worker(trouble.workload)?.name;
    Some(format!(
        "A script calls a namespace that it was not given: name those of its env in [worker.{worker}], as in \
         `kv = {{ SESSIONS = \"sessions\" }}`; without that it has one, env.KV."
    ))
}

/// A name that a rule has and nobody used is often a misspelt one. What a step of a client counts is spelt right, even
/// if it never came to that.
fn never_counted(results: &Results, name: &str) -> Option<String> {
    let counts = &results.summary.total.counts;
    if counts.contains_key(name) || results.scenario.has_step_that_counts(name) {
        return None;
    }
    let known: Vec<&str> = counts.keys().map(String::as_str).take(8).collect();
    Some(match known.as_slice() {
        [] => format!(
            "Nobody counted {name}, or anything: a script's kvlag.count(\"{name}\") does, a response with the header \
             x-kvlag-count: {name}, or a client's step {{ count = \"{name}\" }}."
        ),
        _ => format!(
            "Nobody counted {name}; what was counted is {}.",
            known.join(", ")
        ),
    })
}

/// Likewise where the rule is met all the same.
fn rules_on_nothing(results: &Results) -> impl Iterator<Item = String> {
    let rules = results.scenario.expect.iter().zip(&results.verdicts);
    let met = rules.filter(|(_, verdict)| verdict.outcome == Outcome::Met);
    met.filter_map(|(rule, _)| match &rule.measured {
        Measured::Count { name, .. } => never_counted(results, name),
        Measured::Leaf(_) | Measured::Responses { .. } => None,
    })
}

/// Scripts that keep what they read elsewhere: what their users are given may be staler than what they read.
fn caches_of_scripts(results: &Results) -> Option<String> {
    let mut workers = results.scenario.workers.iter();
    let worker = workers.find(|worker| worker.script.source.contains("caches."))?;
    Some(format!(
        "{} keeps responses by the Cache API, which hides their age: what is stale is told of reads of KV alone. Let a \
         client count what its users must not see.",
        worker.script.name
    ))
}

/// What a careful reader should be told, the most telling first.
pub fn hints(results: &Results) -> Vec<String> {
    let mut hints = Vec::new();
    hints.extend(failed_requests(results, Scope::Total));
    hints.extend(failed_beside_the_response(results));
    hints.extend(unbound(results));
    hints.extend(rules_on_nothing(results));
    hints.extend(super::replays::hints(results));
    hints.extend(nothing_read(results));
    hints.extend(caches_of_scripts(results));
    hints.extend(hidden_cold_reads(results));
    hints.extend(skipped_versions(results));
    hints.extend(rejected_writes(results));
    hints.extend(free_plan(results));
    hints.extend(bill_and_ttl(results));
    hints.extend(results.scenario.hints.iter().cloned());
    hints.extend(confidence(results));
    // What stands below an expectation need not be said twice.
    let rules = results.scenario.expect.iter().zip(&results.verdicts);
    let failed = rules.filter(|(_, verdict)| verdict.outcome == Outcome::Failed);
    let given: Vec<String> = failed.map(|(rule, _)| on_failure(results, rule)).collect();
    hints.retain(|hint| !given.contains(hint));
    hints
}

fn total(results: &Results, metric: Metric, statistic: Option<Statistic>) -> Option<f64> {
    let number = results.summary.total.get(metric, statistic);
    number.map(|number| number.mean)
}

fn count(results: &Results, metric: Metric) -> f64 {
    total(results, metric, None).unwrap_or(0.0)
}

fn nothing_read(results: &Results) -> Option<String> {
    let is_written = count(results, Metric::Writes) + count(results, Metric::Deletes) > 0.0;
    (is_written && count(results, Metric::Reads) == 0.0).then(|| {
        "Nobody reads, so nothing can be read stale: only own writes leave copies. Give a workload reads."
            .to_owned()
    })
}

/// Where cold reads are rarer than one in a hundred, the 99th percentile tells of hits alone.
fn hidden_cold_reads(results: &Results) -> Option<String> {
    let cold = 1.0 - total(results, Metric::HitRatio, None)?;
    let p99 = total(results, Metric::ReadLatency, Some(Statistic::P99))?;
    let max = total(results, Metric::ReadLatency, Some(Statistic::Max))?;
    if cold <= 0.0 || cold >= 0.01 || max < 5.0 * p99 {
        return None;
    }
    let cold = percent(cold);
    let slowest = results
        .summary
        .pops
        .iter()
        .zip(&results.scenario.pops)
        .filter_map(|(numbers, pop)| {
            let p999 = numbers.get(Metric::ReadLatency, Some(Statistic::P999))?;
            Some((p999.mean, &pop.code))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let seen = match slowest {
        Some((p999, code)) if p999 > 3.0 * p99 => {
            format!("p99.9 can ({} at {code})", seconds(p999 / 1e3))
        }
        _ => format!("nor can p99.9; the slowest took {}", seconds(max / 1e3)),
    };
    Some(format!(
        "Only {cold} of all reads are cold, so p99 over all PoPs cannot see them; {seen}."
    ))
}

fn skipped_versions(results: &Results) -> Option<String> {
    let share = skipped_share(results).filter(|share| *share >= 0.05)?;
    Some(format!(
        "PoPs with readers skipped {} of the versions: before they fetched again, the key had been written \
         again. Is it acceptable that nobody there ever sees those values?",
        percent(share)
    ))
}

fn rejected_writes(results: &Results) -> Option<String> {
    let ratio = total(results, Metric::RejectedWriteRatio, None).filter(|ratio| *ratio > 0.0)?;
    let limit = results.scenario.store.write_limit?;
    let ratio = percent(ratio);
    Some(format!(
        "{ratio} of writes were refused with 429: a key takes {limit}. {SPREAD_WRITES}"
    ))
}

fn free_plan(results: &Results) -> Option<String> {
    let bill = results.bill();
    let is_exhausted = bill.exhausted.items().iter().any(|(_, at)| at.is_some());
    (bill.plan == Plan::Free && is_exhausted).then(|| {
        "The free plan is not enough: past a quota the platform refuses operations until 00:00 UTC, which is \
         not simulated."
            .to_owned()
    })
}

fn bill_and_ttl(results: &Results) -> Option<String> {
    let bill = results.bill();
    let reads = bill.lines.iter().find(|line| line.item == "reads")?;
    (reads.usd.dollars() > 0.0).then(|| {
        "A longer cache-ttl makes reads faster and staler, not cheaper: hits are billed like misses.".to_owned()
    })
}

/// What one run cannot say, and what several could say more precisely. A script without traffic says the same
/// every time.
fn confidence(results: &Results) -> Option<String> {
    let scenario = &results.scenario;
    let mut requests = scenario.workers.iter().flat_map(|worker| &worker.requests);
    let arrive = requests.any(|source| matches!(source.start, RequestStart::Arriving { .. }));
    if scenario.workloads.is_empty() && !arrive {
        return None;
    }
    let runs = results.seeds.len();
    if runs == 1 {
        return Some(
            "One run cannot say how far chance moves these numbers: --runs 20 gives intervals."
                .to_owned(),
        );
    }
    let stale = results.summary.total.get(Metric::StaleReadRatio, None);
    let example = stale
        .filter(|stale| stale.half_width_95.is_some_and(|half| half > 0.0))
        .map_or(String::new(), |stale| {
            format!(" (stale reads: {})", estimate(Unit::Ratio, stale))
        });
    let more = value(Unit::Count, (runs * 4) as f64);
    Some(format!(
        "± is half of a 95 % interval over {runs} runs{example}; {more} runs would about halve it."
    ))
}

fn readers(results: &Results) -> impl Iterator<Item = &Workload> {
    let workloads = results.scenario.workloads.iter();
    workloads.filter(|w| w.reads_per_s > 0.0)
}

fn shorter_ttl(results: &Results) -> String {
    let least = if results.scenario.enforce_limits {
        LEAST_CACHE_TTL
    } else {
        Duration::from_secs(1)
    };
    let longest = settings(results).filter(|(_, ttl)| *ttl > least);
    let Some((setting, ttl)) = longest.max_by_key(|(_, ttl)| *ttl) else {
        return "cache-ttl is as short as it can be: write less often, or read elsewhere what must be fresh."
            .to_owned();
    };
    let half = Duration(ttl.0 / 2).max(least);
    format!(
        "A shorter cache-ttl makes it smaller; try for example:{}",
        try_ttl(&setting, half)
    )
}

fn longer_ttl(results: &Results) -> String {
    let shortest = settings(results).min_by_key(|(_, ttl)| *ttl);
    shortest.map_or(String::new(), |(setting, ttl)| try_ttl(&setting, ttl * 2))
}

/// Every `cache-ttl` that the scenario sets, and where.
fn settings(results: &Results) -> impl Iterator<Item = (String, Duration)> {
    let open = readers(results).map(|w| (format!("workload.{}", w.name), w.cache_ttl));
    let replays = results.scenario.replays.iter();
    open.chain(replays.map(|replay| (format!("replay.{}", replay.name), replay.cache_ttl)))
}

/// What to add to the command line, on a line of its own, to be copied.
fn try_ttl(setting: &str, ttl: Duration) -> String {
    format!("\n--set {setting}.cache-ttl={ttl}")
}

/// What an undecided expectation lacks.
pub fn on_indecision(runs: usize, runs_to_decide: Option<u32>) -> String {
    match runs_to_decide {
        Some(needed) if needed as usize > runs => {
            format!(
                "The interval straddles the bound; about {} runs would decide: --runs {needed}",
                value(Unit::Count, f64::from(needed))
            )
        }
        Some(_) => "The interval straddles the bound; more runs would decide.".to_owned(),
        None => "There was nothing to measure.".to_owned(),
    }
}

/// Whether an outcome asks for advice.
pub fn is_wanted(outcome: Outcome) -> bool {
    outcome != Outcome::Met
}
