//! What a scenario falls into: cells that know nothing of each other, dealt out in blocks.
//!
//! A key in open traffic is a cell of its own. A script ties its keys together, and so does a kind of client whose
//! steps name several; what shares a key is one cell. But clients all of whose keys bear their own number meet nobody,
//! and those who come to a single key, drawn by rank, meet only those who draw the same.

use crate::scenario::keyspace::{KeyGroup, KeyId, Keyspace};
use crate::scenario::{Arrivals, ClientIndex, ClientStart, NamespaceIndex, Placeholder, Scenario};
use crate::sim::cell::{CellSpec, ClientsAt, Tied};
use std::collections::BTreeSet;

/// What is dealt out.
#[derive(Clone)]
pub(super) enum Block {
    /// The cell of all replays, and so of all keys.
    Replays,
    Cell(CellSpec),
}

/// The cells of a scenario, dealt out in blocks.
pub(super) struct Blocks {
    /// Cells that are blocks of their own.
    single: Vec<Block>,
    /// Keys that have no cell of their own: each the first and how many.
    tied: BTreeSet<(KeyId, u32)>,
    keys: u32,
    /// How many blocks share the keys: block i has the keys i, i + n, i + 2n, …, hot and cold ones alike.
    of_keys: u32,
}

/// The namespace of workloads, clients and the script.
const MAIN: NamespaceIndex = 0;

/// Keys to a block at the most: enough to keep a PoP's histograms in the CPU's cache while they visit it.
pub const BLOCK_KEYS: u32 = 512;
/// Blocks to a thread at the least, so that all threads end at about the same time.
const BLOCKS_PER_THREAD: u32 = 4;

impl Blocks {
    pub(super) fn of(scenario: &Scenario, keyspace: &Keyspace, threads: usize) -> Self {
        let has_replays = !scenario.replays.is_empty();
        let least = BLOCKS_PER_THREAD * threads as u32;
        let mut blocks = Blocks {
            single: Vec::new(),
            tied: BTreeSet::new(),
            keys: if has_replays { 0 } else { keyspace.len() },
            of_keys: 0,
        };
        if has_replays {
            blocks.single.push(Block::Replays);
        } else {
            let mut knots = knots(scenario, keyspace);
            if !scenario.workers.is_empty() {
                let asked = blocks.add_workers(&mut knots, scenario, keyspace);
                blocks.single.push(Block::Cell(CellSpec::Tied(asked)));
            }
            for knot in knots {
                blocks.add_knot(knot, scenario, keyspace, least);
            }
        }
        let has_lists = scenario.workloads.iter().any(|w| w.lists_per_s > 0.0);
        if has_lists {
            blocks.single.push(Block::Cell(CellSpec::Lists));
        }
        if blocks.single.is_empty() && blocks.keys == 0 {
            // Nothing happens in this scenario; that is measured like anything else.
            let nothing = CellSpec::Keys(Vec::new());
            blocks.single.push(Block::Cell(nothing));
        }
        // A block of nothing would count as work that is done at once.
        let tied: u32 = blocks.tied.iter().map(|(_, count)| count).sum();
        let loose = blocks.keys - tied;
        blocks.of_keys = blocks.keys.div_ceil(BLOCK_KEYS).max(least).min(loose);
        blocks
    }

