//! Every key that a scenario names, numbered: which exist, what they are called, who touches them.
//!
//! Equal names are the same key whoever names them. Ranked keys (`prefix` + rank) stay a prefix and a count,
//! so that ten million of them take no memory.

use super::{DEFAULT_VALUE_SIZE, Distribution, Keys, Operation, Scenario, WorkloadIndex};
use crate::units::Size;
use std::collections::BTreeSet;

/// A key's number in its scenario's [`Keyspace`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

/// The keys of a scenario, numbered from 0: ranked keys first, prefix by prefix, then the others.
#[derive(Clone, Debug)]
pub struct Keyspace {
    /// Each distinct prefix with the number of keys of the workload that names most.
    ranked: Vec<RankedKeys>,
    /// Names that are not among the ranked keys, in order.
    named: Vec<String>,
    /// By workload: where its keys start, and how they share its rate.
    of_workload: Vec<WorkloadKeys>,
    len: u32,
}

#[derive(Clone, Debug)]
struct RankedKeys {
    prefix: String,
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
    /// Numbers the keys of workloads and scripts.
    pub fn new(scenario: &Scenario) -> Self {
        let mut keyspace = Keyspace {
            ranked: Vec::new(),
            named: Vec::new(),
            of_workload: Vec::new(),
            len: 0,
        };
        for workload in &scenario.workloads {
            if let Keys::Ranked { prefix, count, .. } = &workload.keys {
                match keyspace
                    .ranked
                    .iter_mut()
                    .find(|ranked| ranked.prefix == *prefix)
                {
                    Some(ranked) => ranked.count = ranked.count.max(*count),
                    None => keyspace.ranked.push(RankedKeys {
                        prefix: prefix.clone(),
                        count: *count,
                        first: 0,
                    }),
                }
            }
        }
        for ranked in &mut keyspace.ranked {
            ranked.first = keyspace.len;
            keyspace.len += ranked.count;
        }
        let of_workloads = scenario.workloads.iter().filter_map(|w| match &w.keys {
            Keys::One(key) => Some(key),
            Keys::Ranked { .. } => None,
        });
        let of_script = scenario.script.iter().filter_map(|s| s.operation.key());
        let names: BTreeSet<&str> = of_workloads.map(String::as_str).chain(of_script).collect();
        for name in names {
            if keyspace.find(name).is_none() {
                keyspace.named.push(name.to_owned());
                keyspace.len += 1;
            }
        }
        keyspace.of_workload = scenario
            .workloads
            .iter()
            .map(|w| keyspace.resolve(&w.keys))
            .collect();
        keyspace
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
        match self
            .ranked
            .iter()
            .find(|ranked| (ranked.first..ranked.first + ranked.count).contains(&key))
        {
            Some(ranked) => format!("{}{}", ranked.prefix, key - ranked.first),
            None => self.named[(key - self.ranked_len()) as usize].clone(),
        }
    }

    /// The number of a key, if the scenario names it.
    pub fn find(&self, name: &str) -> Option<KeyId> {
        let as_ranked = self.ranked.iter().find_map(|ranked| {
            let rank = canonical_rank(name.strip_prefix(ranked.prefix.as_str())?)?;
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
            let Some(digits) = prefix.strip_prefix(ranked.prefix.as_str()) else {
                return 0;
            };
            ranks_starting_with(digits, ranked.count)
        });
        named + ranked.sum::<u32>()
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
                let ranked = self.ranked.iter().find(|ranked| ranked.prefix == *prefix);
                let first = ranked
                    .expect("every prefix of a workload was numbered")
                    .first;
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
