//! Every key that a scenario names, numbered: which exist, what they are called, who touches them.
//!
//! Equal names are the same key whoever names them. Ranked keys (`prefix` + rank) stay a prefix and a count,
//! so that ten million of them take no memory.

mod clients;

use super::{DEFAULT_VALUE_SIZE, Distribution, Keys, Operation, Scenario, WorkloadIndex};
use crate::units::Size;
use clients::ClientKeys;
use std::collections::BTreeSet;

/// A key's number in its scenario's [`Keyspace`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

/// The keys of a scenario, numbered from 0: ranked keys first, family by family, then the others. Behind them come
/// those of clients that nobody has counted: the first of each kind, then the second of each, and so on.
#[derive(Clone, Debug)]
pub struct Keyspace {
    /// Each distinct prefix and suffix with the number of keys of whoever names most.
    ranked: Vec<RankedKeys>,
    /// Names that are not among the ranked keys, in order.
    named: Vec<String>,
    /// By workload: where its keys start, and how they share its rate.
    of_workload: Vec<WorkloadKeys>,
    /// By client and the keys of its steps.
    of_client: Vec<Vec<ClientKeys>>,
    /// Prefix and suffix of keys that bear the number of a client that arrives.
    endless: Vec<(String, String)>,
    len: u32,
}

/// Keys that are told apart by a number alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyGroup {
    /// Those from this one on, so many: ranked keys of one prefix and suffix, or a single key.
    Counted(KeyId, u32),
    /// Those of clients that nobody has counted, by their prefix and suffix.
    Endless(u32),
}

#[derive(Clone, Debug)]
struct RankedKeys {
    prefix: String,
    suffix: String,
    count: u32,
    first: u32,
}

#[derive(Clone, Copy, Debug)]
struct WorkloadKeys {
    first: u32,
    count: u32,
    exponent: f64,
    /// Sum of (rank + 1)^-exponent over its keys.
    normaliser: f64,
}

impl Keyspace {
    /// Numbers the keys of workloads, scripts and clients.
    pub fn new(scenario: &Scenario) -> Self {
        let mut keyspace = Keyspace {
            ranked: Vec::new(),
            named: Vec::new(),
            of_workload: Vec::new(),
            of_client: Vec::new(),
            endless: Vec::new(),
            len: 0,
        };
        keyspace.number_ranked(scenario);
        keyspace.number_named(scenario);
        keyspace.of_workload = scenario
            .workloads
            .iter()
            .map(|w| keyspace.resolve(&w.keys))
            .collect();
        for client in &scenario.clients {
            let keys = client.keys.iter();
            let keys = keys.map(|key| keyspace.resolve_pattern(scenario, client, key));
            let keys = keys.collect();
            keyspace.of_client.push(keys);
        }
        keyspace
    }

    fn number_ranked(&mut self, scenario: &Scenario) {
        let of_workloads = scenario.workloads.iter().filter_map(|w| match &w.keys {
            Keys::Ranked { prefix, count, .. } => Some((prefix.as_str(), "", *count)),
            Keys::One(_) => None,
        });
        let of_clients = scenario.clients.iter().flat_map(|client| {
            let keys = client.keys.iter();
            keys.filter_map(|key| Some((&*key.prefix, &*key.suffix, key.ranks(client)?)))
        });
        for (prefix, suffix, count) in of_workloads.chain(of_clients) {
            match self.family(prefix, suffix) {
                Some(family) => {
                    let family = &mut self.ranked[family];
                    family.count = family.count.max(count);
                }
                None => self.ranked.push(RankedKeys {
                    prefix: prefix.to_owned(),
                    suffix: suffix.to_owned(),
                    count,
                    first: 0,
                }),
            }
        }
        for ranked in &mut self.ranked {
            ranked.first = self.len;
            self.len += ranked.count;
        }
    }

    fn number_named(&mut self, scenario: &Scenario) {
        let of_workloads = scenario.workloads.iter().filter_map(|w| match &w.keys {
            Keys::One(key) => Some(key.clone()),
            Keys::Ranked { .. } => None,
        });
        let of_script = scenario.script.iter().filter_map(|s| s.operation.key());
        let of_clients = scenario.clients.iter().flat_map(|client| {
            let keys = client.keys.iter();
            keys.flat_map(|key| key.names_at_pops(scenario))
        });
        let names: BTreeSet<String> = of_workloads
            .chain(of_script.map(str::to_owned))
            .chain(of_clients)
            .collect();
        for name in names {
            if self.find(&name).is_none() {
                self.named.push(name);
                self.len += 1;
            }
        }
    }

