//! What follows from how a delay was asked for: its mean, its median and its 99th percentile.

use super::keyspace::lognormal_sigma;
use super::{Delay, Distribution};
use crate::units::Duration;

impl Delay {
    /// The mean over messages, in seconds.
    pub fn mean_s(&self) -> f64 {
        let drawn = match self.random {
            None => 0.0,
            Some(Distribution::Constant(value)) => value.as_secs_f64(),
            Some(Distribution::Exponential { mean }) => mean.as_secs_f64(),
            Some(Distribution::Uniform { min, max }) => {
                (min.as_secs_f64() + max.as_secs_f64()) / 2.0
            }
            Some(Distribution::Lognormal { p50, p99 }) => {
                let (p50, p99) = (p50.as_secs_f64(), p99.as_secs_f64());
                let sigma = lognormal_sigma(p50, p99);
                p50 * libm::exp(sigma * sigma / 2.0)
            }
        };
        self.constant.as_secs_f64() + drawn
    }

    /// What half of the messages, and what 99 in 100, do not exceed.
    pub fn p50_and_p99(&self) -> (Duration, Duration) {
        let (p50, p99) = match self.random {
            None => (Duration::ZERO, Duration::ZERO),
            Some(Distribution::Constant(value)) => (value, value),
            Some(Distribution::Lognormal { p50, p99 }) => (p50, p99),
            Some(Distribution::Exponential { mean }) => {
                let at = |q: f64| Duration::from_secs_f64(-mean.as_secs_f64() * libm::log1p(-q));
                (at(0.5), at(0.99))
            }
            Some(Distribution::Uniform { min, max }) => {
                let width = (max - min).as_secs_f64();
                let at = |q: f64| min + Duration::from_secs_f64(width * q);
                (at(0.5), at(0.99))
            }
        };
        (self.constant + p50, self.constant + p99)
    }
}
