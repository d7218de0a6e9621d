//! Named streams of random numbers: each actor draws from its own, so that nobody's draws depend on
//! anybody else's.
//!
//! A stream is named by a path of parts (the run's seed, a purpose, a key, a PoP, an instant, …). Changing a
//! `cache-ttl`, adding a PoP or running on another number of threads leaves every other stream as it was. The
//! generator is xoshiro256++ (D. Blackman, S. Vigna, *Scrambled linear pseudorandom number generators*, ACM
//! TOMS 47, 2021), which the `rand` crate documents as portable; names are mixed as [`crate::hash`] mixes.

use crate::hash::{self, mix};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// A source of random numbers.
pub type Stream = Xoshiro256PlusPlus;

/// What a stream is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Gaps between reads.
    Reads = 1,
    /// Gaps between puts.
    Writes,
    /// Gaps between deletes.
    Deletes,
    /// Gaps between lists.
    Lists,
    /// Delays of fetches.
    FetchDelays,
    /// Delays of puts and deletes, and sizes of values.
    WriteDelays,
    /// Delays of lists.
    ListDelays,
    /// What the caches hold when the simulation starts.
    InitialState,
    /// Which writes the sample of writes keeps.
    WriteSample,
    /// Reads that change what a cache holds, and those that wait, where hits are counted.
    CountedReads,
    /// The hits that are counted.
    Hits,
    /// What clients draw on their way.
    Clients,
    /// Gaps between clients that arrive.
    ClientStarts,
    /// What requests to Workers hold, and what Workers draw.
    Requests,
    /// Gaps between requests to Workers.
    RequestStarts,
    /// How long origins take.
    Origins,
}

/// The name of a stream, or the beginning of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// The root of a run's names.
    pub fn of_run(seed: u64) -> Self {
        Seed(mix(seed))
    }

    /// The name one part longer.
    #[must_use]
    pub fn child(self, part: u64) -> Self {
        // The step keeps `0, 0` apart from `0`.
        Seed(mix(self.0.wrapping_add(hash::STEP) ^ mix(part)))
    }

    /// The name one purpose longer.
    #[must_use]
    pub fn purpose(self, purpose: Purpose) -> Self {
        self.child(purpose as u64)
    }

    /// The stream of this name: the generator's own `seed_from_u64`, without its loops over bytes, since millions
    /// of streams are begun for a single draw.
    #[inline]
    pub fn stream(self) -> Stream {
        let mut state = self.0;
        let mut seed = [0; 32];
        for word in seed.as_chunks_mut().0 {
            state = state.wrapping_add(hash::STEP);
            *word = mix(state).to_le_bytes();
        }
        Stream::from_seed(seed)
    }

    /// A single draw of this name, for what needs just one.
    pub fn draw(self) -> u64 {
        mix(self.0)
    }
}

/// A text as a part of a name.
pub fn name(text: &str) -> u64 {
    hash::of_text(text.as_bytes())
}

/// A number uniform on [0, 1) from the upper 53 bits of a draw.
pub fn unit(draw: u64) -> f64 {
    (draw >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn generator_is_the_published_one() {
        // First outputs of xoshiro256++ from the state 1, 2, 3, 4 (its reference implementation).
        let mut seed = [0u8; 32];
        for (word, value) in (1u64..=4).enumerate() {
            seed[word * 8..][..8].copy_from_slice(&value.to_le_bytes());
        }
        let mut stream = Stream::from_seed(seed);
        assert_eq!(
            [stream.next_u64(), stream.next_u64(), stream.next_u64()],
            [41_943_041, 58_720_359, 3_588_806_011_781_223]
        );
    }

    #[test]
    fn streams_begin_as_the_generator_begins_them() {
        for seed in [0, 1, 42, u64::MAX] {
            assert_eq!(Seed(seed).stream(), Stream::seed_from_u64(seed));
        }
    }

    #[test]
    fn names_tell_streams_apart() {
        let root = Seed::of_run(1);
        let seeds = [
            root,
            root.child(0),
            root.child(0).child(0),
            root.child(1),
            Seed::of_run(2),
            Seed::of_run(2).child(0),
        ];
        let mut firsts: Vec<u64> = seeds.iter().map(|seed| seed.stream().next_u64()).collect();
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), seeds.len());
    }
}
