//! A live session as those see it who ask: operations, time, and what there is to be seen.

use super::budget::{Budget, Lease};
use super::census::{AtPop, ReadSeen, WriteSeen};
use super::namespaces::Namespaces;
use super::pace::Pace;
use crate::observe::follow::Wanted;
use crate::scenario::{NamespaceIndex, PopIndex};
use crate::sim::cell::{CopyHeld, Found, Listed};
use crate::sim::value::Entry;
use crate::units::{Duration, Time};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Instant;
use tokio::sync::oneshot;

/// Where something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At a PoP, whose cache answers.
    Pop(PopIndex),
    /// At the store itself, as the REST API does: reads see what is there at this instant.
    Store,
}

/// An operation.
#[derive(Debug)]
pub enum Ask {
    /// The value of a key.
    Get {
        /// Its name.
        name: String,
        /// How old a copy may be.
        cache_ttl: Duration,
    },
    /// To store a value.
    Put {
        /// Under which name.
        name: String,
        /// What.
        entry: Entry,
        /// When it expires, if it does.
        expiry: Option<Expiry>,
        /// The memory that it takes until it is stored.
        lease: Lease,
    },
    /// To delete a key.
    Delete {
        /// Its name.
        name: String,
    },
    /// A page of keys.
    List {
        /// With what they begin.
        prefix: String,
        /// How many at most.
        limit: usize,
        /// Where the page before ended.
        cursor: Option<String>,
    },
}

/// When a value expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// So long after it is stored.
    After(Duration),
    /// At this date, in seconds since 1970.
    At(i64),
}

/// What came of an operation.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A read's: what was found and, where a cache was asked, the read as it was counted.
    Value(Found, Option<ReadSeen>),
    /// A write's.
    Written {
        /// Which version it became; none where it came too soon after another, and was refused.
        version: Option<u32>,
    },
    /// A list's.
    Page {
        /// In order.
        keys: Vec<Listed>,
        /// Where the next page begins; none where the list is complete.
        cursor: Option<String>,
    },
    /// A list's, with a cursor that no list has given.
    BadCursor,
    /// The session has no memory left for it.
    NoMemory,
}

/// The session is over, and nothing more comes of what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Over;

/// What is to be looked at.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Whose copies at the PoPs, if anybody's.
    pub key: Option<(NamespaceIndex, String)>,
    /// Reads and writes from these numbers on.
    pub reads_from: u64,
    /// Likewise.
    pub writes_from: u64,
    /// So many of each at most; all that are remembered where it is not said.
    pub most: Option<usize>,
}

/// What there is to be seen at an instant.
#[derive(Clone, Debug)]
pub struct View {
    /// The instant.
    pub time: Time,
    /// What was counted so far, by PoP.
    pub pops: Vec<AtPop>,
    /// Of the key that was asked about, if anybody has asked for it.
    pub key: Option<KeyView>,
    /// The last reads, each with its key.
    pub reads: Vec<(ReadSeen, KeyName)>,
    /// Likewise writes.
    pub writes: Vec<(WriteSeen, KeyName)>,
    /// How many reads there were.
    pub read_count: u64,
    /// Likewise writes.
    pub write_count: u64,
    /// How far behind the wall clock events happened.
    pub lag: Lag,
    /// How many operations wait for an answer.
    pub open_operations: usize,
    /// How many keys were asked for.
    pub keys: usize,
}

/// Where a key is, and what it is called there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName {
    /// Its namespace.
    pub namespace: NamespaceIndex,
    /// Its name.
    pub name: String,
}

/// A key at the store and at the PoPs.
#[derive(Clone, Debug)]
pub struct KeyView {
    /// Its latest version.
    pub version: u32,
    /// Since when it is that; none where nobody has written.
    pub committed: Option<Time>,
    /// Whether it has no value.
    pub is_missing: bool,
    /// By PoP, where there is a copy: it, and since when it is superseded.
    pub copies: Vec<Option<(CopyHeld, Option<Time>)>>,
}

/// How far behind the wall clock events happened.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lag {
    /// The most of the last second, in seconds of the wall clock.
    pub now_s: f64,
    /// The most since the session began, likewise.
    pub most_s: f64,
    /// How many events came later than [`LAG_TOLERANCE`].
    pub late_events: u64,
}

/// Up to so far behind the wall clock, an event counts as punctual: what a busy machine of two cores keeps.
pub const LAG_TOLERANCE: std::time::Duration = std::time::Duration::from_millis(5);

/// A read whose story is sought, and the scenario that it is in.
#[derive(Clone, Debug)]
pub struct Sought {
    /// The scenario with the record so far.
    pub scenario: String,
    /// The read.
    pub wanted: Wanted,
}

