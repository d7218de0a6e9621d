//! Who reads and writes where, and what reports call them, asked of a scenario.

use std::collections::BTreeSet;

use super::{
    Client, DEFAULT_CACHE_TTL, KeyPattern, Keys, Operation, Placeholder, PopIndex, Replay,
    Scenario, Step, Worker, WorkerIndex, Workload, WorkloadIndex,
};
use crate::units::Duration;

/// Midnight before time 0, where the scenario is one of a single day: 2026-01-01T00:00:00Z as seconds since 1970.
const EPOCH_S: i64 = 1_767_225_600;

/// What may bear a number among the workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants say it")]
pub enum WorkloadKind {
    Workload,
    Replay,
    Client,
    Worker,
}

impl Scenario {
    /// The date at time 0, in seconds since 1970: what scripts see of it.
    pub fn epoch_s(&self) -> i64 {
        EPOCH_S + i64::from(self.starts_at.minutes) * 60
    }

    /// What reports call the workloads and, numbered on behind them, the replays, the clients and the Workers
    /// ([`super::Scope::Workload`]).
    pub fn workload_names(&self) -> impl Iterator<Item = &str> + Clone {
        let workloads = self.workloads.iter().map(|workload| workload.name.as_str());
        let replays = self.replays.iter().map(|replay| replay.name.as_str());
        let clients = self.clients.iter().map(|client| client.name.as_str());
        let workers = self.workers.iter().map(|worker| worker.name.as_str());
        workloads.chain(replays).chain(clients).chain(workers)
    }

    /// What reports call a workload or, numbered on behind them, a replay, clients or a Worker
    /// ([`super::Scope::Workload`]).
    pub fn workload_name(&self, index: WorkloadIndex) -> &str {
        let name = self.workload_names().nth(index);
        name.expect("indices of workloads are below their number")
    }

    /// Each PoP's reads, by their `cache-ttl`, in no order and perhaps several times.
    fn reads(&self) -> impl Iterator<Item = (PopIndex, Duration)> {
        let reading = self.workloads.iter().filter(|w| w.reads_per_s > 0.0);
        let open = reading.flat_map(|w| w.at.iter().map(|site| (site.pop, w.cache_ttl)));
        let scripted = self.script.iter().filter_map(|s| match s.operation {
            Operation::Get { cache_ttl, .. } => Some((s.pop, cache_ttl)),
            _ => None,
        });
        // Which records say otherwise, and what, nobody knows before the file is read.
        let replayed = self.replays.iter().flat_map(|replay| {
            let here = match replay.format.dealing() {
                Some(dealing) => dealing.at.clone(),
                None => (0..self.pops.len()).collect(),
            };
            let ttls = [replay.cache_ttl, replay.longest_cache_ttl];
            here.into_iter()
                .flat_map(move |pop| ttls.map(|ttl| (pop, ttl)))
        });
        let of_clients = self.clients.iter().flat_map(|client| {
            let ttls = client.cache_ttls();
            // Those that read nothing are nowhere a reader.
            let pops = if ttls.is_empty() {
                BTreeSet::new()
            } else {
                client.pops()
            };
            pops.into_iter()
                .flat_map(move |pop| ttls.clone().into_iter().map(move |ttl| (pop, ttl)))
        });
        let of_workers = self.workers.iter().enumerate().flat_map(|(index, worker)| {
            let ttls = [DEFAULT_CACHE_TTL, worker.longest_cache_ttl];
            let pops = self.pops_of_worker(index).into_iter();
            pops.flat_map(move |pop| ttls.map(|ttl| (pop, ttl)))
        });
        open.chain(scripted)
            .chain(replayed)
            .chain(of_clients)
            .chain(of_workers)
    }

    /// Whether anything is counted that the scenario or its scripts name, responses included.
    pub fn has_counts(&self) -> bool {
        let counts = |step: &Step| matches!(step, Step::Count { .. });
        !self.workers.is_empty() || self.clients.iter().any(|client| client.has_step(counts))
    }

