//! Random counts follow their laws, from means of almost nothing to 10^12, on every side of each threshold
//! between two methods.
//!
//! Seeds are fixed, so a test that passes always passes. What a false alarm would have cost when they were
//! chosen: each single comparison is at 4.5 standard errors, 7·10^−6 two-sided for a normal variable. There are
//! about 700 of them, so that a set of seeds fails correct samplers about once in 250 times, a little more often
//! as the third moments of small counts are not quite normal (means below 0.01 are therefore held by their
//! chi-square alone).

use kvlag::sim::draws::{binomial, exponential, multinomial, poisson, poisson_cells};
use kvlag::sim::random::{Seed, Stream};
use rand::RngExt;

const DRAWS: usize = 300_000;
const STANDARD_ERRORS: f64 = 4.5;

/// A law of counts: its probabilities by their ratios from the mode on, and its cumulants from the second to the
/// sixth; all independent of the samplers' own arithmetic.
struct Law {
    name: String,
    first: u64,
    probabilities: Vec<f64>,
    mean: f64,
    cumulants: [f64; 5],
}

impl Law {
    fn poisson(mean: f64) -> Self {
        let ratio = |k: f64| mean / (k + 1.0);
        Law::new(
            format!("Poisson of mean {mean}"),
            mean,
            [mean; 5],
            u64::MAX,
            ratio,
        )
    }

    fn binomial(n: u64, p: f64) -> Self {
        let (q, trials) = (1.0 - p, n as f64);
        let (pq, variance) = (p * q, trials * p * q);
        let cumulants = [
            1.0,
            1.0 - 2.0 * p,
            1.0 - 6.0 * pq,
            (1.0 - 2.0 * p) * (1.0 - 12.0 * pq),
            1.0 - 30.0 * pq * (1.0 - 4.0 * pq),
        ];
        let ratio = |k: f64| (trials - k) / (k + 1.0) * (p / q);
        let name = format!("binomial of n {n} and p {p}");
        Law::new(name, trials * p, cumulants.map(|c| c * variance), n, ratio)
    }

    fn new(
        name: String,
        mean: f64,
        cumulants: [f64; 5],
        most: u64,
        ratio: impl Fn(f64) -> f64,
    ) -> Self {
        let reach = 9.0 * libm::sqrt(cumulants[0]) + 30.0;
        let first = (mean - reach).max(0.0) as u64;
        let last = ((mean + reach) as u64).min(most);
        // A double holds 10^-308 beside 1, which is enough for 9 standard deviations.
        let mode = mean as u64;
        let mut probabilities = vec![1.0; (last - first + 1) as usize];
        for k in mode.min(last)..last {
            let next = probabilities[(k - first) as usize] * ratio(k as f64);
            probabilities[(k + 1 - first) as usize] = next;
        }
        for k in (first..mode.min(last)).rev() {
            let before = probabilities[(k + 1 - first) as usize] / ratio(k as f64);
            probabilities[(k - first) as usize] = before;
        }
        let sum: f64 = probabilities.iter().sum();
        probabilities.iter_mut().for_each(|p| *p /= sum);
        Law {
            name,
            first,
            probabilities,
            mean,
            cumulants,
        }
    }

    /// Chi-square over the support, cells of little probability merged; and three moments.
    fn assert_fits(&self, counts: &[u64]) {
        self.assert_probabilities(counts);
        if self.mean > 0.01 {
            self.assert_moments(counts);
        }
    }

    fn assert_probabilities(&self, counts: &[u64]) {
        let mut observed = vec![0u32; self.probabilities.len()];
        for count in counts {
            let index = count.checked_sub(self.first).map(|index| index as usize);
            let cell = index.and_then(|index| observed.get_mut(index));
            *cell.unwrap_or_else(|| panic!("{}: {count} is too rare", self.name)) += 1;
        }
        let total = counts.len() as f64;
        // Few wide cells see a slight slope better than many narrow ones.
        let least = if observed.len() < 300 {
            10.0
        } else {
            total / 200.0
        };
        let (mut chi_square, mut cells) = (0.0, 0);
        let (mut seen, mut expected) = (0.0, 0.0);
        let mut left = total;
        for (count, probability) in observed.iter().zip(&self.probabilities) {
            seen += f64::from(*count);
            expected += probability * total;
            if expected >= least && left - expected >= least {
                chi_square += (seen - expected) * (seen - expected) / expected;
                cells += 1;
                left -= expected;
                (seen, expected) = (0.0, 0.0);
            }
        }
        chi_square += (seen - expected) * (seen - expected) / expected;
        assert_chi_square(&self.name, chi_square, f64::from(cells));
    }

