//! Draws from the distributions of delays and sizes.

use super::draws::{exponential, normal};
use super::random::Stream;
use crate::scenario::keyspace::lognormal_sigma;
use crate::scenario::{Delay, Distribution};
use crate::units::{Duration, Size};
use rand::RngExt;

/// What no drawn delay exceeds.
const LONGEST_DELAY: Duration = Duration::from_secs(366 * 86_400);

/// A distribution ready to be drawn from, in the quantity's base unit (nanoseconds or bytes).
#[derive(Clone, Copy, Debug)]
enum Sampler {
    Constant(f64),
    /// The exponential of a normal variable.
    Lognormal {
        mean_of_log: f64,
        sigma: f64,
    },
    Exponential {
        mean: f64,
    },
    Uniform {
        min: f64,
        width: f64,
    },
}

impl Sampler {
    fn new<T: Copy>(distribution: &Distribution<T>, value: impl Fn(T) -> f64) -> Self {
        match *distribution {
            Distribution::Constant(constant) => Sampler::Constant(value(constant)),
            Distribution::Lognormal { p50, p99 } => Sampler::Lognormal {
                mean_of_log: libm::log(value(p50)),
                sigma: lognormal_sigma(value(p50), value(p99)),
            },
            Distribution::Exponential { mean } => Sampler::Exponential { mean: value(mean) },
            Distribution::Uniform { min, max } => Sampler::Uniform {
                min: value(min),
                width: value(max) - value(min),
            },
        }
    }

    fn sample(&self, stream: &mut Stream) -> f64 {
        match *self {
            Sampler::Constant(value) => value,
            Sampler::Lognormal { mean_of_log, sigma } => {
                libm::exp(mean_of_log + sigma * normal(stream))
            }
            Sampler::Exponential { mean } => mean * exponential(stream),
            Sampler::Uniform { min, width } => min + width * stream.random::<f64>(),
        }
    }

    fn mean(&self) -> f64 {
        match *self {
            Sampler::Constant(value) => value,
            Sampler::Lognormal { mean_of_log, sigma } => {
                libm::exp(mean_of_log + sigma * sigma / 2.0)
            }
            Sampler::Exponential { mean } => mean,
            Sampler::Uniform { min, width } => min + width / 2.0,
        }
    }

    /// The least and, where there is one, the greatest value that can be drawn.
    fn range(&self) -> (f64, Option<f64>) {
        match *self {
            Sampler::Constant(value) => (value, Some(value)),
            Sampler::Lognormal { .. } | Sampler::Exponential { .. } => (0.0, None),
            Sampler::Uniform { min, width } => (min, Some(min + width)),
        }
    }
}

/// A delay ready to be drawn from.
#[derive(Clone, Copy, Debug)]
pub struct DelaySampler {
    constant: Duration,
    random: Option<Sampler>,
}

impl DelaySampler {
    /// Prepares a length of time that is the same or drawn.
    pub fn of(time: &Distribution<Duration>) -> Self {
        DelaySampler::new(&match *time {
            Distribution::Constant(constant) => Delay {
                constant,
                random: None,
            },
            random => Delay {
                constant: Duration::ZERO,
                random: Some(random),
            },
        })
    }

    /// Prepares a delay.
    pub fn new(delay: &Delay) -> Self {
        let random = delay
            .random
            .as_ref()
            .map(|random| Sampler::new(random, |d: Duration| d.0 as f64));
        DelaySampler {
            constant: delay.constant,
            random,
        }
    }

    /// One message's delay.
    pub fn sample(&self, stream: &mut Stream) -> Duration {
        match &self.random {
            None => self.constant,
            Some(random) => {
                // The tail of a log-normal distribution has no end, but simulated time has one.
                let drawn = random.sample(stream).min(LONGEST_DELAY.0 as f64);
                self.constant + Duration(drawn.round() as i64)
            }
        }
    }

    /// The delay of every message, if it is the same.
    #[inline]
    pub fn constant(&self) -> Option<Duration> {
        self.random.is_none().then_some(self.constant)
    }

    /// The mean over messages.
    pub fn mean(&self) -> Duration {
        self.constant + Duration(self.random.map_or(0.0, |random| random.mean()).round() as i64)
    }

    /// What no message can be faster than.
    pub fn least(&self) -> Duration {
        self.constant + Duration(self.random.map_or(0.0, |random| random.range().0) as i64)
    }

    /// What no message can be slower than, where there is such a bound.
    pub fn greatest(&self) -> Option<Duration> {
        match &self.random {
            None => Some(self.constant),
            Some(random) => Some(self.constant + Duration(random.range().1?.ceil() as i64)),
        }
    }
}

/// The size of a value ready to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct SizeSampler(Sampler);

impl SizeSampler {
    /// Prepares a size.
    pub fn new(size: &Distribution<Size>) -> Self {
        SizeSampler(Sampler::new(size, |s: Size| s.0 as f64))
    }

    /// One value's size.
    pub fn sample(&self, stream: &mut Stream) -> Size {
        Size(self.0.sample(stream).round() as u64)
    }
}