    /// Whether some client counts under this name.
    pub fn has_step_that_counts(&self, wanted: &str) -> bool {
        let counts = |step: &Step| matches!(step, Step::Count { name } if name == wanted);
        self.clients.iter().any(|client| client.has_step(counts))
    }

    /// Where a Worker may be asked. What it then reads and writes, its script alone knows.
    pub fn pops_of_worker(&self, index: WorkerIndex) -> BTreeSet<PopIndex> {
        let asking = self.clients.iter().filter(|client| client.asks(index));
        let of_clients = asking.flat_map(Client::pops);
        let of_requests = self.workers[index].pops_of_requests();
        of_clients.chain(of_requests).collect()
    }

    /// The Workers that may be asked at `pop`.
    fn workers_at(&self, pop: PopIndex) -> impl Iterator<Item = &Worker> {
        let workers = self.workers.iter().enumerate();
        workers
            .filter(move |(index, _)| self.pops_of_worker(*index).contains(&pop))
            .map(|(_, worker)| worker)
    }

    /// Whether requests to Workers may come at `pop`.
    pub fn has_requests(&self, pop: PopIndex) -> bool {
        self.workers_at(pop).next().is_some()
    }

    /// The seed of each run.
    pub fn seeds(&self) -> Vec<u64> {
        let runs = 0..u64::from(self.runs);
        runs.map(|run| self.seed.wrapping_add(run)).collect()
    }

    /// The longest of all PoPs' [`Scenario::longest_cache_ttl`], in one pass.
    pub fn longest_cache_ttl_anywhere(&self) -> Duration {
        let mut has_readers = vec![false; self.pops.len()];
        let mut longest = Duration::ZERO;
        for (pop, ttl) in self.reads() {
            has_readers[pop] = true;
            longest = longest.max(ttl);
        }
        if has_readers.contains(&false) {
            longest.max(DEFAULT_CACHE_TTL)
        } else {
            longest
        }
    }

    /// Whether reads at some PoP differ in `cache-ttl`.
    pub fn has_mixed_cache_ttls(&self) -> bool {
        let mut first: Vec<Option<Duration>> = vec![None; self.pops.len()];
        self.reads()
            .any(|(pop, ttl)| *first[pop].get_or_insert(ttl) != ttl)
    }

    /// Whether anything reads anywhere.
    pub fn has_reads(&self) -> bool {
        self.reads().next().is_some()
    }

    /// Whether anything writes or deletes anywhere.
    pub fn has_writes(&self) -> bool {
        self.workloads.iter().any(Workload::modifies)
            || self.script.iter().any(|step| step.operation.modifies())
            || self.replays.iter().any(Replay::may_modify)
            || self.clients.iter().any(Client::modifies)
            || !self.workers.is_empty()
    }

    /// Whether anything of a workload reads; of a replay, only its file says.
    pub fn has_reads_of(&self, index: WorkloadIndex) -> bool {
        match (self.workloads.get(index), self.client(index)) {
            (Some(workload), _) => workload.reads_per_s > 0.0,
            (None, Some(client)) => client.reads(),
            (None, None) => true,
        }
    }

    /// Whether anything of a workload writes or deletes, or may.
    pub fn has_writes_of(&self, index: WorkloadIndex) -> bool {
        match (self.workloads.get(index), self.client(index)) {
            (Some(workload), _) => workload.modifies(),
            (None, Some(client)) => client.modifies(),
            (None, None) => match self.replays.get(index - self.workloads.len()) {
                Some(replay) => replay.may_modify(),
                None => true,
            },
        }
    }

    /// What bears a number among the workloads.
    pub fn kind(&self, index: WorkloadIndex) -> WorkloadKind {
        let firsts = [
            (self.workloads.len(), WorkloadKind::Workload),
            (self.replays.len(), WorkloadKind::Replay),
            (self.clients.len(), WorkloadKind::Client),
        ];
        let mut end = 0;
        for (count, kind) in firsts {
            end += count;
            if index < end {
                return kind;
            }
        }
        WorkloadKind::Worker
    }

