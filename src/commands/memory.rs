//! Whether a run fits into the machine's memory, asked before it starts.

use crate::experiment::BLOCK_KEYS;
use crate::observe::findings::ReadRecord;
use crate::scenario::{
    Arrivals, Client, ClientStart, KeyPattern, Keys, Placeholder, Scenario, bounds,
};

/// About what the histograms and exposures of a class with reads take, in bytes, at three digits and values up to
/// an hour.
const READS_BYTES: f64 = 600e3;
/// About what the visibility of a workload's writes at a PoP takes, in bytes.
const VISIBILITY_BYTES: f64 = 150e3;
/// About what is remembered of a write until its cell is over, in bytes.
const WRITE_BYTES: f64 = 300.0;
/// About what an arrival of the warm-up takes until it is simulated, in bytes.
const ARRIVAL_BYTES: f64 = 8.0;
/// About what is remembered of a fetch below a tier, and of the copy it brings, until its cell is over, in bytes.
const SPAN_BYTES: f64 = 200.0;
/// About how long a write takes at the least, in seconds.
const LEAST_WRITE_S: f64 = 0.01;
/// About what is remembered of a key of a client's own until its cell is over, in bytes.
const CLIENT_KEY_BYTES: f64 = 600.0;

/// About what a script takes that has just started, in bytes; how much more it will take, nobody knows.
const ISOLATE_BYTES: f64 = 2e6;

/// About how many bytes a run needs at its peak; an upper bound, and generous.
pub fn estimate(scenario: &Scenario, threads: usize, record_reads: bool) -> f64 {
    let seconds = scenario.duration.as_secs_f64();
    let warm_up_s = scenario.warm_up.as_secs_f64();
    let pops = scenario.pops.len() as f64;
    let per_read = scenario.per_read || record_reads;
    let mut findings = 0.0;
    let (mut reads, mut writes, mut warm_up, mut spans) = (0.0, 0.0, 0.0, 0.0_f64);
    for workload in &scenario.workloads {
        let weights = || workload.at.iter().map(|site| site.weight);
        let writes_per_s = workload.writes_per_s + workload.deletes_per_s;
        reads += workload.reads_per_s * weights().sum::<f64>() * seconds;
        // Only the keys at work are remembered; at worst the hottest is among them.
        let keys_at_work =
            (threads as f64 * f64::from(BLOCK_KEYS) / f64::from(workload.key_count())).min(1.0);
        let share = (keys_at_work + hottest_share(&workload.keys)).min(1.0);
        writes += writes_per_s * weights().sum::<f64>() * (seconds + warm_up_s) * share;
        if workload.reads_per_s > 0.0 {
            findings += workload.at.len() as f64 * READS_BYTES;
            // At most every read of one key at one PoP waits in a list; below tiers, at all PoPs.
            let weight = match scenario.tiers.is_empty() {
                true => weights().fold(0.0, f64::max),
                false => weights().sum::<f64>(),
            };
            if per_read || workload.arrivals != Arrivals::Poisson {
                warm_up += workload.reads_per_s * weight * warm_up_s * threads as f64;
            }
            let fetches_per_s = 1.0 / workload.cache_ttl.as_secs_f64().max(1e-3);
            spans =
                spans.max(pops * fetches_per_s.min(workload.reads_per_s) * (seconds + warm_up_s));
        }
        if writes_per_s > 0.0 {
            findings += pops * VISIBILITY_BYTES;
        }
    }
    // How many operations and keys a replay has only its file says; both may need more than this.
    for replay in &scenario.replays {
        let here = (0..scenario.pops.len()).filter(|pop| replay.may_be_at(*pop));
        findings += here.count() as f64 * READS_BYTES;
        if replay.may_modify() {
            findings += pops * VISIBILITY_BYTES;
        }
    }
    let mut keys = 0.0;
    for client in &scenario.clients {
        findings += client.pops().len() as f64 * (READS_BYTES + VISIBILITY_BYTES);
        let passes = bounds::passes(client, seconds + warm_up_s);
        let most_at_once = most_writes_at_once(client, seconds + warm_up_s);
        writes += (passes * client.writes_per_pass()).min(most_at_once);
        let own = |key: &&KeyPattern| key.placeholder == Some(Placeholder::Client);
        if let ClientStart::Arriving { .. } = client.start {
            keys += passes * client.keys.iter().filter(own).count() as f64;
        }
    }
    let (mut isolates, mut requests) = (0.0, 0.0);
    for (index, worker) in scenario.workers.iter().enumerate() {
        let here = scenario.pops_of_worker(index).len() as f64;
        findings += here * READS_BYTES + pops * VISIBILITY_BYTES;
        isolates += here * ISOLATE_BYTES;
        requests += worker.requests_per_s() * (seconds + warm_up_s);
    }
    // What a script writes only it knows; mostly a request writes once at the most.
    writes += requests;
    // Each thread has findings of its own; the run's sum and the pool of all runs come on top.
    let mut bytes =
        findings * (threads + 2) as f64 + writes * WRITE_BYTES + warm_up * ARRIVAL_BYTES;
    bytes += keys * CLIENT_KEY_BYTES + isolates * threads as f64;
    if !scenario.tiers.is_empty() {
        bytes += spans * SPAN_BYTES * threads as f64;
    }
    if record_reads {
        bytes += reads * size_of::<ReadRecord>() as f64 * 2.0;
    }
    bytes
}

