//! Logarithms of the probabilities of counts, to nearly all digits however large the counts are.
//!
//! With ln k! written as k ln k − k + s(k), the large parts of a probability's logarithm cancel by hand (C.
//! Loader, *Fast and accurate computation of binomial probabilities*, 2000).

use std::f64::consts::TAU;

/// ln k! − (k ln k − k + ½ ln 2πk): Stirling's series. For k = 0 the whole bracket is taken to be 0.
pub(super) fn stirling_rest(k: f64) -> f64 {
    /// For k = 0 to 9, where the series is not yet good enough.
    const SMALL: [f64; 10] = [
        0.0,
        0.081_061_466_795_327_26,
        0.041_340_695_955_409_29,
        0.027_677_925_684_998_34,
        0.020_790_672_103_765_093,
        0.016_644_691_189_821_193,
        0.013_876_128_823_070_748,
        0.011_896_709_945_891_77,
        0.010_411_265_261_972_096,
        0.009_255_462_182_712_733,
    ];
    if k < 10.0 {
        return SMALL[k as usize];
    }
    let inverse = 1.0 / k;
    let square = inverse * inverse;
    let series = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
    ];
    inverse * polynomial(&series, square)
}

/// 2πk, the square of what Stirling's series has before its powers; 1 for k = 0.
pub(super) fn stirling_square(k: f64) -> f64 {
    if k == 0.0 { 1.0 } else { TAU * k }
}

/// k ln(k/mean) + mean − k: what it costs the logarithm of a probability that k is not the mean.
pub(super) fn deviance(k: f64, mean: f64) -> f64 {
    let difference = k - mean;
    let v = difference / (k + mean);
    if v.abs() < 0.1 {
        // The series of the logarithm in v, 2(v + v³/3 + v⁵/5 + …), of which the first terms have cancelled.
        let square = v * v;
        let series = [
            1.0 / 3.0,
            1.0 / 5.0,
            1.0 / 7.0,
            1.0 / 9.0,
            1.0 / 11.0,
            1.0 / 13.0,
            1.0 / 15.0,
            1.0 / 17.0,
        ];
        v * (difference + 2.0 * k * square * polynomial(&series, square))
    } else if k == 0.0 {
        mean
    } else {
        k * libm::log(k / mean) - difference
    }
}

fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    let higher = |sum: f64, coefficient: &f64| sum * x + coefficient;
    coefficients.iter().rev().fold(0.0, higher)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factorials_are_those_of_the_gamma_function() {
        for k in (1..200).map(f64::from).chain([1e3, 1e5, 1e8]) {
            let powers = k * libm::log(k) - k + 0.5 * libm::log(stirling_square(k));
            let (own, exact) = (powers + stirling_rest(k), libm::lgamma(k + 1.0));
            assert!(
                (own - exact).abs() <= 1e-15 * exact + 2e-14,
                "{k}: {own} {exact}"
            );
        }
        assert_eq!((stirling_rest(0.0), stirling_square(0.0)), (0.0, 1.0));
    }

    #[test]
    fn deviance_is_the_same_by_both_ways() {
        for (k, mean) in [
            (80.0, 100.0),
            (120.0, 100.0),
            (82.0, 100.0),
            (1.0, 1.2),
            (99.0, 100.0),
        ] {
            let direct = k * libm::log(k / mean) + mean - k;
            assert!((deviance(k, mean) - direct).abs() < 1e-13, "{k} {mean}");
        }
        // Far beyond the digits of the direct way: d²/2m − d³/6m² + ….
        let (mean, difference) = (1e12, 1e6);
        let series = 0.5 - difference / mean / 6.0;
        assert!((deviance(mean + difference, mean) / series - 1.0).abs() < 1e-12);
        assert_eq!(deviance(0.0, 3.0), 3.0);
        assert_eq!(deviance(7.0, 7.0), 0.0);
    }
}
