//! Ranks that placeholders stand for: which distributions there are, and drawing from them.

use super::random::{Stream, unit};
use rand::Rng;

/// Distributions of ranks, each once.
#[derive(Debug, Default)]
pub struct Ranks {
    laws: Vec<(u32, f64)>,
    tables: Vec<RankTable>,
}

/// The cumulative distribution of ranks.
#[derive(Debug, PartialEq)]
struct RankTable {
    /// The probability of this rank or a lower one.
    up_to: Vec<f64>,
}

impl Ranks {
    /// The number of the distribution over so many ranks with this exponent: equal placeholders draw together.
    pub fn number(&mut self, count: u32, exponent: f64) -> usize {
        let known = self
            .laws
            .iter()
            .position(|known| *known == (count, exponent));
        known.unwrap_or_else(|| {
            self.laws.push((count, exponent));
            self.tables.push(RankTable::new(count, exponent));
            self.laws.len() - 1
        })
    }

    /// Draws a rank from each.
    pub fn draw(&self, stream: &mut Stream, ranks: &mut Vec<u32>) {
        ranks.clear();
        ranks.extend(self.tables.iter().map(|table| table.draw(stream)));
    }

    /// The probability of a rank, where there is a single distribution.
    pub fn share(&self, rank: u32) -> f64 {
        self.tables[0].share(rank)
    }
}

impl RankTable {
    fn new(count: u32, exponent: f64) -> Self {
        let mut sum = 0.0;
        let weights = (1..=count).map(|rank| libm::pow(f64::from(rank), -exponent));
        let sums: Vec<f64> = weights
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        RankTable {
            up_to: sums.iter().map(|partial| partial / sum).collect(),
        }
    }

    /// The probability of a rank.
    fn share(&self, rank: u32) -> f64 {
        let rank = rank as usize;
        let below = rank.checked_sub(1).map_or(0.0, |below| self.up_to[below]);
        self.up_to[rank] - below
    }

    fn draw(&self, stream: &mut Stream) -> u32 {
        let draw = unit(stream.next_u64());
        let rank = self.up_to.partition_point(|up_to| *up_to <= draw);
        rank.min(self.up_to.len() - 1) as u32
    }
}
