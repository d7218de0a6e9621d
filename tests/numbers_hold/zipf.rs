//! Many keys by Zipf's law: hits, staleness and load on the store.

use super::Runs;
use kvlag::theory::{Cache, ZipfKeys};

fn runs(keys: &ZipfKeys, reads_per_s: f64, writes_per_key_s: f64, duration: &str) -> Runs {
    let ZipfKeys { count, exponent } = keys;
    let writes_per_s = writes_per_key_s * f64::from(*count);
    let text = format!(
        "duration = \"{duration}\"\nwarm-up = \"3m\"\n[store]\nwrite-limit = \"none\"\n\
         [cache]\nown-writes = \"unchanged\"\n[pop.LAB]\nto-store = \"0s\"\n\
         [workload.readers]\nreads = \"{reads_per_s}/s\"\n\
         keys = {{ zipf = {exponent:?}, count = {count}, prefix = \"item:\" }}\n\
         [workload.writers]\nwrites = \"{writes_per_s}/s\"\nkeys = {{ uniform = {count}, prefix = \"item:\" }}\n"
    );
    Runs::of(&text)
}

#[test]
fn hits_staleness_and_load_of_many_keys() {
    let table = [
        (
            ZipfKeys {
                count: 10_000,
                exponent: 0.99,
            },
            100.0,
            1e-3,
            "40m",
            0.15,
        ),
        (
            ZipfKeys {
                count: 3_000,
                exponent: 0.6,
            },
            30.0,
            4e-3,
            "40m",
            0.05,
        ),
        (
            ZipfKeys {
                count: 500,
                exponent: 1.2,
            },
            8.0,
            2e-3,
            "8h",
            0.05,
        ),
        (
            ZipfKeys {
                count: 200,
                exponent: 0.0,
            },
            3.0,
            1e-2,
            "2h",
            0.05,
        ),
    ];
    for (keys, reads_per_s, writes_per_s, duration, precision) in table {
        let all = Cache::without_delay(reads_per_s, 60.0);
        let runs = runs(&keys, reads_per_s, writes_per_s, duration);
        let what = format!("{} keys, s = {}", keys.count, keys.exponent);
        runs.hold_hit_ratio(&format!("hits, {what}"), keys.hit_ratio(&all), 0.005);
        runs.hold_stale_ratio(
            &format!("stale, {what}"),
            keys.stale_ratio(&all, writes_per_s),
            precision,
        );
        let fetches_per_read = keys.fetches_per_s(&all) / reads_per_s;
        runs.hold_total(
            &format!("store reads for each read, {what}"),
            fetches_per_read,
            0.02,
            |class| (class.tally.store_reads as f64, class.tally.reads as f64),
        );
    }
}

#[test]
fn each_key_has_its_share_of_the_reads() {
    let keys = ZipfKeys {
        count: 50,
        exponent: 0.9,
    };
    let text = "duration = \"1h\"\n[pop.LAB]\nto-store = \"0s\"\n[workload.readers]\nreads = \"10/s\"\n\
                keys = { zipf = 0.9, count = 50, prefix = \"item:\" }\n";
    let runs = Runs::with_record(text);
    for (rank, share) in keys.shares().enumerate().step_by(7) {
        runs.hold(&format!("share of rank {rank}"), share, 0.05, |findings| {
            let reads = findings.reads.iter().flatten();
            let of_key = reads
                .clone()
                .filter(|read| read.key.0 as usize == rank)
                .count();
            (of_key as f64, reads.count() as f64)
        });
    }
}
