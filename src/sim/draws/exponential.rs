//! The exponential distribution of mean 1.
//!
//! The ziggurat of G. Marsaglia and W. W. Tsang (*The ziggurat method for generating random variables*, Journal
//! of Statistical Software 5, 2000) with 256 layers, as `rand_distr::Exp1` has it: the same draws from the same
//! stream but for their last bits. Layer and height share one draw of 64 bits: 8 and 52 of them.

use crate::sim::random::{Stream, unit};
use rand::Rng;

const LAYERS: usize = 256;

/// Where the tail begins, such that 256 layers of equal area reach exactly up to a density of 1.
const TAIL: f64 = 7.697_117_470_131_05;

/// Right ends of the layers from the lowest up (that of the lowest as if its tail were a part of the box), and
/// the density there.
const TABLES: ([f64; LAYERS + 1], [f64; LAYERS + 1]) = tables();

const fn tables() -> ([f64; LAYERS + 1], [f64; LAYERS + 1]) {
    let mut ends = [0.0; LAYERS + 1];
    let mut densities = [1.0; LAYERS + 1];
    // The tail beyond x has the area e^(−x): as much as a box 1 wide.
    ends[0] = TAIL + 1.0;
    densities[0] = 1.0 / exp(ends[0]);
    ends[1] = TAIL;
    densities[1] = 1.0 / exp(TAIL);
    let area = ends[0] * densities[1];
    let mut layer = 1;
    while layer + 1 < LAYERS {
        let density = densities[layer] + area / ends[layer];
        layer += 1;
        ends[layer] = log_of_inverse(density, ends[layer - 1]);
        densities[layer] = density;
    }
    (ends, densities)
}

/// e^x for 0 ≤ x < 10 at compile time: its Taylor series, all of whose terms are positive.
const fn exp(x: f64) -> f64 {
    let (mut sum, mut term, mut index) = (1.0, 1.0, 1.0);
    while term > sum * 1e-18 {
        term *= x / index;
        sum += term;
        index += 1.0;
    }
    sum
}

/// −ln y by Newton's method from a guess near by.
const fn log_of_inverse(y: f64, guess: f64) -> f64 {
    let mut x = guess;
    let mut step = 0;
    while step < 12 {
        x += 1.0 / (y * exp(x)) - 1.0;
        step += 1;
    }
    x
}

static ENDS: [f64; LAYERS + 1] = TABLES.0;
static DENSITIES: [f64; LAYERS + 1] = TABLES.1;

/// A number from the exponential distribution of mean 1; never 0.
#[inline]
pub fn exponential(stream: &mut Stream) -> f64 {
    loop {
        let (layer, x) = place(stream);
        if x < ENDS[layer + 1] {
            return x;
        }
        if let Some(x) = beyond(layer, x, unit(stream.next_u64())) {
            return x;
        }
    }
}

/// A layer, and a place in its box.
#[inline]
fn place(stream: &mut Stream) -> (usize, f64) {
    let bits = stream.next_u64();
    let layer = (bits & 0xff) as usize;
    // The upper 52 bits as the mantissa of a number from [1, 2), less almost 1: from (0, 1).
    let part = f64::from_bits((bits >> 12) | 0x3ff0_0000_0000_0000) - (1.0 - f64::EPSILON / 2.0);
    (layer, part * ENDS[layer])
}

/// What becomes of the one draw in a hundred that falls beyond what is under the density for sure. It takes a
/// number and not the stream, which so stays in registers.
#[cold]
#[inline(never)]
fn beyond(layer: usize, x: f64, part: f64) -> Option<f64> {
    if layer == 0 {
        // 0 would be infinitely far away.
        return Some(TAIL - libm::log(part.max(f64::EPSILON / 4.0)));
    }
    let (low, high) = (DENSITIES[layer], DENSITIES[layer + 1]);
    let is_below = high + (low - high) * part < libm::exp(-x);
    is_below.then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::random::Seed;
    use rand::RngExt;
    use rand_distr::Exp1;

    #[test]
    fn tables_close_at_the_top() {
        let area = TABLES.0[0] * TABLES.1[1];
        let top = TABLES.1[LAYERS - 1] + area / TABLES.0[LAYERS - 1];
        assert!((top - 1.0).abs() < 1e-12, "{top}");
    }

    #[test]
    fn draws_are_those_of_the_library_but_for_their_last_bits() {
        let (mut own, mut library) = (Seed::of_run(1).stream(), Seed::of_run(1).stream());
        let mut in_the_tail = 0;
        for _ in 0..1_000_000 {
            let (x, y): (f64, f64) = (exponential(&mut own), library.sample(Exp1));
            assert!((x / y - 1.0).abs() < 1e-12, "{x} {y}");
            in_the_tail += u32::from(x > TAIL);
        }
        assert_eq!(own, library);
        assert!(in_the_tail > 300, "{in_the_tail}");
    }
}