    /// The cell of the Workers, with all that they tie together: the clients who ask them and, since only its script
    /// knows which keys a Worker touches, all of the scenario's own namespace where one is bound to that.
    fn add_workers(
        &mut self,
        knots: &mut Vec<Knot>,
        scenario: &Scenario,
        keyspace: &Keyspace,
    ) -> Tied {
        let bindings = scenario.workers.iter().flat_map(|worker| &worker.bindings);
        let ties_all = bindings
            .into_iter()
            .any(|(_, namespace)| *namespace == MAIN);
        let asks = |client: &ClientIndex| {
            let mut workers = 0..scenario.workers.len();
            workers.any(|worker| scenario.clients[*client].asks(worker))
        };
        let is_tied = |knot: &Knot| ties_all || knot.clients.iter().any(asks);
        let (tied, apart): (Vec<Knot>, Vec<Knot>) = knots.drain(..).partition(is_tied);
        *knots = apart;
        let mut all = Knot {
            groups: BTreeSet::new(),
            clients: Vec::new(),
            has_script: false,
            is_busy: false,
        };
        tied.into_iter().for_each(|knot| all.merge(knot));
        all.clients.sort_unstable();
        let counted = match ties_all {
            true => BTreeSet::from([(KeyId(0), keyspace.len())]),
            false => all.counted(),
        };
        self.tied.extend(&counted);
        Tied {
            has_workers: true,
            ..all.tied(&counted, scenario, keyspace)
        }
    }