    /// The Worker that bears a number among the workloads, if it is one that does.
    pub fn worker(&self, index: WorkloadIndex) -> Option<&Worker> {
        let first = self.workloads.len() + self.replays.len() + self.clients.len();
        self.workers.get(index.checked_sub(first)?)
    }

    /// The clients that bear a number among the workloads, if it is clients that do.
    pub fn client(&self, index: WorkloadIndex) -> Option<&Client> {
        let first = self.workloads.len() + self.replays.len();
        self.clients.get(index.checked_sub(first)?)
    }

    /// The longest `cache-ttl` any read at `pop` uses, the default where nobody reads: the one by which
    /// visibility is judged.
    pub fn longest_cache_ttl(&self, pop: PopIndex) -> Duration {
        let open = self
            .workloads
            .iter()
            .filter(|w| w.reads_at(pop) > 0.0)
            .map(|w| w.cache_ttl);
        let scripted =
            self.script
                .iter()
                .filter(|s| s.pop == pop)
                .filter_map(|s| match s.operation {
                    Operation::Get { cache_ttl, .. } => Some(cache_ttl),
                    _ => None,
                });
        let replayed = self.replays.iter().filter(|replay| replay.may_be_at(pop));
        let replayed = replayed.map(|replay| replay.longest_cache_ttl);
        let clients = self.clients.iter().filter(|client| client.may_be_at(pop));
        let of_clients = clients.flat_map(Client::cache_ttls);
        let workers = self.workers_at(pop);
        let of_workers = workers.map(|worker| worker.longest_cache_ttl);
        let all = open
            .chain(scripted)
            .chain(replayed)
            .chain(of_clients)
            .chain(of_workers);
        all.max().unwrap_or(DEFAULT_CACHE_TTL)
    }

    /// Whether anything reads at `pop`.
    pub fn has_readers(&self, pop: PopIndex) -> bool {
        self.workloads.iter().any(|w| w.reads_at(pop) > 0.0)
            || self
                .script
                .iter()
                .any(|s| s.pop == pop && matches!(s.operation, Operation::Get { .. }))
            || self.replays.iter().any(|replay| replay.may_be_at(pop))
            || self.clients.iter().any(|c| c.reads() && c.may_be_at(pop))
            || self.has_requests(pop)
    }

    /// Whether anything writes or deletes at `pop`.
    pub fn has_writers(&self, pop: PopIndex) -> bool {
        let is_here = |w: &Workload| w.at.iter().any(|site| site.pop == pop);
        self.workloads.iter().any(|w| w.modifies() && is_here(w))
            || self
                .script
                .iter()
                .any(|s| s.pop == pop && s.operation.modifies())
            || self
                .replays
                .iter()
                .any(|replay| replay.may_modify() && replay.may_be_at(pop))
            || self
                .clients
                .iter()
                .any(|client| client.modifies() && client.may_be_at(pop))
            || self.has_requests(pop)
    }
}

impl Operation {
    /// Whether it writes or deletes.
    pub fn modifies(&self) -> bool {
        matches!(self, Operation::Put { .. } | Operation::Delete { .. })
    }
}

impl Workload {
    /// Whether it writes or deletes.
    pub fn modifies(&self) -> bool {
        self.writes_per_s > 0.0 || self.deletes_per_s > 0.0
    }

    /// Reads per second at `pop`, over all keys.
    pub fn reads_at(&self, pop: PopIndex) -> f64 {
        self.at
            .iter()
            .filter(|site| site.pop == pop)
            .map(|site| site.weight * self.reads_per_s)
            .sum()
    }

    /// How many keys it names.
    pub fn key_count(&self) -> u32 {
        match self.keys {
            Keys::One(_) => 1,
            Keys::Ranked { count, .. } => count,
        }
    }
}

