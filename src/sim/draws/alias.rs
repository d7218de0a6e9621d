//! Counts of the Poisson distribution for a few whole means, from tables made once and for all.
//!
//! The alias method (A. J. Walker, *An efficient method for generating discrete random variables with general
//! distributions*, ACM TOMS 3, 1977, with tables made as by M. D. Vose, 1991): a column drawn uniformly holds
//! its own count up to a threshold and another one above it. With 128 columns a draw of 64 bits leaves 57 for
//! the threshold: as exact as the probabilities, which are doubles, can be.

use crate::sim::random::Stream;
use rand::Rng;

const COLUMNS: usize = 128;
const COLUMN_BITS: u32 = COLUMNS.trailing_zeros();

/// Means of 1 to 7 and their eightfold up to 48: two draws make any whole mean below this. A count of 128 is
/// rarer than 10^−19 even for 48.
pub(super) const END: f64 = 56.0;

/// In the upper 57 bits of an entry its threshold, in the lower 7 the other count.
type Table = [u64; COLUMNS];

static ONES: [Table; 8] = tables(1);
static EIGHTS: [Table; 7] = tables(8);

/// A count of a whole mean below [`END`].
#[inline]
pub(super) fn poisson_of_whole(mean: u64, stream: &mut Stream) -> u64 {
    let (eights, ones) = ((mean / 8) as usize, (mean % 8) as usize);
    let mut count = 0;
    if eights > 0 {
        count += draw(&EIGHTS[eights], stream);
    }
    if ones > 0 {
        count += draw(&ONES[ones], stream);
    }
    count
}

#[inline]
fn draw(table: &Table, stream: &mut Stream) -> u64 {
    let bits = stream.next_u64();
    let column = bits >> (u64::BITS - COLUMN_BITS);
    let entry = table[column as usize];
    if (bits << COLUMN_BITS) < entry {
        column
    } else {
        entry % COLUMNS as u64
    }
}

/// Tables for the means 0, step, 2·step, ….
const fn tables<const N: usize>(step: usize) -> [Table; N] {
    let mut tables = [[0; COLUMNS]; N];
    let mut index = 1;
    while index < N {
        tables[index] = table(heights((index * step) as f64));
        index += 1;
    }
    tables
}

/// Probabilities of the counts, as multiples of a column's.
const fn heights(mean: f64) -> [f64; COLUMNS] {
    let mut heights = [0.0; COLUMNS];
    let (mut term, mut sum, mut count) = (1.0, 0.0, 0);
    while count < COLUMNS {
        heights[count] = term;
        sum += term;
        count += 1;
        term *= mean / count as f64;
    }
    count = 0;
    while count < COLUMNS {
        // The sum is e^mean, all but nothing.
        heights[count] *= COLUMNS as f64 / sum;
        count += 1;
    }
    heights
}

const fn table(mut heights: [f64; COLUMNS]) -> Table {
    let mut table = [0; COLUMNS];
    let mut is_done = [false; COLUMNS];
    let mut filled = 0;
    while filled < COLUMNS {
        // The lowest column is filled up from the highest, which keeps what remains of it.
        let (mut low, mut high, mut column) = (COLUMNS, COLUMNS, 0);
        while column < COLUMNS {
            if !is_done[column] {
                if low == COLUMNS || heights[column] < heights[low] {
                    low = column;
                }
                if high == COLUMNS || heights[column] >= heights[high] {
                    high = column;
                }
            }
            column += 1;
        }
        // 2^64 at a height of 1, which `as` cuts to what fits.
        let threshold = (heights[low] * 18_446_744_073_709_551_616.0) as u64;
        table[low] = threshold / COLUMNS as u64 * COLUMNS as u64 + high as u64;
        heights[high] -= 1.0 - heights[low];
        is_done[low] = true;
        filled += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The probability of each count, read back from a table.
    fn probabilities(table: &Table) -> [f64; COLUMNS] {
        let mut sums = [0.0; COLUMNS];
        for (column, entry) in table.iter().enumerate() {
            let part = (entry / COLUMNS as u64) as f64 / (1u64 << (u64::BITS - COLUMN_BITS)) as f64;
            sums[column] += part / COLUMNS as f64;
            sums[(entry % COLUMNS as u64) as usize] += (1.0 - part) / COLUMNS as f64;
        }
        sums
    }

    #[test]
    fn tables_hold_the_probabilities() {
        let ones = (1..8).map(|mean| (mean as f64, &ONES[mean]));
        let eights = (1..7).map(|eight| (8.0 * eight as f64, &EIGHTS[eight]));
        for (mean, table) in ones.chain(eights) {
            for (count, probability) in probabilities(table).into_iter().enumerate() {
                let k = count as f64;
                let exact = libm::exp(k * libm::log(mean) - mean - libm::lgamma(k + 1.0));
                let error = (probability - exact).abs();
                // What the gamma function's logarithm leaves, and what rounding of tall columns leaves.
                assert!(error < 1e-13 * exact + 1e-17, "{mean} {count}: {error:e}");
            }
        }
    }
}
