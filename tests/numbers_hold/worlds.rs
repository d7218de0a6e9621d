//! The worlds that closed forms speak of, as scenario files: readers and writers of one key, at PoPs whose
//! delays are given outright.

use kvlag::theory::Cache;

/// One PoP with readers of one key, and writers of it.
#[derive(Clone, Debug)]
pub struct OnePop {
    /// Measured time.
    pub duration: &'static str,
    /// λ and T, and d₁ and d₂ where nothing else is said.
    pub cache: Cache,
    /// μ; none for no writers.
    pub writes_per_s: f64,
    /// Instead of d₁ and d₂: distributions, as a scenario spells them.
    pub delays: Option<(&'static str, &'static str)>,
    /// Lines of `[cache]`.
    pub rules: &'static str,
    /// Lines of the readers' workload.
    pub readers: &'static str,
    /// Lines of the writers' workload.
    pub writers: &'static str,
    /// Number of PoPs, all alike; the first one writes.
    pub pops: usize,
    /// Number of keys, each with these rates: for what a single key shows too seldom in a run.
    pub keys: u32,
}

impl OnePop {
    /// Readers alone.
    pub fn read(cache: Cache, duration: &'static str) -> Self {
        OnePop {
            duration,
            cache,
            writes_per_s: 0.0,
            delays: None,
            rules: "",
            readers: "",
            writers: "",
            pops: 1,
            keys: 1,
        }
    }

    /// The scenario: a write's acknowledgement changes nothing and no write is refused, unless the rules say so.
    pub fn text(&self) -> String {
        let Cache {
            reads_per_s,
            ttl_s,
            up_s,
            down_s,
        } = self.cache;
        let (up, down) = match self.delays {
            Some((up, down)) => (up.to_owned(), down.to_owned()),
            None => (format!("\"{up_s}s\""), format!("\"{down_s}s\"")),
        };
        let own_writes = if self.rules.contains("own-writes") {
            ""
        } else {
            "own-writes = \"unchanged\""
        };
        let count = f64::from(self.keys);
        let (reads_per_s, writes_per_s) = (reads_per_s * count, self.writes_per_s * count);
        let keys = match self.keys {
            1 => "{ one = \"key\" }".to_owned(),
            several => format!("{{ uniform = {several}, prefix = \"key\" }}"),
        };
        let mut text = format!(
            "duration = \"{}\"\nwarm-up = \"20m\"\n\
             [limits]\nenforce = false\n[store]\nwrite-limit = \"none\"\n[cache]\n{own_writes}\n{}\n\
             [workload.readers]\nreads = \"{reads_per_s}/s\"\ncache-ttl = \"{ttl_s}s\"\n\
             keys = {keys}\n{}\n",
            self.duration, self.rules, self.readers
        );
        if writes_per_s > 0.0 {
            text += &format!(
                "[workload.writers]\nat = [\"P0\"]\nwrites = \"{writes_per_s}/s\"\nkeys = {keys}\n{}\n",
                self.writers
            );
        }
        for pop in 0..self.pops {
            text += &format!("[pop.P{pop}]\nto-store = {up}\nfrom-store = {down}\n");
        }
        text
    }
}
