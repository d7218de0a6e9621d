//! Items thrown into cells, each cell as likely as its weight says.

use super::{MOST, binomial};
use crate::sim::random::Stream;
use rand::RngExt;

/// What a weight can be: an exact integer, or a double.
pub trait Weight: Copy + PartialOrd + std::ops::Add<Output = Self> {
    /// No weight.
    const ZERO: Self;

    /// The weight as a part of a sum that contains it.
    fn part_of(self, sum: Self) -> f64;

    /// A place uniform on [0, self).
    fn place(self, stream: &mut Stream) -> Self;
}

impl Weight for u128 {
    const ZERO: Self = 0;

    fn part_of(self, sum: Self) -> f64 {
        self as f64 / sum as f64
    }

    fn place(self, stream: &mut Stream) -> Self {
        stream.random_range(0..self)
    }
}

impl Weight for f64 {
    const ZERO: Self = 0.0;

    fn part_of(self, sum: Self) -> f64 {
        self / sum
    }

    fn place(self, stream: &mut Stream) -> Self {
        self * stream.random::<f64>()
    }
}

/// Throws n items into cells with the given weights. `each` is told the index of a cell and its count, in order,
/// where the count is not 0.
///
/// Few items draw a place each; many are shared out cell by cell, each cell's count being binomial among the
/// items that earlier cells have left (L. Devroye, *Non-Uniform Random Variate Generation*, 1986, section
/// XI.1.4).
///
/// # Panics
///
/// If a weight is negative or not a number, if there are items but no weights, if the sum of the weights
/// overflows, or if n is more than can be counted ([`MOST`]).
pub fn multinomial<W: Weight>(
    n: u64,
    weights: &[W],
    stream: &mut Stream,
    each: impl FnMut(usize, u64),
) {
    assert!(n <= MOST, "{n} items are too many to count");
    if n == 0 {
        return;
    }
    // The weights from each cell on, summed from the end, so that what is left for the last cells is not what
    // rounding has left.
    let mut sums = vec![W::ZERO; weights.len() + 1];
    for (cell, weight) in weights.iter().enumerate().rev() {
        assert!(*weight >= W::ZERO, "a weight cannot be less than nothing");
        sums[cell] = sums[cell + 1] + *weight;
    }
    assert!(sums[0] > W::ZERO, "{n} items have nowhere to go");
    if n < weights.len() as u64 {
        by_places(n as usize, &sums, stream, each);
    } else {
        by_cells(n, weights, &sums, stream, each);
    }
}

/// Each item draws its place; sorted, they meet the cells in one walk.
fn by_places<W: Weight>(
    n: usize,
    sums: &[W],
    stream: &mut Stream,
    mut each: impl FnMut(usize, u64),
) {
    let mut places: Vec<W> = (0..n).map(|_| sums[0].place(stream)).collect();
    // Places are counted from the end, as the sums are.
    places.sort_unstable_by(|a, b| b.partial_cmp(a).expect("places are numbers"));
    let mut cell = 0;
    let mut count = 0;
    for place in places {
        if place < sums[cell + 1] {
            if count > 0 {
                each(cell, count);
            }
            count = 0;
            while place < sums[cell + 1] {
                cell += 1;
            }
        }
        count += 1;
    }
    each(cell, count);
}

/// Each cell takes its share of the items that are left.
fn by_cells<W: Weight>(
    n: u64,
    weights: &[W],
    sums: &[W],
    stream: &mut Stream,
    mut each: impl FnMut(usize, u64),
) {
    let mut left = n;
    for (cell, weight) in weights.iter().enumerate() {
        if left == 0 {
            break;
        }
        if *weight == W::ZERO {
            continue;
        }
        let count = binomial(left, weight.part_of(sums[cell]), stream);
        left -= count;
        if count > 0 {
            each(cell, count);
        }
    }
}
