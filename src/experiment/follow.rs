//! Reads of the first run once more: all that led to their answers.

use super::RunError;
use super::blocks::{Block, Blocks};
use super::replays::Feed;
use crate::observe::follow::{Seen, Wanted};
use crate::observe::followers::Followers;
use crate::scenario::Scenario;
use crate::scenario::keyspace::{KeyId, Keyspace};
use crate::sim::cell::{Cell, CellSpec};
use crate::sim::observation::Observer;
use crate::sim::world::World;
use crate::worker::Workers;
use std::collections::BTreeMap;

/// Simulates what the first run does with the read's key, and tells what was seen. The scenario must ask that every
/// read be simulated.
///
/// # Errors
///
/// As [`super::run`].
///
/// # Panics
///
/// If hits are counted.
pub fn follow(scenario: &Scenario, wanted: Wanted) -> Result<Seen, RunError> {
    let keyspace = Keyspace::new(scenario);
    let workers = Workers::load(scenario)?;
    let world = World::with_programs(scenario, &keyspace, &workers);
    let mut seen = follow_all(&world, &[wanted])?;
    Ok(seen.pop().unwrap_or_default())
}

/// Likewise of several reads, in one simulation: what was seen of each, in their order.
pub(super) fn follow_all(world: &World, wanted: &[Wanted]) -> Result<Vec<Seen>, RunError> {
    assert!(
        world.scenario.per_read,
        "reads are followed among simulated reads"
    );
    let keys: Vec<KeyId> = wanted.iter().map(|wanted| wanted.key).collect();
    let blocks = Blocks::of(world.scenario, world.keyspace, 1);
    let mut seen: Vec<Seen> = wanted.iter().map(|_| Seen::default()).collect();
    for block in (0..blocks.len()).map(|block| blocks.get(block)) {
        let Some(block) = with_keys(block, &keys) else {
            continue;
        };
        let mut cell = Cell::new(world, world.scenario.seed, Followers::new(world, wanted));
        let names = simulate(world, &mut cell, &block, Followers::appeared)?;
        let here = cell.into_observer().into_seen().zip(&keys);
        for (seen, (here, key)) in seen.iter_mut().zip(here) {
            if here.has_key {
                *seen = here;
                seen.new_name = names.get(key).cloned();
            }
        }
        if seen.iter().all(|seen| seen.has_key) {
            break;
        }
    }
    Ok(seen)
}

/// Simulates a block in a cell, and gives the names of those keys among `appeared` that the scenario does not name.
pub(super) fn simulate<O: Observer>(
    world: &World,
    cell: &mut Cell<O>,
    block: &Block,
    appeared: impl Fn(&O) -> Vec<KeyId>,
) -> Result<BTreeMap<KeyId, String>, RunError> {
    let is_new = |key: &KeyId| key.0 >= world.keyspace.len();
    match block {
        Block::Replays => {
            let mut feed = Feed::open(world.scenario, world.keyspace, world.scenario.seed)?;
            if cell.simulate_replays(&mut feed).is_err() {
                return Err(feed.into_error().into());
            }
            let new = appeared(cell.observed()).into_iter().filter(is_new);
            Ok(new.map(|key| (key, feed.name(key))).collect())
        }
        Block::Cell(spec) => {
            cell.simulate(spec);
            if let Some(refusal) = cell.take_refusal() {
                return Err(RunError::refused(&refusal, world.scenario));
            }
            let new = appeared(cell.observed()).into_iter();
            Ok(new
                .filter_map(|key| Some((key, cell.new_name(key)?)))
                .collect())
        }
    }
}

/// As much of a block as may touch one of the keys.
pub(super) fn with_keys(block: Block, wanted: &[KeyId]) -> Option<Block> {
    let those = |keys: Vec<KeyId>| {
        let keys: Vec<KeyId> = keys
            .into_iter()
            .filter(|key| wanted.contains(key))
            .collect();
        (!keys.is_empty()).then_some(keys)
    };
    let spec = match block {
        Block::Replays => return Some(Block::Replays),
        Block::Cell(spec) => spec,
    };
    let spec = match spec {
        CellSpec::Keys(keys) => CellSpec::Keys(those(keys)?),
        CellSpec::KeysOfClient(keys, client) => CellSpec::KeysOfClient(those(keys)?, client),
        CellSpec::Tied(tied) => CellSpec::Tied(tied),
        CellSpec::Lists => return None,
    };
    Some(Block::Cell(spec))
}
