//! How far a cell has come, told now and then: it may take hours, and somebody waits.

use super::Cell;
use crate::sim::observation::Observer;

/// How many events happen between two times that the observer is told.
const TOLD_EVERY: u32 = 1 << 16;

/// What a cell has done of what it will do.
#[derive(Debug, Default)]
pub(super) struct Progress {
    events: u32,
    /// The whole of simulated time is gone through so often, and so often it was begun before.
    passes: (usize, usize),
}

impl<O: Observer> Cell<'_, O> {
    /// The whole of simulated time is to be gone through so often.
    pub(super) fn plan_passes(&mut self, passes: usize) {
        self.progress.passes = (passes, 0);
    }

    /// One time it was gone through.
    pub(super) fn end_pass(&mut self) {
        self.progress.passes.1 += 1;
    }

    /// Something has happened.
    #[inline]
    pub(super) fn count_event(&mut self) {
        self.progress.events += 1;
        if self.progress.events == TOLD_EVERY {
            self.tell_progress();
        }
    }

    #[cold]
    fn tell_progress(&mut self) {
        self.progress.events = 0;
        let (start, end) = (self.world.start, self.world.end);
        // A cell goes on a little beyond the measured time.
        let now = self.now.min(end);
        let pass = (now - start).0 as f64 / (end - start).0 as f64;
        let (passes, over) = self.progress.passes;
        self.observer
            .part_is_simulated((over as f64 + pass) / passes as f64);
    }
}
