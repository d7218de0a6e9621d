//! When open operations arrive.
//!
//! Every arrival process is anchored at time 0: one stream draws the gaps after it, another the gaps before
//! it. So the arrivals of the measured time do not depend on how long the warm-up is, and a longer `cache-ttl`
//! (which asks for a longer warm-up) leaves every arrival where it was.
//!
//! A daily curve bends time, not the law: arrivals are drawn at rate 1 in *operational time* and mapped back
//! through the inverse of the cumulative rate (E. Çinlar, *Introduction to Stochastic Processes*, 1975,
//! section 4.7). A Poisson process so becomes a non-homogeneous one, exactly.

use super::draws::exponential;
use super::random::{Seed, Stream};
use super::store::NEVER;
use crate::scenario::{Arrivals, Daily, Place};
use crate::units::{Duration, Time, TimeOfDay};
use rand::RngExt;
use std::f64::consts::TAU;

/// The arrivals of one operation of one workload at one PoP on one key.
#[derive(Debug)]
pub struct ArrivalProcess {
    law: Arrivals,
    curve: RateCurve,
    /// Draws the gaps after time 0.
    stream: Stream,
    /// Operational time of the last arrival after time 0; 0 before the first.
    position: f64,
    /// The gap to the first arrival after time 0, where it is no whole gap of the law.
    first_gap: Option<f64>,
    /// Added to every arrival. A period of whole nanoseconds so stays exactly that for years, and a read may
    /// count on meeting the very end of a copy; as a part of `position` the phase would be lost bit by bit.
    phase: Duration,
    /// The last arrival after time 0; 0 before the first.
    latest: Time,
    /// Arrivals before time 0 that are still to come, a range of the cell's list, latest first.
    past: std::ops::Range<usize>,
}

/// A rate as a whole number, so that sums of rates, and of rates times times, are exact and do not depend on
/// their order: in arrivals per nanosecond times 2^72. A read in 300 years is told to three digits, and the most
/// reads that a scenario may expect (`READS_MAX`, 2^50) stay far below 2^128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixedRate(pub u128);

impl FixedRate {
    /// What one arrival per nanosecond is.
    pub const ONE: f64 = (1u128 << 72) as f64;

    /// From arrivals per nanosecond.
    #[inline]
    pub fn per_ns(rate: f64) -> Self {
        FixedRate((rate * Self::ONE) as u128)
    }
}

/// A rate that is the same at all times, in the forms in which it is needed.
#[derive(Clone, Copy, Debug)]
pub struct SteadyRate {
    /// Mean gap in nanoseconds.
    pub gap_ns: f64,
    /// Arrivals per nanosecond.
    pub per_ns: f64,
    /// Likewise, for sums.
    pub fixed: FixedRate,
}

impl SteadyRate {
    /// From arrivals per second. A period of whole nanoseconds must come out as that.
    #[inline]
    pub fn per_s(rate: f64) -> Self {
        SteadyRate {
            gap_ns: 1e9 / rate,
            per_ns: rate / 1e9,
            fixed: FixedRate::per_ns(rate / 1e9),
        }
    }

    /// The first arrival of a Poisson process at or after `time`, whatever came before: it has no memory.
    #[inline(always)]
    pub fn next_after(&self, time: Time, stream: &mut Stream) -> Time {
        later(time, exponential(stream) * self.gap_ns)
    }
}

/// From operational time, in which arrivals have rate 1, to simulated time.
#[derive(Clone, Copy, Debug)]
pub enum RateCurve {
    /// The same rate at all times.
    Steady(SteadyRate),
    /// A rate that follows the sun.
    Daily {
        /// Mean gap in nanoseconds, over a day.
        gap_ns: f64,
        /// How far the rate swings about its mean, as a part of it.
        swing: f64,
        /// Angle of the day at time 0; 0 is the peak.
        angle: f64,
    },
}

const DAY_NS: f64 = 86_400e9;
const RADIANS_PER_NS: f64 = TAU / DAY_NS;

impl RateCurve {
    /// The curve of a rate that is the same at all times.
    pub fn steady(rate_per_s: f64) -> Self {
        RateCurve::Steady(SteadyRate::per_s(rate_per_s))
    }

    /// The curve of a rate that peaks at a solar time of the place; a PoP without a place keeps UTC.
    pub fn daily(
        rate_per_s: f64,
        daily: &Daily,
        place: Option<Place>,
        starts_at: TimeOfDay,
    ) -> Self {
        let day = |time: TimeOfDay| f64::from(time.minutes) / 1440.0;
        let longitude = place.map_or(0.0, |place| place.longitude / 360.0);
        let turns = day(starts_at) + longitude - day(daily.peak);
        RateCurve::Daily {
            gap_ns: 1e9 / rate_per_s,
            swing: daily.swing.0,
            angle: TAU * turns,
        }
    }

