//! PoPs for operations whose record names none.

use crate::hash::{self, mix};
use crate::scenario::{Deal, Dealing, PopIndex, Replay};

/// Deals operations out, one after the other.
pub struct Dealer {
    at: Vec<PopIndex>,
    deal: Deal,
    /// Names the replay's own stream of draws.
    seed: u64,
    /// Operations dealt out so far.
    count: u64,
}

impl Dealer {
    /// Deals out among the PoPs of `dealing`; `seed` is the run's.
    pub fn new(dealing: &Dealing, replay: &Replay, seed: u64) -> Self {
        assert!(
            !dealing.at.is_empty(),
            "operations are dealt out to some PoP"
        );
        Dealer {
            at: dealing.at.clone(),
            deal: dealing.deal,
            seed: mix(mix(seed) ^ hash_of_text(replay.name.as_bytes())),
            count: 0,
        }
    }

    /// The PoP of the next operation; `hash` is its key's.
    #[inline]
    pub fn next(&mut self, hash: impl FnOnce() -> u64) -> PopIndex {
        let number = self.count;
        self.count += 1;
        let places = self.at.len() as u64;
        let place = match self.deal {
            Deal::Random => spread(
                mix(self.seed.wrapping_add(number.wrapping_mul(hash::STEP))),
                places,
            ),
            Deal::RoundRobin => number % places,
            Deal::ByKey => spread(hash(), places),
        };
        self.at[place as usize]
    }
}

/// A number from 0 to `count` - 1, each as likely as the others if the draw's bits are.
fn spread(draw: u64, count: u64) -> u64 {
    ((u128::from(draw) * u128::from(count)) >> 64) as u64
}

/// By what a key's name is dealt out.
pub fn hash_of_text(text: &[u8]) -> u64 {
    mix(hash::of_text(text))
}

/// By what a key is dealt out that is a number.
pub fn hash_of_number(number: u64) -> u64 {
    mix(number.wrapping_add(hash::STEP))
}