/// How many writes those who go on can make in so many seconds: a write takes its time, however short the pause.
fn most_writes_at_once(client: &Client, seconds: f64) -> f64 {
    match client.start {
        ClientStart::Looping { count, .. } => {
            let at_once = f64::from(count) * client.at.len() as f64;
            at_once * seconds / LEAST_WRITE_S
        }
        ClientStart::Once { .. } | ClientStart::Arriving { .. } => f64::INFINITY,
    }
}

/// What share of a workload's operations its hottest key has, or a little more.
fn hottest_share(keys: &Keys) -> f64 {
    match *keys {
        Keys::One(_) => 1.0,
        Keys::Ranked {
            count, exponent, ..
        } => {
            // The sum of (rank + 1)^-exponent is at least the integral, and at least 1.
            let ends = f64::from(count) + 1.0;
            let sum = match exponent {
                1.0 => libm::log(ends),
                _ => (libm::pow(ends, 1.0 - exponent) - 1.0) / (1.0 - exponent),
            };
            1.0 / sum.max(1.0)
        }
    }
}

/// Bytes that the machine can still give, where it says so (Linux's `/proc/meminfo`).
pub fn available() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

/// Why a run does not fit, if it does not.
pub fn refusal(scenario: &Scenario, threads: usize, record_reads: bool) -> Option<String> {
    let (needed, available) = (estimate(scenario, threads, record_reads), available()?);
    (needed > available).then(|| {
        let advice = match (record_reads, threads) {
            (true, _) => "every read is remembered: shorten the duration, or read less often",
            (false, 1) => "shorten the duration or the warm-up, or use fewer PoPs or writes",
            (false, _) => {
                "shorten the duration or the warm-up, or use fewer threads, PoPs or writes"
            }
        };
        format!(
            "{} would need about {:.1} GB of memory and this machine has {:.1} GB free: {advice}",
            scenario.name,
            needed / 1e9,
            available / 1e9
        )
    })
}

/// Likewise where so many scenarios like this one share the threads.
pub fn refusal_of(at_once: usize, scenario: &Scenario, threads: usize) -> Option<String> {
    if at_once == 1 {
        return refusal(scenario, threads, false);
    }
    let needed = estimate(scenario, threads / at_once, false) * at_once as f64;
    let available = available()?;
    (needed > available).then(|| {
        format!(
            "{at_once} points at once would need about {:.1} GB of memory and this machine has {:.1} GB free: use \
             fewer threads",
            needed / 1e9,
            available / 1e9
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Overrides, parse};

    fn gigabytes(text: &str, threads: usize) -> f64 {
        let scenario = parse("test.toml", text, "test", &Overrides::default());
        let scenario = scenario.unwrap_or_else(|mistakes| panic!("{}", mistakes.render(false)));
        estimate(&scenario, threads, false) / 1e9
    }

    #[test]
    fn a_day_of_many_keys_needs_the_memory_of_those_at_work() {
        let text = r#"
            duration = "1d"
            pops = "all"
            [workload.all]
            reads = "1000000/s"
            writes = "1000/s"
            split = "even"
            keys = { zipf = 0.99, count = 1000000 }
        "#;
        let needed = gigabytes(text, 2);
        assert!((1.0..5.0).contains(&needed), "{needed} GB");
        assert!(gigabytes(&text.replace("1d", "100d"), 2) > 50.0);
    }

    #[test]
    fn clients_with_keys_of_their_own_need_memory_for_each() {
        let text = r#"
            duration = "1d"
            pops = ["LHR"]
            [client.visitor]
            rate = "1000/s"
            steps = [{ get = "KEY" }]
        "#;
        assert!(gigabytes(&text.replace("KEY", "visit:{client}"), 1) > 40.0);
        assert!(gigabytes(&text.replace("KEY", "visits"), 1) < 1.0);
    }
}