    /// The rate at an instant, per second.
    pub fn rate_at(&self, time: Time) -> f64 {
        match *self {
            RateCurve::Steady(rate) => rate.per_ns * 1e9,
            RateCurve::Daily {
                gap_ns,
                swing,
                angle,
            } => {
                let cosine = libm::cos(angle + RADIANS_PER_NS * time.0 as f64);
                1e9 / gap_ns * (1.0 + swing * cosine)
            }
        }
    }

    /// The least and the greatest rate from one instant to another, in arrivals per nanosecond.
    pub fn range_per_ns(&self, from: Time, until: Time) -> (f64, f64) {
        match *self {
            RateCurve::Steady(rate) => (rate.per_ns, rate.per_ns),
            RateCurve::Daily {
                gap_ns,
                swing,
                angle,
            } => {
                let turns = |time: Time| (angle + RADIANS_PER_NS * time.0 as f64) / TAU;
                let (first, last) = (turns(from), turns(until));
                let ends = [first, last].map(|turns| libm::cos(turns * TAU));
                // The peak is at whole turns, the trough half a turn later.
                let contains = |turn: f64| libm::floor(last - turn) > libm::floor(first - turn);
                let least = if contains(0.5) {
                    -1.0
                } else {
                    ends[0].min(ends[1])
                };
                let greatest = if contains(0.0) {
                    1.0
                } else {
                    ends[0].max(ends[1])
                };
                let rate = |cosine: f64| (1.0 + swing * cosine).max(0.0) / gap_ns;
                (rate(least), rate(greatest))
            }
        }
    }

    /// The first arrival of a Poisson process at or after `time`, whatever came before: it has no memory.
    ///
    /// A rate that changes is met by thinning (P. Lewis, G. Shedler, *Simulation of nonhomogeneous Poisson
    /// processes by thinning*, Naval Research Logistics 26, 1979): candidates at the peak's rate are kept with
    /// the probability of the present rate over the peak's.
    #[inline(always)]
    pub fn next_after(&self, time: Time, stream: &mut Stream) -> Time {
        match *self {
            RateCurve::Steady(rate) => rate.next_after(time, stream),
            RateCurve::Daily { gap_ns, swing, .. } => {
                self.next_by_thinning(time, gap_ns, swing, stream)
            }
        }
    }

    #[cold]
    fn next_by_thinning(
        &self,
        mut time: Time,
        gap_ns: f64,
        swing: f64,
        stream: &mut Stream,
    ) -> Time {
        let peak_gap_ns = gap_ns / (1.0 + swing);
        loop {
            time = later(time, exponential(stream) * peak_gap_ns);
            let keeps: f64 = stream.random();
            if time == NEVER || keeps * (1.0 + swing) * 1e9 / gap_ns < self.rate_at(time) {
                return time;
            }
        }
    }

    /// The mean gap over a day.
    fn mean_gap_ns(&self) -> f64 {
        match *self {
            RateCurve::Steady(rate) => rate.gap_ns,
            RateCurve::Daily { gap_ns, .. } => gap_ns,
        }
    }

    /// The instant at which so much operational time has passed since time 0.
    fn time_of(&self, operational: f64) -> Time {
        match *self {
            // Cut, not rounded, to whole nanoseconds: nobody can tell, and it is a single instruction.
            RateCurve::Steady(rate) => Time((operational * rate.gap_ns) as i64),
            RateCurve::Daily {
                gap_ns,
                swing,
                angle,
            } => Time(invert(operational * gap_ns, swing, angle) as i64),
        }
    }
}

/// The time t in nanoseconds at which t + swing/ω (sin(ωt + angle) − sin(angle)) = `target`: Newton's method,
/// kept within a bracket because the derivative can vanish at the bottom of a full swing.
fn invert(target: f64, swing: f64, angle: f64) -> f64 {
    let reach = 2.0 * swing / RADIANS_PER_NS;
    let (mut low, mut high) = (target - reach, target + reach);
    let mut time = target;
    for _ in 0..100 {
        let phase = angle + RADIANS_PER_NS * time;
        let excess = time + swing / RADIANS_PER_NS * (libm::sin(phase) - libm::sin(angle)) - target;
        if excess.abs() < 0.25 || high - low < 0.25 {
            break;
        }
        if excess > 0.0 {
            high = time;
        } else {
            low = time;
        }
        let newton = time - excess / (1.0 + swing * libm::cos(phase));
        time = if newton > low && newton < high {
            newton
        } else {
            (low + high) / 2.0
        };
    }
    time
}

/// Whether a Poisson process has no arrival from `start` (at most 0) until `until`: true of most that share the
/// rate of a key, and asked in less time than it takes to make the process.
#[inline]
pub fn is_quiet(curve: &RateCurve, seed: Seed, start: Time, until: Time) -> bool {
    let first_gap = |seed: Seed| exponential(&mut seed.stream());
    let has_past = |seed: Seed| curve.time_of(-first_gap(seed)) >= start;
    curve.time_of(first_gap(seed)) >= until && (start >= Time(0) || !has_past(seed.child(1)))
}

