//! The events to come, in the order in which they happen: by time, and among equal times by when they were
//! scheduled.

use crate::units::Time;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A queue of events; the only place that decides what happens next.
#[derive(Debug)]
pub struct Queue<E> {
    /// The next event, kept apart: where only a few are on their way, the heap is seldom touched.
    next: Option<Scheduled<E>>,
    heap: BinaryHeap<Scheduled<E>>,
    /// How many events were ever scheduled: the second part of the order.
    sequence: u64,
}

#[derive(Clone, Copy, Debug)]
struct Scheduled<E> {
    time: Time,
    sequence: u64,
    event: E,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Queue {
            next: None,
            heap: BinaryHeap::new(),
            sequence: 0,
        }
    }
}

impl<E: Copy> Queue<E> {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.next = None;
        self.heap.clear();
        self.sequence = 0;
    }

    /// Adds an event.
    #[inline]
    pub fn schedule(&mut self, time: Time, event: E) {
        self.sequence += 1;
        let scheduled = Scheduled {
            time,
            sequence: self.sequence,
            event,
        };
        match self.next {
            None => self.next = Some(scheduled),
            Some(next) if time < next.time => {
                self.heap.push(next);
                self.next = Some(scheduled);
            }
            Some(_) => self.heap.push(scheduled),
        }
    }

    /// The time of the next event.
    #[inline]
    pub fn next_time(&self) -> Option<Time> {
        self.next.as_ref().map(|next| next.time)
    }

    /// Takes the next event. If `again` gives a later time for it, it stays in the queue for then, which
    /// costs half of taking it out and scheduling it anew.
    #[inline]
    pub fn pop(&mut self, again: impl FnOnce(E) -> Option<Time>) -> Option<(Time, E)> {
        let Scheduled { time, event, .. } = self.next?;
        match again(event) {
            Some(later) => {
                self.sequence += 1;
                let scheduled = Scheduled {
                    time: later,
                    sequence: self.sequence,
                    event,
                };
                match self.heap.peek_mut() {
                    Some(mut first) if first.time <= later => {
                        self.next = Some(std::mem::replace(&mut *first, scheduled));
                    }
                    _ => self.next = Some(scheduled),
                }
            }
            None => self.next = self.heap.pop(),
        }
        Some((time, event))
    }
}

impl<E> Ord for Scheduled<E> {
    /// The heap gives its greatest first, so earlier is greater.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.time, other.sequence).cmp(&(self.time, self.sequence))
    }
}

impl<E> PartialOrd for Scheduled<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Scheduled<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Scheduled<E> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_at_the_same_time_come_in_the_order_of_scheduling() {
        let mut queue = Queue::default();
        for (time, event) in [(5, 'c'), (1, 'a'), (5, 'd'), (1, 'b')] {
            queue.schedule(Time(time), event);
        }
        let order: String = std::iter::from_fn(|| queue.pop(|_| None))
            .map(|(_, event)| event)
            .collect();
        assert_eq!(order, "abcd");
    }

    #[test]
    fn an_event_that_repeats_goes_behind_those_already_scheduled() {
        let mut queue = Queue::default();
        queue.schedule(Time(1), 'a');
        queue.schedule(Time(2), 'b');
        assert_eq!(queue.pop(|_| Some(Time(2))), Some((Time(1), 'a')));
        assert_eq!(queue.pop(|_| None), Some((Time(2), 'b')));
        assert_eq!(queue.pop(|_| None), Some((Time(2), 'a')));
        assert_eq!(queue.pop(|_| None), None);
    }
}
