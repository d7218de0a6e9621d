//! The memory that a live session may take, and what of it is taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many bytes there are, and how many are taken.
#[derive(Debug)]
pub struct Budget {
    max: u64,
    /// By what the store and the caches hold.
    held: AtomicU64,
    /// By what is on its way in.
    lent: AtomicU64,
}

/// Bytes that are taken until it is dropped.
#[derive(Debug)]
pub struct Lease {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Budget {
    /// Of so many bytes, all free.
    pub fn new(max: u64) -> Arc<Self> {
        Arc::new(Budget {
            max,
            held: AtomicU64::new(0),
            lent: AtomicU64::new(0),
        })
    }

    /// All of it, in bytes.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// What is taken, in bytes.
    pub fn taken(&self) -> u64 {
        self.held.load(Ordering::Relaxed) + self.lent.load(Ordering::Relaxed)
    }

    /// So many bytes are held by now.
    pub fn hold(&self, bytes: u64) {
        self.held.store(bytes, Ordering::Relaxed);
    }

    /// Takes nothing yet.
    pub fn lease(self: &Arc<Self>) -> Lease {
        Lease {
            budget: Arc::clone(self),
            bytes: 0,
        }
    }
}

impl Lease {
    /// Takes so many bytes more; whether there were as many.
    #[must_use]
    pub fn take(&mut self, bytes: u64) -> bool {
        self.budget.lent.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        self.budget.taken() <= self.budget.max
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.budget.lent.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_given_back() {
        let budget = Budget::new(100);
        budget.hold(40);
        let mut lease = budget.lease();
        assert!(lease.take(60));
        assert!(!budget.lease().take(1), "nothing is left");
        assert_eq!(budget.taken(), 100);
        drop(lease);
        assert!(budget.lease().take(60));
        assert_eq!(budget.taken(), 40);
    }
}