    fn assert_moments(&self, counts: &[u64]) {
        let [k2, k3, k4, _, k6] = self.cumulants;
        let m4 = k4 + 3.0 * k2 * k2;
        let m6 = k6 + 15.0 * k4 * k2 + 10.0 * k3 * k3 + 15.0 * k2 * k2 * k2;
        let moments = [(1, 0.0, k2), (2, k2, m4 - k2 * k2), (3, k3, m6 - k3 * k3)];
        for (power, expected, variance) in moments {
            let deviation = |count: &u64| libm::pow(*count as f64 - self.mean, f64::from(power));
            let measured = counts.iter().map(deviation).sum::<f64>() / counts.len() as f64;
            let error = libm::sqrt(variance / counts.len() as f64);
            let errors = (measured - expected) / error;
            assert!(
                errors.abs() < STANDARD_ERRORS,
                "{}: moment {power} is {errors:.1} standard errors off",
                self.name
            );
        }
    }
}

/// Chi-square by the normal approximation of E. B. Wilson and M. M. Hilferty (1931).
fn assert_chi_square(name: &str, chi_square: f64, degrees: f64) {
    if degrees == 0.0 {
        return;
    }
    let part = 2.0 / (9.0 * degrees);
    let errors = (libm::cbrt(chi_square / degrees) - (1.0 - part)) / libm::sqrt(part);
    assert!(
        errors < STANDARD_ERRORS,
        "{name}: chi-square {chi_square:.0} of {degrees} degrees of freedom is {errors:.1} standard errors off"
    );
}

fn stream(test: u64) -> Stream {
    Seed::of_run(test).stream()
}

fn draw(count: usize, stream: &mut Stream, draw: impl Fn(&mut Stream) -> u64) -> Vec<u64> {
    (0..count).map(|_| draw(stream)).collect()
}

#[test]
fn exponential_numbers_have_no_memory_and_mean_one() {
    let mut stream = stream(1);
    // Cells of equal probability: e^−x is uniform.
    let mut cells = [0u32; 200];
    for _ in 0..1_000_000 {
        cells[(libm::exp(-exponential(&mut stream)) * 200.0) as usize] += 1;
    }
    let square = |seen: &u32| (f64::from(*seen) - 5_000.0) * (f64::from(*seen) - 5_000.0) / 5_000.0;
    assert_chi_square("exponential", cells.iter().map(square).sum(), 199.0);
}

#[test]
fn poisson_counts_follow_their_law() {
    let mut stream = stream(2);
    let means = [
        1e-3, 0.01, 0.1, 0.5, 0.999, 1.0, 1.001, 2.7, 5.0, 7.9, 8.0, 8.1, 9.99, 11.9, 12.1, 16.0,
        30.0, 47.5, 55.999, 56.0, 56.3, 80.0, 123.4, 300.0, 1e3, 1.5e3, 1e4, 1e5, 1e6, 1e8, 1e10,
    ];
    for mean in means {
        // A shift of the mean by a few thousandths shows where counts are small, if there are enough of them.
        let draws = if mean < 3.0 { 10 * DRAWS } else { DRAWS };
        let counts = draw(draws, &mut stream, |stream| poisson(mean, stream));
        Law::poisson(mean).assert_fits(&counts);
    }
}

#[test]
fn poisson_counts_of_extreme_means() {
    let mut stream = stream(3);
    assert_eq!(poisson(0.0, &mut stream), 0);
    // 400 are expected: 4.5 standard errors are 90. That two meet is a hundred times rarer than a false alarm.
    let rare: u64 = (0..40_000_000).map(|_| poisson(1e-5, &mut stream)).sum();
    assert!((310..490).contains(&rare), "{rare}");
    // 0.01 is expected, so that more than one is a false alarm once in 20,000 times.
    let hardly: u64 = (0..10_000_000).map(|_| poisson(1e-9, &mut stream)).sum();
    assert!(hardly <= 1, "{hardly}");
    // Its skewness, 10^-6, cannot be told from none.
    let counts = draw(DRAWS, &mut stream, |stream| poisson(1e12, stream));
    assert_is_normal("Poisson of mean 1e12", &counts, 1e12, 1e12);
}