impl ArrivalProcess {
    /// A process from `start` (at most 0) on; its arrivals before time 0 are appended to `past`.
    pub fn new(
        law: Arrivals,
        curve: RateCurve,
        seed: Seed,
        start: Time,
        past: &mut Vec<Time>,
    ) -> Self {
        let mut stream = seed.stream();
        let mut phase = Duration::ZERO;
        let (first_gap, first_back) = match law {
            // The exponential law has no memory: whole gaps on both sides.
            Arrivals::Poisson => (None, None),
            Arrivals::Periodic => {
                let part: f64 = stream.random();
                match curve {
                    RateCurve::Steady(_) => {
                        phase = curve.time_of(part) - Time(0);
                        (Some(0.0), Some(1.0))
                    }
                    RateCurve::Daily { .. } => (Some(part), Some(1.0 - part)),
                }
            }
            Arrivals::Erlang(stages) => {
                // Time 0 falls into any stage of a gap alike; the stage itself is cut where it has no memory.
                let stage = stream.random_range(1..=stages);
                let back: f64 = (0..stage).map(|_| exponential(&mut stream)).sum();
                let ahead: f64 = (stage..=stages).map(|_| exponential(&mut stream)).sum();
                (
                    Some(ahead / f64::from(stages)),
                    Some(back / f64::from(stages)),
                )
            }
        };
        let first = past.len();
        if start < Time(0) {
            let mut back_stream = seed.child(1).stream();
            let mut back = first_back.unwrap_or_else(|| exponential(&mut back_stream));
            loop {
                let latest = past
                    .get(first..)
                    .and_then(<[Time]>::last)
                    .copied()
                    .unwrap_or(Time(0));
                let time = saturating_sum(curve.time_of(-back), phase).min(latest);
                if time < start || back * curve.mean_gap_ns() >= MOST_NS {
                    break;
                }
                past.push(time);
                back += gap(law, &mut back_stream);
            }
        }
        ArrivalProcess {
            law,
            curve,
            stream,
            position: 0.0,
            first_gap,
            phase,
            latest: Time(0),
            past: first..past.len(),
        }
    }

    /// The next arrival.
    #[inline]
    pub fn next(&mut self, past: &[Time]) -> Time {
        if !self.past.is_empty() {
            self.past.end -= 1;
            return past[self.past.end];
        }
        self.position += match self.first_gap.take() {
            Some(first_gap) => first_gap,
            None => gap(self.law, &mut self.stream),
        };
        // A bent curve is inverted to a fraction of a nanosecond: two arrivals may swap, time may not.
        let time = saturating_sum(self.curve.time_of(self.position), self.phase);
        self.latest = self.latest.max(time);
        self.latest
    }
}

/// Beyond so many nanoseconds nothing arrives, and nothing has: half of what a time can tell, 146 years.
const MOST_NS: f64 = (i64::MAX / 2) as f64;

/// An instant moved by a phase; never, if time does not go so far.
fn saturating_sum(time: Time, phase: Duration) -> Time {
    Time(time.0.saturating_add(phase.0))
}

/// So many nanoseconds later, or never. Rounded, not cut: what is lost of one gap would be lost of all that
/// follow.
#[inline]
fn later(time: Time, gap_ns: f64) -> Time {
    Time(time.0.saturating_add((gap_ns + 0.5) as i64))
}

/// A gap of mean 1.
#[inline]
fn gap(law: Arrivals, stream: &mut Stream) -> f64 {
    match law {
        Arrivals::Poisson => exponential(stream),
        Arrivals::Periodic => 1.0,
        Arrivals::Erlang(stages) => {
            (0..stages).map(|_| exponential(stream)).sum::<f64>() / f64::from(stages)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_beyond_all_time_has_one_arrival_at_the_most_and_an_end() {
        for seed in 0..200 {
            let curve = RateCurve::steady(1e-11);
            let start = Time(-3_600_000_000_000);
            let mut past = Vec::new();
            let name = Seed::of_run(seed);
            let mut arrivals =
                ArrivalProcess::new(Arrivals::Periodic, curve, name, start, &mut past);
            let first = arrivals.next(&past);
            assert!(first >= start);
            assert_eq!(arrivals.next(&past), NEVER);
        }
    }

    #[test]
    fn gaps_of_a_few_nanoseconds_are_as_long_as_they_should_be() {
        let rate = SteadyRate::per_s(1e8);
        let mut stream = Seed::of_run(1).stream();
        let count = 1_000_000;
        let last = (0..count).fold(Time(0), |time, _| rate.next_after(time, &mut stream));
        // The sum of a million gaps of 10 ns has a standard deviation of 10 µs; rounding adds 4 µs.
        assert!((last - Time(10_000_000)).0.abs() < 50_000, "{last:?}");
    }
}