/// What the session's thread is told.
pub(super) enum Command {
    Ask {
        place: Place,
        namespace: NamespaceIndex,
        asks: Vec<Ask>,
        reply: oneshot::Sender<Vec<Outcome>>,
    },
    AddNamespace(String),
    ClearNamespace(NamespaceIndex),
    Look(Look, oneshot::Sender<View>),
    /// The story of a read by its number, if it is remembered.
    Tell(u64, oneshot::Sender<Option<Sought>>),
    /// So much time passes at once.
    Step(Duration, oneshot::Sender<()>),
    /// The pace has changed.
    Wake,
    /// Nothing more is asked: let all that was be answered, and end.
    Stop,
}

/// A live session; copies of it are the same.
#[derive(Clone)]
pub struct Session {
    pub(super) inbox: mpsc::Sender<Command>,
    pub(super) pace: Arc<Mutex<Pace>>,
    /// The memory that it may take.
    pub budget: Arc<Budget>,
    pub(super) namespaces: Arc<Mutex<Namespaces>>,
    /// The date at time 0, in seconds since 1970.
    pub epoch_s: i64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// Operations start, one right after the other; gives what came of each, when all have been answered.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub async fn ask(
        &self,
        place: Place,
        namespace: NamespaceIndex,
        asks: Vec<Ask>,
    ) -> Result<Vec<Outcome>, Over> {
        let (reply, outcome) = oneshot::channel();
        self.tell(Command::Ask {
            place,
            namespace,
            asks,
            reply,
        })?;
        outcome.await.map_err(|_| Over)
    }

    /// Looks at what there is to be seen.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub async fn look(&self, look: Look) -> Result<View, Over> {
        let (reply, view) = oneshot::channel();
        self.tell(Command::Look(look, reply))?;
        view.await.map_err(|_| Over)
    }

    /// The story of a read by its number; none if it is not remembered any more.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub async fn tell_of(&self, read: u64) -> Result<Option<Sought>, Over> {
        let (reply, sought) = oneshot::channel();
        self.tell(Command::Tell(read, reply))?;
        sought.await.map_err(|_| Over)
    }

    /// The pace of time.
    pub fn pace(&self) -> Pace {
        *lock(&self.pace)
    }

    /// The date, in whole seconds since 1970.
    pub fn date_s(&self) -> i64 {
        let time = self.pace().time(Instant::now());
        self.epoch_s + time.0.div_euclid(1_000_000_000)
    }

    /// Time stands still.
    pub fn pause(&self) {
        lock(&self.pace).pause(Instant::now());
        self.wake();
    }

    /// Time goes on.
    pub fn resume(&self) {
        lock(&self.pace).resume(Instant::now());
        self.wake();
    }

    /// Time goes at another speed, in simulated seconds to a second.
    pub fn set_speed(&self, speed: f64) {
        lock(&self.pace).set_speed(speed, Instant::now());
        self.wake();
    }

    /// So much time passes at once; it has when this returns.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub async fn step(&self, by: Duration) -> Result<(), Over> {
        let (reply, passed) = oneshot::channel();
        self.tell(Command::Step(by, reply))?;
        passed.await.map_err(|_| Over)
    }

    /// The namespaces, to be looked at and changed.
    pub(super) fn namespaces(&self) -> MutexGuard<'_, Namespaces> {
        lock(&self.namespaces)
    }

    /// The namespace of a title, which is created if there is none; `None` if there is no room for another.
    pub fn namespace_titled(&self, title: &str) -> Option<NamespaceIndex> {
        let mut namespaces = self.namespaces();
        match namespaces.titled(title) {
            Some(namespace) => Some(namespace),
            None if !namespaces.has_room() => None,
            None => Some(self.create(&mut namespaces, title)),
        }
    }

    /// Creates a namespace; the title must be new.
    pub(super) fn create(&self, namespaces: &mut Namespaces, title: &str) -> NamespaceIndex {
        tracing::info!(title, "a namespace is created");
        // Under the lock, so that both sides number it alike.
        let _ = self.tell(Command::AddNamespace(title.to_owned()));
        namespaces.add(title)
    }

    /// Removes a namespace with all that it holds.
    pub(super) fn remove(&self, namespaces: &mut Namespaces, namespace: NamespaceIndex) {
        tracing::info!(namespace, "a namespace is removed");
        namespaces.remove(namespace);
        let _ = self.tell(Command::ClearNamespace(namespace));
    }

    /// Nothing more is asked.
    pub fn stop(&self) {
        let _ = self.tell(Command::Stop);
    }

    fn wake(&self) {
        let _ = self.tell(Command::Wake);
    }

    fn tell(&self, command: Command) -> Result<(), Over> {
        self.inbox.send(command).map_err(|_| Over)
    }
}