#[test]
fn binomial_counts_follow_their_law() {
    let mut stream = stream(4);
    let laws = [
        (1, 0.3),
        (2, 0.9),
        (10, 0.5),
        (24, 0.02),
        (24, 0.4),
        (25, 0.02),
        (25, 0.399),
        (25, 0.401),
        (25, 0.599),
        (25, 0.601),
        (25, 0.99),
        (100, 0.099),
        (100, 0.101),
        (100, 0.899),
        (100, 0.901),
        (40, 0.25),
        (40, 0.26),
        (40, 0.5),
        (1_000, 1e-3),
        (1_000, 0.3),
        (1_000, 0.501),
        (12_345, 0.7),
        (1_000_000, 1e-7),
        (1_000_000, 5e-5),
        (1_000_000, 0.5),
        (1_000_000_000, 0.25),
        (1_000_000_000_000, 3e-13),
        (1_000_000_000_000, 9.9e-12),
        (1_000_000_000_000, 1.01e-11),
        (1_000_000_000_000, 1e-6),
        (10_000_000_000, 0.4),
    ];
    for (n, p) in laws {
        let counts = draw(DRAWS, &mut stream, |stream| binomial(n, p, stream));
        Law::binomial(n, p).assert_fits(&counts);
    }
}

#[test]
fn binomial_counts_of_extreme_trials() {
    let mut stream = stream(5);
    for n in [0, 1, 30, 1_000_000_000_000] {
        assert_eq!(binomial(n, 0.0, &mut stream), 0);
        assert_eq!(binomial(n, 1.0, &mut stream), n);
    }
    let n = 1_000_000_000_000;
    for p in [0.3, 0.5, 0.8] {
        let counts = draw(DRAWS, &mut stream, |stream| binomial(n, p, stream));
        let mean = n as f64 * p;
        assert_is_normal("binomial of n 1e12", &counts, mean, mean * (1.0 - p));
    }
}

/// Chi-square against the normal law in 200 cells, and whether even and odd counts are as frequent.
fn assert_is_normal(name: &str, counts: &[u64], mean: f64, variance: f64) {
    let mut cells = [0u32; 200];
    let mut odd = 0;
    for count in counts {
        let z = (*count as f64 - mean) / libm::sqrt(variance);
        let below = 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
        cells[(below * 200.0) as usize] += 1;
        odd += count % 2;
    }
    let expected = counts.len() as f64 / 200.0;
    let square =
        |seen: &u32| (f64::from(*seen) - expected) * (f64::from(*seen) - expected) / expected;
    assert_chi_square(name, cells.iter().map(square).sum(), 199.0);
    let half = counts.len() as f64 / 2.0;
    assert!(
        (odd as f64 - half).abs() < STANDARD_ERRORS * libm::sqrt(half / 2.0),
        "{name}: {odd} are odd"
    );
}

#[test]
fn cells_have_their_own_counts_and_nothing_to_do_with_each_other() {
    let means = [
        0.3, 0.001, 2.5, 0.7, 60.0, 0.7, 0.0, 9.99, 30.2, 0.05, 0.05, 1e4, 0.4,
    ];
    let mut stream = stream(6);
    let mut counts = vec![Vec::new(); means.len()];
    for _ in 0..DRAWS {
        counts.iter_mut().for_each(|counts| counts.push(0));
        let mut before = None;
        poisson_cells(means.iter().copied(), &mut stream, |cell, count| {
            assert!(before < Some(cell) && count > 0);
            before = Some(cell);
            *counts[cell].last_mut().expect("there is a repetition") = count;
        });
    }
    for (mean, counts) in means.iter().zip(&counts).filter(|(mean, _)| **mean > 0.0) {
        Law::poisson(*mean).assert_fits(counts);
    }
    assert!(counts[6].iter().all(|count| *count == 0));
    // Neighbours, and neighbours but one: their covariance, and how often both are empty.
    for (first, second) in (0..means.len()).flat_map(|cell| [(cell, cell + 1), (cell, cell + 2)]) {
        if second < means.len() && means[first].min(means[second]) > 0.01 {
            assert_independent(
                (means[first], &counts[first]),
                (means[second], &counts[second]),
            );
        }
    }
}

