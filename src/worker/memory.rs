//! The memory of an isolate: a limit, and behind it a reserve from which the engine can say where it was reached.

#![expect(unsafe_code, reason = "the engine takes its memory by pointers")]

use rquickjs::allocator::{Allocator, RustAllocator};
use std::cell::Cell;
use std::ptr;
use std::rc::Rc;

/// Behind the limit, bytes for an error with its stack, and for what the engine does until it looks up next.
const RESERVE: usize = 16 << 20;

/// The most bytes that come from the reserve at a time: those of an arena of small objects.
const CRUMB: usize = 4_096;

/// What an isolate's engine allocates from, and what is known of it. Clones are of the same memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory(Rc<Gauge>);

#[derive(Debug, Default)]
struct Gauge {
    used: Cell<usize>,
    /// In bytes; nothing bounds an engine that has none yet.
    limit: Cell<Option<usize>>,
    is_exceeded: Cell<bool>,
    has_refused: Cell<bool>,
}

impl Memory {
    /// Bounds it from now on.
    pub(super) fn set_limit(&self, bytes: usize) {
        self.0.limit.set(Some(bytes));
    }

    /// Looks whether more is in use than the limit, so that the script must end.
    pub(super) fn look(&self) -> bool {
        let limit = self.0.limit.get();
        if limit.is_some_and(|limit| self.0.used.get() > limit) {
            self.0.is_exceeded.set(true);
        }
        self.is_exceeded()
    }

    /// Whether it was ever seen that more was in use than the limit.
    pub(super) fn is_exceeded(&self) -> bool {
        self.0.is_exceeded.get()
    }

    /// Whether so many bytes more may be used.
    fn grants(&self, more: usize) -> bool {
        let Some(limit) = self.0.limit.get() else {
            return true;
        };
        let wanted = self.0.used.get().saturating_add(more);
        if wanted <= limit {
            self.0.has_refused.set(false);
            return true;
        }
        // The first that is too much is refused, so that the script hears of it where it stands.
        let has_refused = self.0.has_refused.replace(true);
        has_refused && more <= CRUMB && wanted <= limit + RESERVE
    }

    fn note(&self, given: usize, taken: usize) {
        self.0.used.set(self.0.used.get() + given - taken);
    }

    /// Counts what was allocated.
    ///
    /// # Safety
    /// The pointer is null or [`RustAllocator`]'s.
    unsafe fn noted(&self, allocated: *mut u8) -> *mut u8 {
        if !allocated.is_null() {
            // SAFETY: by this function's.
            self.note(unsafe { RustAllocator::usable_size(allocated) }, 0);
        }
        allocated
    }
}

// SAFETY: all memory is `RustAllocator`'s, asked as the engine asks; a null pointer says that there is none.
unsafe impl Allocator for Memory {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if !self.grants(size) {
            return ptr::null_mut();
        }
        unsafe { self.noted(RustAllocator.alloc(size)) }
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let Some(bytes) = count.checked_mul(size).filter(|bytes| self.grants(*bytes)) else {
            return ptr::null_mut();
        };
        unsafe { self.noted(RustAllocator.calloc(1, bytes)) }
    }

    unsafe fn dealloc(&mut self, allocated: *mut u8) {
        unsafe {
            self.note(0, RustAllocator::usable_size(allocated));
            RustAllocator.dealloc(allocated);
        }
    }

    unsafe fn realloc(&mut self, allocated: *mut u8, size: usize) -> *mut u8 {
        unsafe {
            let before = RustAllocator::usable_size(allocated);
            if !self.grants(size.saturating_sub(before)) {
                return ptr::null_mut();
            }
            let moved = self.noted(RustAllocator.realloc(allocated, size));
            if !moved.is_null() {
                self.note(0, before);
            }
            moved
        }
    }

    unsafe fn usable_size(allocated: *mut u8) -> usize {
        unsafe { RustAllocator::usable_size(allocated) }
    }
}
