//! Hashes that are the same on every machine and for ever: streams of random numbers are named by them, and recorded
//! operations dealt out.
//!
//! A text is hashed by FNV-1a, and bits are mixed by the finaliser of SplitMix64 (G. Steele, D. Lea, C. Flood, *Fast
//! splittable pseudorandom number generators*, OOPSLA 2014). Nothing here withstands anybody who means to make
//! hashes meet.

/// The odd number nearest to 2^64 divided by the golden ratio: the step of SplitMix64.
pub const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash of a text; [`mix`] spreads it over all bits.
pub fn of_text(text: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    text.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Mixes bits, one to one: those of numbers that are near each other have nothing in common any more.
#[inline]
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_published_hashes() {
        assert_eq!(of_text(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(of_text(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(of_text(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn steps_are_mixed_to_the_published_numbers() {
        // The first numbers of SplitMix64 from the seed 0 (its reference implementation).
        let first = [STEP, STEP.wrapping_mul(2)].map(mix);
        assert_eq!(first, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }
}
