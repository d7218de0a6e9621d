//! What a random count costs: `cargo bench --bench draws`.
//!
//! Nanoseconds a draw, the least of a few repetitions, set-up included since each mean is used once; beside them
//! what the `rand_distr` crate takes for the same.

use kvlag::sim::draws::{binomial, exponential, multinomial, poisson, poisson_cells};
use kvlag::sim::random::{Seed, Stream};
use rand::RngExt;
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Binomial, Exp1, Poisson, Zipf};
use std::hint::black_box;
use std::time::Instant;

const REPETITIONS: usize = 5;
const CALLS: usize = 1_000_000;

fn main() {
    println!("ns per draw, the least of {REPETITIONS} repetitions\n");
    println!("{:34} {:>9} {:>12}", "", "own", "rand_distr");
    row(
        "exponential",
        time(1, CALLS, exponential),
        Some(time(1, CALLS, |stream| stream.sample::<f64, _>(Exp1))),
    );
    poisson_rows();
    binomial_rows();
    cell_rows();
    multinomial_rows();
    key_rows();
}

fn row(what: &str, own: f64, library: Option<f64>) {
    let library = library.map_or(String::new(), |library| format!("{library:12.1}"));
    println!("{what:34} {own:9.1} {library}");
}

/// Nanoseconds for each of the `parts` that a call does.
fn time<T>(parts: usize, calls: usize, mut draw: impl FnMut(&mut Stream) -> T) -> f64 {
    let mut least = f64::INFINITY;
    for repetition in 0..REPETITIONS {
        let mut stream = Seed::of_run(repetition as u64).stream();
        let started = Instant::now();
        for _ in 0..calls {
            black_box(draw(&mut stream));
        }
        least = least.min(started.elapsed().as_secs_f64());
    }
    least * 1e9 / (calls * parts) as f64
}

fn poisson_rows() {
    println!();
    for mean in [
        1e-9, 1e-3, 0.1, 0.5, 0.9, 1.1, 2.0, 5.0, 9.9, 10.1, 11.9, 12.1, 30.0, 1e3, 1e6, 1e9, 1e12,
    ] {
        let own = time(1, CALLS, |stream| poisson(black_box(mean), stream));
        let library = time(1, CALLS, |stream| {
            let law = Poisson::new(black_box(mean)).expect("the mean is valid");
            let count: f64 = stream.sample(law);
            count as u64
        });
        row(&format!("Poisson, mean {mean}"), own, Some(library));
    }
}

fn binomial_rows() {
    println!();
    for (n, p) in [
        (1, 0.5),
        (10, 0.1),
        (10, 0.9),
        (100, 0.05),
        (100, 0.5),
        (1_000, 1e-6),
        (1_000, 0.0099),
        (1_000, 0.0101),
        (10_000, 0.3),
        (1_000_000, 0.7),
        (1_000_000_000, 1e-9),
        (1_000_000_000_000, 1e-11),
        (1_000_000_000_000, 0.4),
    ] {
        let own = time(1, CALLS, |stream| binomial(black_box(n), p, stream));
        let library = time(1, CALLS, |stream| {
            stream.sample(Binomial::new(black_box(n), p).expect("p is a probability"))
        });
        row(&format!("binomial, n {n}, p {p}"), own, Some(library));
    }
}

/// Many cells: each for itself against the walk.
fn cell_rows() {
    println!("\nper cell of 10,000; beside it rand_distr cell by cell");
    let mut stream = Seed::of_run(1).stream();
    let mut means_between = |low: f64, high: f64| -> Vec<f64> {
        let draw = |_| low * libm::pow(high / low, stream.random::<f64>());
        (0..10_000).map(draw).collect()
    };
    for (low, high) in [
        (1e-6, 1e-3),
        (1e-3, 1.0),
        (1e-3, 30.0),
        (1.0, 5.0),
        (5.0, 10.0),
        (10.0, 30.0),
    ] {
        let means = means_between(low, high);
        let walk = time(means.len(), CALLS / means.len(), |stream| {
            let mut sum = 0;
            poisson_cells(means.iter().copied(), stream, |cell, count| {
                sum += cell as u64 ^ count;
            });
            sum
        });
        let each = time(means.len(), CALLS / means.len(), |stream| {
            means.iter().map(|mean| poisson(*mean, stream)).sum::<u64>()
        });
        let library = time(means.len(), CALLS / means.len(), |stream| {
            let count = |mean: &f64| -> f64 {
                stream.sample(Poisson::new(*mean).expect("the mean is valid"))
            };
            means.iter().map(count).sum::<f64>()
        });
        row(
            &format!("cells with means {low} to {high}"),
            walk,
            Some(library),
        );
        row("  each drawn for itself", each, None);
    }
}

fn multinomial_rows() {
    println!("\nper call");
    for (n, cells) in [
        (1, 10),
        (10, 10),
        (1_000, 10),
        (10, 1_000),
        (300, 1_000),
        (1_000, 1_000),
        (3_000, 1_000),
        (10_000, 1_000),
        (1_000_000_000_000, 1_000),
    ] {
        let weights: Vec<u128> = (1..=cells).map(|cell| cell * 1_000_000_007).collect();
        let doubles: Vec<f64> = weights.iter().map(|weight| *weight as f64).collect();
        let mut thrown = 0;
        let integers = time(1, 10_000, |stream| {
            multinomial(n, &weights, stream, |_, count| thrown += count);
        });
        let floats = time(1, 10_000, |stream| {
            multinomial(n, &doubles, stream, |_, count| thrown ^= count);
        });
        black_box(thrown);
        row(&format!("{n} items, {cells} cells, u128"), integers, None);
        row(&format!("{n} items, {cells} cells, f64"), floats, None);
    }
}

/// What it costs to draw the key of each read, which kvlag does not do: rates are split by key.
fn key_rows() {
    println!("\none key of 10,000 by Zipf's law, 0.99, prepared once");
    let zipf = Zipf::new(10_000.0, 0.99).expect("the law is valid");
    let rejection = time(1, CALLS, |stream| stream.sample(zipf));
    let shares: Vec<f64> = (1..=10_000u32)
        .map(|rank| libm::pow(f64::from(rank), -0.99))
        .collect();
    let alias = WeightedAliasIndex::new(shares).expect("the weights are valid");
    let table = time(1, CALLS, |stream| stream.sample(&alias));
    println!("rand_distr: Zipf {rejection:.1}, WeightedAliasIndex {table:.1}");
}