    /// The index of the ranked keys with this prefix and suffix.
    fn family(&self, prefix: &str, suffix: &str) -> Option<usize> {
        let is_it = |ranked: &RankedKeys| ranked.prefix == prefix && ranked.suffix == suffix;
        self.ranked.iter().position(is_it)
    }

    /// The group of a key that is numbered from 0.
    pub fn group_of(&self, key: KeyId) -> KeyGroup {
        let holds =
            |ranked: &&RankedKeys| (ranked.first..ranked.first + ranked.count).contains(&key.0);
        match self.ranked.iter().find(holds) {
            Some(ranked) => KeyGroup::Counted(KeyId(ranked.first), ranked.count),
            None => KeyGroup::Counted(key, 1),
        }
    }

    /// How many keys there are.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether the scenario names no key at all (it may still list).
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The name of a key.
    pub fn name(&self, KeyId(key): KeyId) -> String {
        if let Some(above) = key.checked_sub(self.len) {
            let endless = self.endless.len() as u32;
            let (prefix, suffix) = &self.endless[(above % endless) as usize];
            return format!("{prefix}{}{suffix}", above / endless);
        }
        match self
            .ranked
            .iter()
            .find(|ranked| (ranked.first..ranked.first + ranked.count).contains(&key))
        {
            Some(ranked) => {
                let RankedKeys { prefix, suffix, .. } = ranked;
                format!("{prefix}{}{suffix}", key - ranked.first)
            }
            None => self.named[(key - self.ranked_len()) as usize].clone(),
        }
    }

    /// The number of a key, if the scenario names it.
    pub fn find(&self, name: &str) -> Option<KeyId> {
        let as_ranked = self.ranked.iter().find_map(|ranked| {
            let rank = name.strip_prefix(ranked.prefix.as_str())?;
            let rank = canonical_rank(rank.strip_suffix(ranked.suffix.as_str())?)?;
            (rank < ranked.count).then_some(KeyId(ranked.first + rank))
        });
        as_ranked.or_else(|| {
            let index = self.named.binary_search_by(|n| n.as_str().cmp(name)).ok()?;
            Some(KeyId(self.ranked_len() + index as u32))
        })
    }

    /// The part of a workload's rate that goes to a key; zero if the workload does not touch it.
    pub fn share(&self, workload: WorkloadIndex, KeyId(key): KeyId) -> f64 {
        let keys = &self.of_workload[workload];
        if key < keys.first || key - keys.first >= keys.count {
            return 0.0;
        }
        weight(key - keys.first, keys.exponent) / keys.normaliser
    }

    /// How many keys start with `prefix`.
    pub fn count_with_prefix(&self, prefix: &str) -> u32 {
        let named = self
            .named
            .iter()
            .filter(|name| name.starts_with(prefix))
            .count() as u32;
        let ranked = self.ranked.iter().map(|ranked| {
            if ranked.prefix.starts_with(prefix) {
                return ranked.count;
            }
            let Some(rest) = prefix.strip_prefix(ranked.prefix.as_str()) else {
                return 0;
            };
            let (digits, suffix) =
                rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
            if suffix.is_empty() {
                return ranks_starting_with(digits, ranked.count);
            }
            let rank = canonical_rank(digits).filter(|rank| *rank < ranked.count);
            u32::from(rank.is_some() && ranked.suffix.starts_with(suffix))
        });
        named + ranked.sum::<u32>()
    }

    /// How many pages of so many keys a list of those that start with `prefix` takes.
    pub fn pages(&self, prefix: &str, page: u32) -> u32 {
        self.count_with_prefix(prefix).div_ceil(page).max(1)
    }

    /// The bytes that all keys hold: each key's size is the mean value size of the workload that names it,
    /// the largest where several give one.
    pub fn stored_bytes(&self, scenario: &Scenario) -> f64 {
        let mut total = 0.0;
        for ranked in &self.ranked {
            // Workloads of one prefix may name different numbers of its keys: sum piece by piece.
            let mut ends: Vec<u32> = self
                .of_workload
                .iter()
                .filter(|k| k.first == ranked.first)
                .map(|k| k.count)
                .collect();
            ends.sort_unstable();
            ends.dedup();
            let mut start = 0;
            for end in ends {
                total +=
                    f64::from(end - start) * self.size_of(scenario, KeyId(ranked.first + start));
                start = end;
            }
        }
        let named = self.ranked_len()..self.len;
        total
            + named
                .map(|key| self.size_of(scenario, KeyId(key)))
                .sum::<f64>()
    }

