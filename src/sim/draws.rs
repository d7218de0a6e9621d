//! Counts drawn at random (stand-in).
use super::random::Stream;
use rand::RngExt;
use rand_distr::{Binomial, Distribution, Exp1, Poisson};

/// A Poisson number.
pub fn poisson(mean: f64, stream: &mut Stream) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    let value: f64 = Poisson::new(mean).expect("positive").sample(stream);
    value as u64
}

/// Poisson numbers of neighbouring cells.
pub fn poisson_cells(
    means: impl Iterator<Item = f64>,
    stream: &mut Stream,
    mut each: impl FnMut(usize, u64),
) {
    let mut gap: f64 = stream.sample(Exp1);
    for (index, mean) in means.enumerate() {
        let count = if mean < 20.0 {
            let mut count = 0;
            let mut rest = mean;
            while gap < rest {
                rest -= gap;
                count += 1;
                gap = stream.sample(Exp1);
            }
            gap -= rest;
            count
        } else {
            poisson(mean, stream)
        };
        if count > 0 {
            each(index, count);
        }
    }
}

/// Items spread over weights.
pub fn multinomial(
    n: u64,
    weights: &[u128],
    stream: &mut Stream,
    mut each: impl FnMut(usize, u64),
) {
    let mut rest: u128 = weights.iter().sum();
    let mut left = n;
    for (index, weight) in weights.iter().enumerate() {
        if left == 0 {
            return;
        }
        let count = if *weight == rest {
            left
        } else {
            let p = *weight as f64 / rest as f64;
            Binomial::new(left, p)
                .expect("a probability")
                .sample(stream)
        };
        rest -= weight;
        left -= count;
        if count > 0 {
            each(index, count);
        }
    }
    assert_eq!(left, 0, "all items have a place");
}
