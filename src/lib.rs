//! kvlag simulates Workers KV, the edge key-value store, and stores like it: points of presence (PoPs) all over
//! the world, each with a cache in which a copy may live for `cache-ttl`, pulling from a central store over
//! delayed links. From a scenario file it measures how stale reads are, how long a write takes to be seen
//! everywhere, which writes get lost, how fast it is and what it costs.
//!
//! # The whole on one page
//!
//! ```text
//!  scenario.toml ─► scenario            what a file means: typed, resolved, always valid,
//!                      │                or every mistake at once, underlined
//!                      │                replay: recorded operations, read from files
//!                      ▼
//!  sim::cell    clients ── PoP cache ── tier ── link ── store      one queue, one loop
//!                 └── programs ──┘     (worker: scripts in JavaScript)
//!                      │  observations: reads, writes, spans of service
//!                      ▼
//!  observe      what was true, what was stale, how long            plain counts and histograms
//!                      │
//!                      ▼
//!  experiment   cells × runs on all cores, merged                  numbers with intervals
//!                      │
//!                      ▼
//!  report       terminal · report.html · summary.json · *.csv · *.hgrm · *.hlog
//! ```
//!
//! Each module may use those before it, and a test says so: [`hash`], [`units`], [`scenario`], [`replay`], [`sim`],
//! [`worker`], [`theory`], [`observe`], [`stats`], [`experiment`], [`pricing`], [`report`], [`lesson`], [`live`],
//! [`commands`].
//!
//! Keys of Workers KV know nothing of each other, so the simulation is split by key: a [`sim::cell::Cell`] is the
//! whole topology seen by one key, or by the keys that a script, clients or Workers tie together. Cells share nothing
//! and run on all cores. Within a cell, time advances in one place, and events at the same instant happen in the
//! order in which they were scheduled. Every actor draws from a stream of random numbers that is named after it
//! ([`sim::random`]), so that changing a `cache-ttl` changes nobody's arrivals.
//!
//! # Speed
//!
//! Between two changes of what a PoP holds, nothing depends on when exactly each reader comes. So hits of Poisson
//! readers are not simulated: the cell tells *that* they were hits, from when until when, and at what rate
//! ([`sim::observation::Hits`]; why that is exact stands in `sim/cell/counted.rs`). The observer sums what they
//! were exposed to ([`observe::exposure`]), and draws their numbers once for a whole run ([`observe::counting`]).
//! Keys without shared tiers take a short way on top, PoP by PoP on a history that is drawn first
//! (`sim/cell/alone.rs`), in which fetches that nothing disturbs follow each other without a queue
//! (`sim/cell/coast.rs`). All ways call the same rules of copies ([`sim::cache`]), and agree bit for bit where
//! both apply (`tests/same_bits.rs`).
//!
//! # Lessons
//!
//! [`lesson`] is the course: ten scenarios of `scenarios/lessons` with what a teacher says around them. A lesson is
//! data and two functions that explain what was measured; each number in them comes from the run or from [`theory`].
//!
//! # Workers
//!
//! A cell runs programs, and does not know what runs them: [`sim::program`] says what a program is told (a request
//! comes, an operation is answered, a timer fires) and what it does. [`worker`] makes such programs of JavaScript
//! modules, one isolate for each PoP. The cell turns what they ask into the same reads and writes that everybody
//! makes, and times into events of its one queue, so that `await env.KV.get()` takes what a simulated read takes.
//! Which keys a script touches, it alone knows: all Workers of a scenario, and all that may meet them, are one cell.
//!
//! # Live sessions
//!
//! [`live`] lets a cell go on at the pace of the wall clock, on a thread of its own, behind the protocols of the real
//! store. What somebody outside asks starts as a recorded operation of that instant would (`sim/cell/outside.rs`), so
//! that the record of a session, replayed, gives the same versions again: that is how its report is made. All delays
//! are simulated ones; the tasks that speak HTTP only wait for the thread's reply.
//!
//! # Glossary
//!
//! *PoP*: a place where clients read and write, with a cache. *Tier*: caches between PoPs and store. *Store*: the
//! source of truth; the last commit wins. *Link*: a pair of one-way delays. *Version*: an accepted put or delete of a
//! key, numbered in commit order; 0 is what was there before. *Copy*: a version in a cache. *Cell*: what is simulated
//! on one queue. *Stretch*: the time between two changes of what a PoP holds of a key. *Exposure*: how many reads are
//! to be expected to see something. *Observation*: a fact the simulation tells. *Span*: a cache served a version from
//! one instant to another. *Client*: a program of steps, each of which waits for the one before. *Worker*: a script
//! that answers requests at every PoP. *Program*: one running copy of it, in an *isolate* at a PoP. *Session*: one
//! client from its start to its end, or one request that comes of itself. *Base*: the version from which a client
//! derived what it writes. *Run*: one simulation with one seed. *Class*: the operations of one workload at one PoP.
//! *Session*, live: a cell that is asked from outside, from its start to its end. *Hot read*: one answered from a
//! cache; *cold read*: one that waited for the store. *Miss*: a fetch; its *cause* is why nothing in the PoP's cache
//! could be used, one of six: nothing there, expired, too old for this read, value expired, dropped, looked past
//! ([`sim::observation::MissCause`]). *t-visibility*: the share of pairs of a write and a PoP whose visibility is at
//! most t.
//!
//! What is measured is defined once, in [`scenario::metric::METRICS`]. The clock of staleness is the start of
//! the read against the commit at the store: a read is stale if a version newer than the one it returned had
//! committed before it started.
#![deny(missing_docs)]

pub mod commands;
pub mod experiment;
pub mod hash;
pub mod lesson;
pub mod live;
pub mod observe;
pub mod pricing;
pub mod replay;
pub mod report;
pub mod scenario;
pub mod sim;
pub mod stats;
pub mod theory;
pub mod units;
pub mod worker;
