//! The progress line on stderr: which run, how fast, how long still. It shows itself on a terminal only.

use crate::experiment::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A progress line for one scenario.
pub struct ProgressLine {
    bar: ProgressBar,
    /// What is counted: runs or points.
    parts: &'static str,
    count: u32,
    reads: AtomicU64,
    started: Instant,
    /// Milliseconds from the start until the line was last shown anew.
    shown_ms: AtomicU64,
}

/// Steps of the bar.
const STEPS: u64 = 1000;

/// A long run shows how fast it is and how long it still takes, even where the bar hardly moves.
const SHOWN_EVERY: Duration = Duration::from_secs(1);

impl ProgressLine {
    /// Shows the line for a scenario with so many runs, or, if `quiet`, does not.
    pub fn new(scenario: &str, runs: u32, quiet: bool) -> Self {
        ProgressLine::of_parts(scenario, "run", runs, quiet)
    }

    /// Shows the line for so many points of a sweep.
    pub fn of_points(scenario: &str, points: u32) -> Self {
        ProgressLine::of_parts(scenario, "point", points, false)
    }

    fn of_parts(scenario: &str, parts: &'static str, count: u32, quiet: bool) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(STEPS), target);
        let style = ProgressStyle::with_template(" {prefix}  {bar:24}  {msg}");
        bar.set_style(
            style
                .expect("the template is well-formed")
                .progress_chars("██░"),
        );
        bar.set_prefix(scenario.to_owned());
        ProgressLine {
            bar,
            parts,
            count,
            reads: AtomicU64::new(0),
            started: Instant::now(),
            shown_ms: AtomicU64::new(0),
        }
    }

    /// Something was simulated.
    pub fn advance(&self, progress: Progress) {
        let reads = self.reads.fetch_add(progress.reads, Ordering::Relaxed) + progress.reads;
        let position = (progress.share * STEPS as f64) as u64;
        if self.bar.is_hidden() || progress.share <= 0.0 {
            return;
        }
        let elapsed = self.started.elapsed();
        let shown = Duration::from_millis(self.shown_ms.load(Ordering::Relaxed));
        if position <= self.bar.position() && elapsed < shown + SHOWN_EVERY {
            return;
        }
        let elapsed_ms = elapsed.as_millis() as u64;
        self.shown_ms.store(elapsed_ms, Ordering::Relaxed);
        let seconds = elapsed.as_secs_f64();
        let left = seconds * (1.0 - progress.share) / progress.share;
        let speed = reads as f64 / seconds / 1e6;
        let part = (progress.run + 1).min(self.count);
        let message = format!(
            "{} {part} of {}   {speed:.1}M reads/s   {left:.0} s left",
            self.parts, self.count
        );
        self.bar.set_message(message);
        self.bar.set_position(position.max(self.bar.position()));
    }

    /// Takes the line away; gives the number of reads and the seconds they took.
    pub fn finish(self) -> (u64, f64) {
        self.bar.finish_and_clear();
        (
            self.reads.into_inner(),
            self.started.elapsed().as_secs_f64(),
        )
    }
}
