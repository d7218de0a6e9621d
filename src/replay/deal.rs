//! PoPs for operations whose record names none.

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
                mix(self.seed.wrapping_add(number.wrapping_mul(STEP))),
                places,
            ),
            Deal::RoundRobin => number % places,
            Deal::ByKey => spread(hash(), places),
        };
        self.at[place as usize]
    }
}

/// The odd number nearest to 2^64 divided by the golden ratio: the step of SplitMix64.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A number from 0 to `count` - 1, each as likely as the others if the draw's bits are.
fn spread(draw: u64, count: u64) -> u64 {
    ((u128::from(draw) * u128::from(count)) >> 64) as u64
}

/// A hash of a text that is the same everywhere: FNV-1a, finished as SplitMix64 finishes.
pub fn hash_of_text(text: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    mix(text.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

/// A hash of a number that is the same everywhere.
pub fn hash_of_number(number: u64) -> u64 {
    mix(number.wrapping_add(STEP))
}

/// The finaliser of SplitMix64 (G. Steele, D. Lea, C. Flood, *Fast splittable pseudorandom number generators*,
/// OOPSLA 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