    /// The mean size of a key's value in bytes.
    pub fn size_of(&self, scenario: &Scenario, KeyId(key): KeyId) -> f64 {
        let touches = |index: &usize| {
            let keys = &self.of_workload[*index];
            key >= keys.first && key - keys.first < keys.count
        };
        let given = (0..self.of_workload.len())
            .filter(touches)
            .filter_map(|index| {
                scenario.workloads[index]
                    .value_size
                    .map(|size| mean_size(&size))
            });
        let scripted = scenario.script.iter().filter_map(|s| match &s.operation {
            Operation::Put {
                key: name,
                value_size: Some(size),
                ..
            } if self.find(name) == Some(KeyId(key)) => Some(size.0 as f64),
            _ => None,
        });
        given
            .chain(scripted)
            .reduce(f64::max)
            .unwrap_or(DEFAULT_VALUE_SIZE.0 as f64)
    }

    fn ranked_len(&self) -> u32 {
        self.ranked.iter().map(|ranked| ranked.count).sum()
    }

    fn resolve(&self, keys: &Keys) -> WorkloadKeys {
        match keys {
            Keys::One(name) => {
                let KeyId(first) = self
                    .find(name)
                    .expect("every key of a workload was numbered");
                WorkloadKeys {
                    first,
                    count: 1,
                    exponent: 0.0,
                    normaliser: 1.0,
                }
            }
            Keys::Ranked {
                prefix,
                count,
                exponent,
            } => {
                let family = self.family(prefix, "");
                let family = family.expect("every prefix of a workload was numbered");
                let first = self.ranked[family].first;
                // From the smallest term up, so that nothing is lost to rounding.
                let normaliser = (0..*count).rev().map(|rank| weight(rank, *exponent)).sum();
                WorkloadKeys {
                    first,
                    count: *count,
                    exponent: *exponent,
                    normaliser,
                }
            }
        }
    }
}

impl Operation {
    /// The key it touches; `None` for a list.
    pub fn key(&self) -> Option<&str> {
        match self {
            Operation::Get { key, .. } | Operation::Put { key, .. } | Operation::Delete { key } => {
                Some(key)
            }
            Operation::List { .. } => None,
        }
    }

    /// The value it writes, where the file says.
    pub fn value(&self) -> &Option<String> {
        match self {
            Operation::Put { value, .. } => value,
            _ => &None,
        }
    }
}

impl Keys {
    /// Whether a key of this name is among them.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Keys::One(key) => key == name,
            Keys::Ranked { prefix, count, .. } => {
                let rank = name.strip_prefix(prefix.as_str()).and_then(canonical_rank);
                rank.is_some_and(|rank| rank < *count)
            }
        }
    }
}

/// The mean of a size in bytes.
pub fn mean_size(size: &Distribution<Size>) -> f64 {
    match *size {
        Distribution::Constant(size) | Distribution::Exponential { mean: size } => size.0 as f64,
        Distribution::Uniform { min, max } => (min.0 as f64 + max.0 as f64) / 2.0,
        Distribution::Lognormal { p50, p99 } => {
            let sigma = lognormal_sigma(p50.0 as f64, p99.0 as f64);
            p50.0 as f64 * libm::exp(sigma * sigma / 2.0)
        }
    }
}

/// The sigma of a log-normal distribution with this median and 99th percentile.
pub fn lognormal_sigma(p50: f64, p99: f64) -> f64 {
    /// The 99 % quantile of the standard normal distribution.
    const NORMAL_99: f64 = 2.326_347_874_040_841;
    libm::log(p99 / p50) / NORMAL_99
}

fn weight(rank: u32, exponent: f64) -> f64 {
    if exponent == 0.0 {
        1.0
    } else {
        libm::pow(f64::from(rank) + 1.0, -exponent)
    }
}

/// The rank that `digits` spells in the way names spell it: no sign, no leading zero.
fn canonical_rank(digits: &str) -> Option<u32> {
    let rank: u32 = digits.parse().ok()?;
    (rank.to_string() == digits).then_some(rank)
}

/// How many ranks below `count` have a decimal spelling that starts with `digits`.
fn ranks_starting_with(digits: &str, count: u32) -> u32 {
    let Some(first) = canonical_rank(digits) else {
        return 0;
    };
    if first == 0 {
        return u32::from(count > 0);
    }
    let (mut low, mut width, mut total) = (u64::from(first), 1u64, 0u64);
    while low < u64::from(count) {
        total += (u64::from(count) - low).min(width);
        low *= 10;
        width *= 10;
    }
    total as u32
}