impl Client {
    /// Whether it may be at `pop`, from its start or on its way.
    pub fn may_be_at(&self, pop: PopIndex) -> bool {
        let roams_there = |roaming: &super::Roaming| roaming.among.contains(&pop);
        self.at.iter().any(|site| site.pop == pop) || self.roaming.as_ref().is_some_and(roams_there)
    }

    /// Every PoP at which it may be.
    pub fn pops(&self) -> BTreeSet<PopIndex> {
        let among = self.roaming.iter().flat_map(|roaming| &roaming.among);
        self.at
            .iter()
            .map(|site| site.pop)
            .chain(among.copied())
            .collect()
    }

    /// Calls `see` with each step, however deep, and how often it is taken when all steps are taken once, both
    /// ways of an `if` included.
    pub fn each_step<'c>(&'c self, see: &mut impl FnMut(&'c Step, f64)) {
        each_step(&self.steps, 1.0, see);
    }

    /// Whether one of its steps is such a one.
    fn has_step(&self, is_such: impl Fn(&Step) -> bool) -> bool {
        let mut has = false;
        self.each_step(&mut |step, _| has |= is_such(step));
        has
    }

    /// Whether it asks a Worker.
    pub fn asks(&self, asked: WorkerIndex) -> bool {
        self.has_step(|step| matches!(step, Step::Request { worker, .. } if *worker == asked))
    }

    /// Whether it reads.
    pub fn reads(&self) -> bool {
        self.has_step(|step| matches!(step, Step::Get { .. }))
    }

    /// Whether it writes or deletes.
    pub fn modifies(&self) -> bool {
        self.has_step(|step| matches!(step, Step::Put { .. } | Step::Delete { .. }))
    }

    /// The `cache-ttl` of its reads, each once.
    pub fn cache_ttls(&self) -> BTreeSet<Duration> {
        let mut ttls = BTreeSet::new();
        self.each_step(&mut |step, _| {
            if let Step::Get { cache_ttl, .. } = step {
                ttls.insert(*cache_ttl);
            }
        });
        ttls
    }

    /// How many reads it makes at most when it takes its steps once.
    pub fn reads_per_pass(&self) -> f64 {
        self.per_pass(|step| matches!(step, Step::Get { .. }))
    }

    /// Likewise puts and deletes.
    pub fn writes_per_pass(&self) -> f64 {
        self.per_pass(|step| matches!(step, Step::Put { .. } | Step::Delete { .. }))
    }

    fn per_pass(&self, is_such: impl Fn(&Step) -> bool) -> f64 {
        let mut count = 0.0;
        self.each_step(&mut |step, times| {
            if is_such(step) {
                count += times;
            }
        });
        count
    }
}

fn each_step<'s>(steps: &'s [Step], times: f64, see: &mut impl FnMut(&'s Step, f64)) {
    for step in steps {
        see(step, times);
        match step {
            Step::Repeat { times: more, steps } => each_step(steps, times * f64::from(*more), see),
            Step::If {
                then, otherwise, ..
            } => {
                each_step(then, times, see);
                each_step(otherwise, times, see);
            }
            _ => {}
        }
    }
}

impl KeyPattern {
    /// Whether the key of that name may be meant.
    pub fn may_be(&self, name: &str) -> bool {
        let Some(placeholder) = &self.placeholder else {
            return name == self.prefix;
        };
        let behind = name.strip_prefix(self.prefix.as_str());
        let Some(between) = behind.and_then(|rest| rest.strip_suffix(self.suffix.as_str())) else {
            return false;
        };
        let number = between.parse::<u64>().ok();
        let number = number.filter(|number| number.to_string() == between);
        match placeholder {
            Placeholder::Pop => !between.is_empty(),
            Placeholder::Client => number.is_some(),
            Placeholder::Rank { count, .. } => number.is_some_and(|n| n < u64::from(*count)),
        }
    }
}
