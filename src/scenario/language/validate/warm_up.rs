//! How long to simulate before measuring.

use super::{Checker, bounds};
use crate::scenario::keyspace::lognormal_sigma;
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::File;
use crate::scenario::{CacheStart, Delay, Distribution, OwnWrites, Scenario, TierAge};
use crate::units::Duration;

/// The warm-up the file gives, or the longest that a copy of the past can matter.
pub fn warm_up(file: &File, scenario: &Scenario, checker: &mut Checker<'_>) -> Duration {
    let Some(warm_up) = &file.warm_up else {
        return default(scenario);
    };
    checker.at_most("warm-up", warm_up, bounds::SPAN_MAX);
    if warm_up.value <= bounds::SPAN_MAX
        && scenario.duration <= bounds::SPAN_MAX
        && warm_up.value + scenario.duration > bounds::SPAN_MAX
    {
        let title = format!(
            "warm-up and duration together are beyond {}",
            bounds::SPAN_MAX
        );
        checker.mistake(Diagnostic::new(Code::OutOfRange, title).at(&warm_up.span, ""));
    }
    warm_up.value
}

/// The longest TTL plus a round trip, in whole seconds: then versions have a past as old as any copy.
fn default(scenario: &Scenario) -> Duration {
    match scenario.cache.start {
        CacheStart::Cold => Duration::ZERO,
        CacheStart::RandomAge => {
            let round_trip = longest_round_trip_s(scenario);
            let seconds = longest_ttl(scenario).as_secs_f64() + round_trip;
            Duration::from_secs(seconds.ceil() as i64)
        }
    }
}

/// The longest that a PoP may serve a copy.
pub fn longest_ttl(scenario: &Scenario) -> Duration {
    let longest = scenario.longest_cache_ttl_anywhere();
    let leaves_copies = scenario
        .pops
        .iter()
        .any(|pop| pop.own_writes == OwnWrites::Visible)
        && scenario.has_writes();
    let longest = if leaves_copies {
        longest.max(crate::scenario::DEFAULT_CACHE_TTL)
    } else {
        longest
    };
    let restarted = scenario
        .tiers
        .iter()
        .filter(|tier| tier.age == TierAge::Restarted);
    restarted.fold(longest, |sum, tier| {
        // Each restart adds its own; the sum is bounded, for no simulation is longer than that.
        (sum + tier.keep).min(bounds::SPAN_MAX)
    })
}

/// The longest mean time from a PoP to the store and back.
fn longest_round_trip_s(scenario: &Scenario) -> f64 {
    let ways = scenario.pops.iter().map(|pop| {
        pop.path
            .iter()
            .map(|hop| delay_s(&hop.link.up) + delay_s(&hop.link.down))
            .sum::<f64>()
    });
    ways.fold(0.0, f64::max) + scenario.store.service_time.as_secs_f64()
}

fn delay_s(delay: &Delay) -> f64 {
    delay.constant.as_secs_f64() + delay.random.as_ref().map_or(0.0, mean_s)
}

/// The mean of a length of time, in seconds.
pub fn mean_s(distribution: &Distribution<Duration>) -> f64 {
    let mean = match distribution {
        Distribution::Constant(always) => always.as_secs_f64(),
        Distribution::Lognormal { p50, p99 } => {
            let sigma = lognormal_sigma(p50.as_secs_f64(), p99.as_secs_f64());
            p50.as_secs_f64() * libm::exp(sigma * sigma / 2.0)
        }
        Distribution::Exponential { mean } => mean.as_secs_f64(),
        Distribution::Uniform { min, max } => (min.as_secs_f64() + max.as_secs_f64()) / 2.0,
    };
    // A distribution that is a mistake has no mean; the mistake is already noted.
    if mean.is_finite() { mean } else { 0.0 }
}
