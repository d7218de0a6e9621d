//! Counts drawn at random: how many reads fall into an interval of which only the expected number is known.
//!
//! Each mean is used for a single draw, so nothing is prepared for it: a draw costs a few to 70 ns whatever the
//! mean (`cargo bench --bench draws`). All are exact but for the last digits of a double. They give the same bits
//! on every machine because they take their functions from `libm`; the samplers of the `rand_distr` crate take
//! the platform's as soon as any crate of the program asks `num-traits` for `std`.
//!
//! Large means and numbers of trials are drawn by transformed rejection (W. Hörmann, *The transformed rejection
//! method for generating Poisson random variables*, Insurance: Mathematics and Economics 12, 1993; *The
//! generation of binomial random variates*, Journal of Statistical Computation and Simulation 46, 1993); its
//! tests need logarithms of probabilities, and get them by the saddle-point expansion of C. Loader (*Fast and
//! accurate computation of binomial probabilities*, 2000), in which nothing large cancels.

mod alias;
mod binomial;
mod exponential;
mod multinomial;
mod normal;
mod poisson;
mod saddle_point;

pub use binomial::binomial;
pub use exponential::exponential;
pub use multinomial::{Weight, multinomial};
pub use normal::normal;
pub use poisson::{poisson, poisson_cells};

/// The most that can be counted: up to here, a double tells each number from the next.
pub const MOST: u64 = 1 << 53;
