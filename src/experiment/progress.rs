//! How far an experiment has come: what all threads together have simulated, told now and then.

use std::sync::atomic::{AtomicU64, Ordering};

/// Something has been simulated since the last call.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The run it belongs to, from 0.
    pub run: u32,
    /// The part of the whole experiment that has been simulated, on all threads, each block of work counting alike.
    pub share: f64,
    /// Measured reads simulated since the last call from the same thread.
    pub reads: u64,
}

/// A block of work has so many parts, of which whole ones are counted.
const PARTS: u64 = 1 << 20;

/// What is simulated of all blocks of all runs.
pub(super) struct Meter<'e> {
    tell: &'e (dyn Fn(Progress) + Sync),
    blocks: f64,
    /// In parts of a block.
    simulated: AtomicU64,
}

impl<'e> Meter<'e> {
    /// Nothing of so many blocks, of all runs together.
    pub(super) fn new(tell: &'e (dyn Fn(Progress) + Sync), blocks: usize) -> Self {
        Meter {
            tell,
            blocks: blocks as f64,
            simulated: AtomicU64::new(0),
        }
    }

    /// Tells of one block of a run whenever it is called with the part of it that is simulated, and the number of
    /// reads since the last time.
    pub(super) fn of_block(&self, run: usize) -> impl FnMut(f64, u64) + '_ {
        let mut before = 0;
        move |part, reads| {
            let parts = ((part * PARTS as f64) as u64).clamp(before, PARTS);
            let more = parts - before;
            before = parts;
            let simulated = self.simulated.fetch_add(more, Ordering::Relaxed) + more;
            (self.tell)(Progress {
                run: run as u32,
                share: simulated as f64 / PARTS as f64 / self.blocks,
                reads,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Options, run};
    use crate::scenario::{Overrides, parse};
    use std::sync::Mutex;

    const CLIENTS: &str = r#"
        duration = "2m"
        pops = ["LHR", "SYD"]
        [client.clicker]
        count = 50
        think = "10ms"
        steps = [{ get = "counter" }, { put = "counter", value = "read + 1" }]
    "#;
    const ONE_KEY: &str = r#"
        duration = "30s"
        pops = ["LHR", "SYD"]
        run.per-read = true
        [workload.visitors]
        reads = "10000/s"
        keys = { one = "flag" }
    "#;
    const TIER: &str = "[[tier]]\nname = \"regional\"\nat = [\"FRA\"]\n";

    /// Simulates a scenario on one thread; gives the shares that were told.
    fn told(text: &str, source: &str) -> Vec<f64> {
        let scenario = parse(source, text, "test", &Overrides::default());
        let scenario = scenario.unwrap_or_else(|mistakes| panic!("{}", mistakes.render(false)));
        let told: Mutex<Vec<Progress>> = Mutex::new(Vec::new());
        let options = Options {
            threads: 1,
            record_reads: false,
            progress: &|progress| told.lock().expect("nobody panics").push(progress),
        };
        let results = run(scenario, &options);
        let results = results.unwrap_or_else(|error| panic!("{}", error.render(false)));
        let told = told.into_inner().expect("nobody panics");
        let reads: u64 = told.iter().map(|progress| progress.reads).sum();
        assert_eq!(reads, results.pooled.total().tally.reads);
        told.iter().map(|progress| progress.share).collect()
    }

    fn assert_moves(what: &str, shares: &[f64]) {
        assert!(shares.is_sorted(), "{what}: {shares:?}");
        assert_eq!(shares.last(), Some(&1.0), "{what}");
        let with_ends: Vec<f64> = [0.0].into_iter().chain(shares.iter().copied()).collect();
        let widest = with_ends.windows(2).map(|pair| pair[1] - pair[0]);
        let widest = widest.fold(0.0, f64::max);
        assert!(widest < 0.3, "{what}: {shares:?}");
    }

    #[test]
    fn one_large_cell_tells_how_far_it_has_come() {
        assert_moves("clients", &told(CLIENTS, "test.toml"));
        assert_moves("one key", &told(ONE_KEY, "test.toml"));
        let below_tier = format!("{ONE_KEY}{TIER}");
        assert_moves("one key below a tier", &told(&below_tier, "test.toml"));
    }

    #[test]
    fn a_replay_tells_how_far_it_has_come() {
        let folder = tempfile::tempdir().expect("a place for files");
        let record = |number: u32| {
            let id = u64::from(number % 1_000);
            let (time, size, next) = (number / 100_000, 1u32, -1i64);
            let parts: [&[u8]; 4] = [
                &time.to_le_bytes(),
                &id.to_le_bytes(),
                &size.to_le_bytes(),
                &next.to_le_bytes(),
            ];
            parts.concat()
        };
        let bytes: Vec<u8> = (0..600_000).flat_map(record).collect();
        std::fs::write(folder.path().join("trace.bin"), bytes).expect("the file can be written");
        let source = folder.path().join("test.toml");
        let source = source.to_str().expect("the folder's name is text");
        let text = "duration = \"6s\"\npops = [\"LHR\"]\n[replay.monday]\nfile = \"trace.bin\"\n";
        assert_moves("a replay", &told(text, source));
    }

    #[test]
    fn blocks_on_several_threads_add_up() {
        let told: Mutex<Vec<f64>> = Mutex::new(Vec::new());
        let tell = |progress: Progress| told.lock().expect("nobody panics").push(progress.share);
        let meter = Meter::new(&tell, 2);
        let (mut one, mut other) = (meter.of_block(0), meter.of_block(0));
        one(0.25, 0);
        other(1.0, 0);
        one(0.5, 0);
        one(1.0, 0);
        let told = told.lock().expect("nobody panics");
        assert_eq!(*told, [0.125, 0.625, 0.75, 1.0]);
    }
}
