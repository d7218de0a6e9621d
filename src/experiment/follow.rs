//! One read of the first run once more: all that led to its answer.

use super::RunError;
use super::blocks::{Block, Blocks};
use super::replays::Feed;
use crate::observe::follow::{Follow, Seen, Wanted};
use crate::scenario::Scenario;
use crate::scenario::keyspace::{KeyId, Keyspace};
use crate::sim::cell::{Cell, CellSpec};
use crate::sim::world::World;
use crate::worker::Workers;

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
    assert!(
        scenario.per_read,
        "a read is followed among simulated reads"
    );
    let keyspace = Keyspace::new(scenario);
    let workers = Workers::load(scenario)?;
    let world = World::with_programs(scenario, &keyspace, &workers);
    let seed = scenario.seed;
    let blocks = Blocks::of(scenario, &keyspace, 1);
    let mut seen = Seen::default();
    let is_new = wanted.key.0 >= keyspace.len();
    for block in (0..blocks.len()).map(|block| blocks.get(block)) {
        let mut new_name = None;
        let mut cell = Cell::new(&world, seed, Follow::new(&world, wanted));
        match block {
            Block::Replays => {
                let mut feed = Feed::open(scenario, &keyspace, seed)?;
                if cell.simulate_replays(&mut feed).is_err() {
                    return Err(feed.into_error().into());
                }
                let has_key = cell.observed().has_key();
                new_name = (is_new && has_key).then(|| feed.name(wanted.key));
            }
            Block::Cell(spec) => {
                let Some(spec) = with_key(spec, wanted.key) else {
                    continue;
                };
                cell.simulate(&spec);
                if let Some(refusal) = cell.take_refusal() {
                    return Err(RunError::refused(&refusal, scenario));
                }
                new_name = cell.new_name(wanted.key).or(new_name);
            }
        }
        seen = cell.into_observer().into_seen();
        seen.new_name = new_name;
        if seen.has_key {
            break;
        }
    }
    Ok(seen)
}

/// As much of a block as may touch the key.
fn with_key(spec: CellSpec, key: KeyId) -> Option<CellSpec> {
    match spec {
        CellSpec::Keys(keys) => keys.contains(&key).then(|| CellSpec::Keys(vec![key])),
        CellSpec::KeysOfClient(keys, client) => keys
            .contains(&key)
            .then(|| CellSpec::KeysOfClient(vec![key], client)),
        CellSpec::Tied(tied) => Some(CellSpec::Tied(tied)),
        CellSpec::Lists => None,
    }
}
