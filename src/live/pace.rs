//! The pace of simulated time against the wall clock: how fast it goes, and whether it stands still.

use crate::scenario::bounds;
use crate::units::{Duration, Time};
use std::ops::RangeInclusive;
use std::time::Instant;

/// Nanoseconds in a second.
const S: f64 = 1e9;

/// Time comes so far and stands still: the longest duration of a scenario, but for what is asked at its very end.
pub const LAST: Time = Time(bounds::SPAN_MAX.0 - 86_400_000_000_000);

/// At what speeds simulated time may go: from a second in a quarter of an hour to a day in a second and a half.
pub const SPEEDS: RangeInclusive<f64> = 0.001..=60_000.0;

/// How simulated time follows the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Simulated seconds to a second; zero where time stands still.
    speed: f64,
    /// The speed at which it goes on.
    kept: f64,
    /// At this instant of the wall clock …
    wall: Instant,
    /// … it was this time.
    time: Time,
}

impl Pace {
    /// Time 0 is now.
    pub fn starting(wall: Instant, speed: f64) -> Self {
        Pace {
            speed,
            kept: speed,
            wall,
            time: Time(0),
        }
    }

    /// The simulated time at an instant of the wall clock.
    pub fn time(&self, wall: Instant) -> Time {
        let passed = wall.saturating_duration_since(self.wall);
        let passed = (passed.as_nanos() as f64 * self.speed) as i64;
        Time(self.time.0.saturating_add(passed)).min(LAST)
    }

    /// How long after `wall` it will be `time`; `None` where time stands still. Nothing if it is already.
    pub fn until(&self, time: Time, wall: Instant) -> Option<std::time::Duration> {
        if self.speed == 0.0 {
            return None;
        }
        let rest = (time - self.time(wall)).0.max(0) as f64 / self.speed;
        // Rounded up: a wait that ends too early would be followed by another at once.
        Some(std::time::Duration::from_nanos(rest.ceil() as u64))
    }

    /// Simulated seconds to a second when time does not stand still.
    pub fn speed_going(&self) -> f64 {
        self.kept
    }

    /// Whether time stands still.
    pub fn is_paused(&self) -> bool {
        self.speed == 0.0
    }

    /// From now on time goes at another speed; it stands still on if it does.
    pub fn set_speed(&mut self, speed: f64, wall: Instant) {
        self.settle(wall);
        self.kept = speed;
        if self.speed > 0.0 {
            self.speed = speed;
        }
    }

    /// Time stands still.
    pub fn pause(&mut self, wall: Instant) {
        self.settle(wall);
        self.speed = 0.0;
    }

    /// Time goes on.
    pub fn resume(&mut self, wall: Instant) {
        self.settle(wall);
        self.speed = self.kept;
    }

    /// So much time passes at once.
    pub fn step(&mut self, by: Duration, wall: Instant) {
        self.settle(wall);
        self.time = (self.time + by).min(LAST);
    }

    fn settle(&mut self, wall: Instant) {
        self.time = self.time(wall);
        self.wall = wall;
    }

    /// How long it takes on the wall clock until so much simulated time has passed, in seconds.
    pub fn wall_s(&self, time: Duration) -> f64 {
        time.0 as f64 / S / self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_has_an_end_at_which_it_stands_still() {
        let start = Instant::now();
        let mut pace = Pace::starting(start, 60_000.0);
        for _ in 0..3 {
            pace.step(bounds::SPAN_MAX, start);
            assert_eq!(pace.time(start), LAST);
        }
        let later = start + std::time::Duration::from_secs(1 << 30);
        assert_eq!(pace.time(later), LAST);
    }

    #[test]
    fn time_follows_the_wall_clock_at_its_speed_and_stands_still_when_told() {
        let start = Instant::now();
        let at = |seconds: u64| start + std::time::Duration::from_secs(seconds);
        let mut pace = Pace::starting(start, 10.0);
        assert_eq!(pace.time(at(2)), Time(20_000_000_000));
        pace.pause(at(2));
        assert_eq!(pace.time(at(9)), Time(20_000_000_000));
        assert_eq!(pace.until(Time(21_000_000_000), at(9)), None);
        pace.step(Duration::from_secs(5), at(9));
        pace.set_speed(2.0, at(9));
        assert_eq!(
            pace.time(at(20)),
            Time(25_000_000_000),
            "it still stands still"
        );
        pace.resume(at(20));
        assert_eq!(pace.time(at(21)), Time(27_000_000_000));
        let rest = pace.until(Time(28_000_000_000), at(21));
        assert_eq!(rest, Some(std::time::Duration::from_millis(500)));
        assert_eq!(pace.until(Time(0), at(21)), Some(std::time::Duration::ZERO));
    }
}