fn assert_independent((mean_a, a): (f64, &[u64]), (mean_b, b): (f64, &[u64])) {
    let total = a.len() as f64;
    let product = |(a, b): (&u64, &u64)| (*a as f64 - mean_a) * (*b as f64 - mean_b);
    let covariance = a.iter().zip(b).map(product).sum::<f64>() / total;
    let errors = covariance / libm::sqrt(mean_a * mean_b / total);
    assert!(
        errors.abs() < STANDARD_ERRORS,
        "{mean_a} beside {mean_b}: {errors:.1}"
    );
    let both_empty = libm::exp(-mean_a - mean_b);
    if both_empty * total > 100.0 {
        let seen = a
            .iter()
            .zip(b)
            .filter(|(a, b)| **a == 0 && **b == 0)
            .count() as f64;
        let errors =
            (seen - both_empty * total) / libm::sqrt(both_empty * (1.0 - both_empty) * total);
        assert!(
            errors.abs() < STANDARD_ERRORS,
            "{mean_a} beside {mean_b}: {errors:.1}"
        );
    }
}

#[test]
fn shares_add_up_and_each_is_binomial() {
    let doubles = [0.5, 0.0, 3.0, 1e-3, 0.25, 7.0, 1.5, 0.0];
    let integers = doubles.map(|weight| (weight * 1e3) as u128 * (1 << 100));
    let mut stream = stream(7);
    // 5 items draw their places; from 8 on the cells draw their shares.
    for n in [1, 5, 8, 40, 1_000, 1_000_000_000_000] {
        assert_shares(n, &doubles, &doubles, &mut stream);
        assert_shares(n, &integers, &doubles, &mut stream);
    }
    // With small integers, places meet the very ends of the cells.
    assert_shares(
        2,
        &[1u128, 0, 2, 1, 0, 2],
        &[1.0, 0.0, 2.0, 1.0, 0.0, 2.0],
        &mut stream,
    );
    multinomial(0, &doubles, &mut stream, |_, _| {
        panic!("there is nothing to share")
    });
    multinomial(0, &[0.0], &mut stream, |_, _| {
        panic!("there is nothing to share")
    });
}

fn assert_shares<W: kvlag::sim::draws::Weight>(
    n: u64,
    weights: &[W],
    doubles: &[f64],
    stream: &mut Stream,
) {
    let draws = 60_000;
    let mut counts = vec![Vec::new(); weights.len()];
    for _ in 0..draws {
        counts.iter_mut().for_each(|counts| counts.push(0));
        let (mut before, mut sum) = (None, 0);
        multinomial(n, weights, stream, |cell, count| {
            assert!(before < Some(cell) && count > 0);
            before = Some(cell);
            sum += count;
            *counts[cell].last_mut().expect("there is a repetition") = count;
        });
        assert_eq!(sum, n);
    }
    let total: f64 = doubles.iter().sum();
    for (weight, counts) in doubles.iter().zip(&counts) {
        let (p, expected) = (weight / total, n as f64 * weight / total);
        if *weight == 0.0 {
            assert!(counts.iter().all(|count| *count == 0));
        } else if n > 1_000_000 {
            assert_is_normal("share", counts, expected, expected * (1.0 - p));
        } else {
            Law::binomial(n, p).assert_fits(counts);
        }
    }
    // What one takes the other cannot have: the covariance of two shares is −n p q.
    let (p, q) = (doubles[2] / total, doubles[5] / total);
    let both: Vec<u64> = counts[2]
        .iter()
        .zip(&counts[5])
        .map(|(a, b)| a + b)
        .collect();
    let expected = n as f64 * (p + q);
    if n > 1_000_000 {
        assert_is_normal("two shares", &both, expected, expected * (1.0 - p - q));
    } else {
        Law::binomial(n, p + q).assert_fits(&both);
    }
}

/// What these streams gave when they were written down: on every machine the same.
#[test]
fn draws_are_the_same_on_every_machine() {
    let mut stream = stream(8);
    let mut sum = 0u64;
    let mut add = |count: u64| sum = sum.wrapping_mul(31).wrapping_add(count);
    for _ in 0..1_000 {
        let mean = libm::exp10(12.0 * stream.random::<f64>() - 3.0);
        add(poisson(mean, &mut stream));
        add(binomial(mean as u64 + 50, stream.random(), &mut stream));
        add(exponential(&mut stream).to_bits());
    }
    multinomial(1_000, &[1u128, 2, 3], &mut stream, |_, count| add(count));
    poisson_cells([0.1, 3.0, 70.0].into_iter(), &mut stream, |_, count| {
        add(count)
    });
    assert_eq!(sum, 17_637_048_061_161_025_510);
}
