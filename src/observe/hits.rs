//! Hits that are counted: their exposure to what is measured.
//!
//! What hits of one span on one copy see follows from when they start: fresh until the commit that superseded
//! the copy, from then on stale by the time since, lagging one version, then two. So the span is cut there and
//! its pieces are added to exposures. Where a piece fills only a part of a bucket of staleness, within which
//! hits must be anywhere alike, and where the rate is above the least of the span, the hits are drawn one by
//! one and measured like reads that were simulated: a Poisson process is the sum of the processes of its parts.

use super::exposure::Exposure;
use super::histogram::Bucket;
use super::measure::Measure;
use crate::sim::observation::{CacheStatus, Hits, Observer, Read};
use crate::sim::random::{Seed, Stream, unit};
use crate::sim::workload::{RateCurve, SteadyRate};
use crate::units::{Duration, Time};
use rand::RngExt;

/// The longest piece of a span in which a rate that follows the sun is taken as its least value and a rest:
/// the rest stays below 3 % of the daily swing.
const DAILY_PIECE: Duration = Duration::from_secs(300);

impl Measure<'_> {
    /// Counts the hits of a span.
    #[inline]
    pub(super) fn count_hits(&mut self, hits: &Hits) {
        let mut from = hits.from;
        let newest = self.newest_served(hits.key, usize::from(hits.class.pop));
        if hits.version > newest {
            // Whether the version was served at all decides about versions skipped before it.
            let mut stream = self.name_of(hits, hits.from).child(1).stream();
            from = hits.curve.next_after(from, &mut stream);
            if from >= hits.until {
                return;
            }
            self.read_one(hits, from);
        }
        let from = from.max(Time(0));
        let until = hits.until.min(self.end());
        if from >= until {
            return;
        }
        match hits.curve {
            RateCurve::Steady(rate) => self.expose(hits, from, until, &rate),
            RateCurve::Daily { .. } => self.expose_daily(hits, from, until),
        }
    }

    /// The least rate of each piece is steady; what is above it is drawn read by read, by thinning.
    fn expose_daily(&mut self, hits: &Hits, from: Time, until: Time) {
        let mut piece = from;
        while piece < until {
            let end = (piece + DAILY_PIECE).min(until);
            let (least, greatest) = hits.curve.range_per_ns(piece, end);
            self.expose(hits, piece, end, &SteadyRate::per_s(least * 1e9));
            let mut stream = self.name_of(hits, piece).child(2).stream();
            let rest = SteadyRate::per_s((greatest - least) * 1e9);
            let mut time = piece;
            loop {
                time = rest.next_after(time, &mut stream);
                if time >= end {
                    break;
                }
                let kept: f64 = stream.random();
                if least + kept * (greatest - least) < hits.curve.rate_at(time) / 1e9 {
                    self.read_one(hits, time);
                }
            }
            piece = end;
        }
    }

    /// Adds a piece of a span, at a steady rate, within the measured time.
    #[inline]
    fn expose(&mut self, hits: &Hits, from: Time, until: Time, rate: &SteadyRate) {
        let superseded = self.superseded(hits);
        let stale_from = superseded.map_or(until, |commit| commit.clamp(from, until));
        if from < stale_from {
            let exposure = Exposure::of(rate.fixed, stale_from - from);
            let places = (self.place(from), self.place(stale_from));
            self.class_mut(hits.class).exposure.fresh.add(exposure);
            self.fresh_timeline().add(places.0, places.1, rate.fixed);
        }
        if let Some(commit) = superseded
            && stale_from < until
        {
            self.expose_stale(hits, commit, stale_from, until, rate);
        }
    }

    fn expose_stale(
        &mut self,
        hits: &Hits,
        commit: Time,
        from: Time,
        until: Time,
        rate: &SteadyRate,
    ) {
        let first = match from - commit {
            Duration::ZERO => Bucket(0),
            staleness => Bucket::of_time(staleness).next(),
        };
        let end = Bucket::of_time(until - commit);
        if first >= end {
            return self.read_each(hits, from, until, rate);
        }
        let (whole_from, whole_until) = (commit + first.start_time(), commit + end.start_time());
        self.read_each(hits, from, whole_from, rate);
        self.read_each(hits, whole_until, until, rate);
        let places = (self.place(whole_from), self.place(whole_until));
        self.stale_timeline().add(places.0, places.1, rate.fixed);
        let (exposure, newer) = self.exposure_and_newer(hits);
        exposure.staleness.add(first, end, rate.fixed);
        let mut versions = newer.partition_point(|version| version.committed <= whole_from);
        let mut time = whole_from;
        while time < whole_until {
            let next = newer
                .get(versions)
                .map_or(whole_until, |version| version.committed);
            let next = next.min(whole_until);
            exposure.add_lag(versions, Exposure::of(rate.fixed, next - time));
            time = next;
            versions += 1;
        }
    }

    /// Draws the hits of a short piece one by one.
    #[inline]
    fn read_each(&mut self, hits: &Hits, from: Time, until: Time, rate: &SteadyRate) {
        let name = self.name_of(hits, from);
        let expected = rate.per_ns * (until - from).0 as f64;
        let draw = unit(name.draw());
        // Almost always: no logarithm is needed to know that exp(-expected) is no less than this.
        if draw < 1.0 - expected {
            return;
        }
        self.read_some(hits, from, until, rate, -libm::log(draw), name);
    }

    #[cold]
    fn read_some(
        &mut self,
        hits: &Hits,
        from: Time,
        until: Time,
        rate: &SteadyRate,
        first_gap: f64,
        name: Seed,
    ) {
        let mut stream: Stream = name.stream();
        let to_first = (first_gap * rate.gap_ns).min((until - from).0 as f64);
        let mut time = from + Duration(to_first as i64);
        while time < until {
            self.read_one(hits, time);
            time = rate.next_after(time, &mut stream);
        }
    }

    /// Measures a single hit.
    fn read_one(&mut self, hits: &Hits, start: Time) {
        let Hits {
            class,
            key,
            version,
            sampled_at,
            ..
        } = *hits;
        self.read(&Read {
            class,
            key,
            start,
            end: start + self.hit_latency(),
            version,
            sampled_at,
            status: CacheStatus::Hit,
            miss: None,
        });
    }
}