    /// Adds the cell of what is tied together, or its cells.
    fn add_knot(&mut self, knot: Knot, scenario: &Scenario, keyspace: &Keyspace, least: u32) {
        let counted = knot.counted();
        match knot.loose(scenario) {
            Some(Loose::ByRank(client, count)) => {
                let KeyId(first) = keyspace.key_of_client(client, 0, 0);
                // What lies behind, nobody draws.
                self.tied.insert((KeyId(first), count));
                let blocks = count.div_ceil(BLOCK_KEYS).max(least).min(count);
                self.single.extend((0..blocks).map(|block| {
                    let ranks = (block..count).step_by(blocks as usize);
                    let keys = ranks.map(|rank| KeyId(first + rank)).collect();
                    Block::Cell(CellSpec::KeysOfClient(keys, client))
                }));
            }
            Some(Loose::BySite(client)) => {
                self.tied.extend(&counted);
                let sites = 0..scenario.clients[client].at.len();
                self.single.extend(sites.map(|site| {
                    let clients = vec![ClientsAt {
                        client,
                        site: Some(site),
                    }];
                    Block::Cell(CellSpec::Tied(Tied {
                        clients,
                        ..Tied::default()
                    }))
                }));
            }
            None => {
                self.tied.extend(&counted);
                let tied = knot.tied(&counted, scenario, keyspace);
                self.single.push(Block::Cell(CellSpec::Tied(tied)));
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.single.len() + self.of_keys as usize
    }

    pub(super) fn get(&self, block: usize) -> Block {
        if let Some(single) = self.single.get(block) {
            return single.clone();
        }
        let first = (block - self.single.len()) as u32;
        let keys = (first..self.keys).step_by(self.of_keys as usize).map(KeyId);
        let keys = keys.filter(|key| !self.is_tied(*key));
        Block::Cell(CellSpec::Keys(keys.collect()))
    }

    fn is_tied(&self, key: KeyId) -> bool {
        let up_to = self.tied.range(..=(key, u32::MAX));
        up_to
            .last()
            .is_some_and(|(first, count)| key.0 - first.0 < *count)
    }
}

/// Keys that are tied together, and by what.
struct Knot {
    groups: BTreeSet<KeyGroup>,
    clients: Vec<ClientIndex>,
    has_script: bool,
    /// Whether open traffic touches any of the keys.
    is_busy: bool,
}

impl Knot {
    /// Its keys that are numbered: each the first and how many.
    fn counted(&self) -> BTreeSet<(KeyId, u32)> {
        let groups = self.groups.iter();
        groups
            .filter_map(|group| match group {
                KeyGroup::Counted(first, count) => Some((*first, *count)),
                KeyGroup::Endless(_) => None,
            })
            .collect()
    }

    fn merge(&mut self, other: Knot) {
        self.groups.extend(other.groups);
        self.clients.extend(other.clients);
        self.has_script |= other.has_script;
        self.is_busy |= other.is_busy;
    }

    /// How it falls apart, if it is of one kind of client and ties nothing together.
    fn loose(&self, scenario: &Scenario) -> Option<Loose> {
        let ([index], false) = (&self.clients[..], self.has_script) else {
            return None;
        };
        let client = &scenario.clients[*index];
        let is_poisson = matches!(
            client.start,
            ClientStart::Arriving {
                arrivals: Arrivals::Poisson,
                ..
            }
        );
        let placeholders = client.keys.iter().map(|key| key.placeholder);
        match placeholders.collect::<Vec<_>>()[..] {
            [Some(Placeholder::Rank { count, .. })] if is_poisson => {
                Some(Loose::ByRank(*index, count))
            }
            ref all if !self.is_busy && all.iter().all(|p| *p == Some(Placeholder::Client)) => {
                Some(Loose::BySite(*index))
            }
            _ => None,
        }
    }

    /// All of it as one cell.
    fn tied(
        &self,
        counted: &BTreeSet<(KeyId, u32)>,
        scenario: &Scenario,
        keyspace: &Keyspace,
    ) -> Tied {
        let is_busy = |key: &KeyId| {
            let mut workloads = 0..scenario.workloads.len();
            workloads.any(|workload| keyspace.share(workload, *key) > 0.0)
        };
        let keys = counted
            .iter()
            .flat_map(|(first, count)| (first.0..first.0 + count).map(KeyId));
        let all_of = |client: &ClientIndex| ClientsAt {
            client: *client,
            site: None,
        };
        Tied {
            keys: keys.filter(is_busy).collect(),
            has_script: self.has_script,
            clients: self.clients.iter().map(all_of).collect(),
            has_workers: false,
        }
    }
}

/// How clients of one kind can be simulated apart.
enum Loose {
    /// Each has keys of its own: all that start at a PoP together.
    BySite(ClientIndex),
    /// Each comes to one of so many keys: key by key.
    ByRank(ClientIndex, u32),
}

/// What the script and the clients tie together; no two have a key in common.
fn knots(scenario: &Scenario, keyspace: &Keyspace) -> Vec<Knot> {
    let is_busy = |groups: &BTreeSet<KeyGroup>| {
        groups.iter().any(|group| match group {
            // Whoever touches any of ranked keys touches the first.
            KeyGroup::Counted(first, _) => {
                let mut workloads = 0..scenario.workloads.len();
                workloads.any(|workload| keyspace.share(workload, *first) > 0.0)
            }
            KeyGroup::Endless(_) => false,
        })
    };
    let of_clients = (0..scenario.clients.len()).map(|client| {
        let groups = keyspace.groups_of_client(client);
        Knot {
            is_busy: is_busy(&groups),
            groups,
            clients: vec![client],
            has_script: false,
        }
    });
    let mut knots: Vec<Knot> = Vec::new();
    for mut knot in of_clients.chain(script_knot(scenario, keyspace, is_busy)) {
        let (tied, apart) = knots
            .into_iter()
            .partition(|other: &Knot| !other.groups.is_disjoint(&knot.groups));
        knots = apart;
        let tied: Vec<Knot> = tied;
        tied.into_iter().for_each(|other| knot.merge(other));
        knot.clients.sort_unstable();
        knots.push(knot);
    }
    knots
}

/// What the script ties together: single keys, or all of a group that clients know as a whole.
fn script_knot(
    scenario: &Scenario,
    keyspace: &Keyspace,
    is_busy: impl Fn(&BTreeSet<KeyGroup>) -> bool,
) -> Option<Knot> {
    if scenario.script.is_empty() {
        return None;
    }
    let clients = 0..scenario.clients.len();
    let of_clients: BTreeSet<KeyGroup> = clients
        .flat_map(|client| keyspace.groups_of_client(client))
        .collect();
    let names = scenario.script.iter().filter_map(|s| s.operation.key());
    let groups = names.map(|name| {
        let key = keyspace.find(name);
        let key = key.expect("every key of a script is numbered");
        let group = keyspace.group_of(key);
        match of_clients.contains(&group) {
            true => group,
            false => KeyGroup::Counted(key, 1),
        }
    });
    let groups = groups.collect();
    Some(Knot {
        is_busy: is_busy(&groups),
        groups,
        clients: Vec::new(),
        has_script: true,
    })
}
