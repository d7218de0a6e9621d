//! How a live session begins, and what it leaves behind.

use super::budget::Budget;
use super::class::Class;
use super::engine::{self, Ended, Start};
use super::limits;
use super::namespaces::Namespaces;
use super::pace::Pace;
use super::record::{Needs, Record};
use super::session::{Ask, Lag, Session};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::keyspace::Keyspace;
use crate::scenario::{Scenario, StoredValue, bounds};
use crate::sim::value::Entry;
use crate::sim::world::World;
use crate::units::{Duration, Time};
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// How a session is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the scenario's open traffic and script go on beside what is asked.
    pub with_traffic: bool,
    /// Simulated seconds to a second.
    pub speed: f64,
    /// The memory that values, versions and requests may take, in bytes.
    pub max_memory: u64,
}

/// A session that is under way.
pub struct Live {
    /// For those who ask.
    pub session: Session,
    /// What is simulated.
    pub scenario: Scenario,
    /// What becomes of it with a record.
    pub class: Class,
    /// Where its record is.
    pub folder: PathBuf,
    thread: JoinHandle<Ended>,
}

/// What a session has left behind.
#[derive(Debug)]
pub struct Left {
    class: Class,
    length: Duration,
    needs: Needs,
    /// How many operations were asked.
    pub operations: u64,
    /// How far behind the wall clock events happened.
    pub lag: Lag,
    /// The file of its record.
    pub record: PathBuf,
}

impl Left {
    /// A scenario that replays it, when its record is called `record` and stands beside it.
    pub fn scenario_text(&self, record: &str) -> String {
        self.class.text(self.length, self.needs, record)
    }

    /// That scenario.
    ///
    /// # Errors
    ///
    /// The record is not where it was.
    pub fn scenario(&self) -> Result<Scenario, OpenError> {
        let name = self.record.file_name().unwrap_or_default();
        let text = self.scenario_text(&name.to_string_lossy());
        let folder = self.record.parent().unwrap_or(Path::new(""));
        self.class
            .scenario(&text, folder)
            .map_err(OpenError::Scenario)
    }
}

/// Why a session cannot begin, or cannot be kept.
#[derive(Debug)]
pub enum OpenError {
    /// The scenario has something that a live one cannot have.
    Scenario(Box<Diagnostics>),
    /// The record cannot be written.
    Record {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl Display for OpenError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Scenario(mistakes) => write!(f, "{mistakes}"),
            OpenError::Record { path, error } => {
                write!(
                    f,
                    "the record {} cannot be written: {error}",
                    path.display()
                )
            }
        }
    }
}

impl std::error::Error for OpenError {}

/// Begins a session of a scenario of a file; its record goes into `folder`, which exists.
///
/// # Errors
///
/// The scenario cannot be live, or the record cannot be written.
pub fn open(file: &Scenario, options: &Options, folder: &Path) -> Result<Live, OpenError> {
    let class = Class::of(file, options.with_traffic);
    let name = format!("{}.csv", class.name());
    let path = folder.join(&name);
    let record = Record::create(&path).map_err(|error| OpenError::Record { path, error })?;
    // It ends when it is told to; what is simulated does not depend on when.
    let needs = Needs {
        longest_cache_ttl: bounds::SPAN_MAX,
        replay: true,
        api_pop: true,
        beyond_limits: false,
    };
    let text = class.text(bounds::SPAN_MAX, needs, &name);
    let scenario = class.scenario(&text, folder).map_err(OpenError::Scenario)?;
    // The date goes with the wall clock, to the second's fraction. What is put at time 0 must not stand in the way of
    // the first write that is asked.
    let date = SystemTime::now().duration_since(UNIX_EPOCH);
    let date = date.expect("it is later than 1970");
    let past = write_gap(&scenario);
    let epoch_s = date.as_secs() as i64 - past;
    let mut pace = Pace::starting(Instant::now(), options.speed);
    let since_then = Duration::from_secs(past) + Duration(i64::from(date.subsec_nanos()));
    pace.step(since_then, Instant::now());
    let pace = Arc::new(Mutex::new(pace));
    let budget = Budget::new(options.max_memory);
    let mut namespaces = Namespaces::default();
    for namespace in &file.namespaces {
        namespaces.add(namespace);
    }
    let titles = file.namespaces[scenario.namespaces.len()..].to_vec();
    let stored = file.stored.iter();
    let stored = stored.map(|stored| (stored.namespace, puts(stored, &budget)));
    let stored = stored.collect();
    let (inbox, commands) = mpsc::channel();
    let session = Session {
        inbox,
        pace: Arc::clone(&pace),
        budget: Arc::clone(&budget),
        namespaces: Arc::new(Mutex::new(namespaces)),
        epoch_s,
    };
    let thread = {
        let (scenario, class) = (scenario.clone(), class.clone());
        std::thread::spawn(move || {
            let keyspace = Keyspace::new(&scenario);
            let mut world = World::new(&scenario, &keyspace);
            world.epoch_s = epoch_s;
            let text_so_far = |length, needs| class.text(length, needs, &name);
            engine::run(Start {
                scenario: &scenario,
                keyspace: &keyspace,
                world: &world,
                further_namespaces: titles,
                text_so_far: &text_so_far,
                record,
                stored,
                inbox: commands,
                pace,
                budget,
            })
        })
    };
    Ok(Live {
        session,
        scenario,
        class,
        folder: folder.to_owned(),
        thread,
    })
}

impl Live {
    /// Ends the session when all that was asked is answered.
    ///
    /// # Errors
    ///
    /// Its record could not be written.
    ///
    /// # Panics
    ///
    /// If the session's thread did.
    pub fn end(self) -> Result<Left, OpenError> {
        self.session.stop();
        let Ended {
            mut record,
            end,
            lag,
        } = match self.thread.join() {
            Ok(ended) => ended,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let path = self.folder.join(format!("{}.csv", self.class.name()));
        if let Err(error) = record.finish() {
            return Err(OpenError::Record { path, error });
        }
        Ok(Left {
            class: self.class,
            // Whole seconds, so that people can read it; nothing is asked in what is added.
            length: Duration::from_secs((end - Time(0)).as_secs_f64().ceil() as i64),
            needs: record.needs(),
            operations: record.operations(),
            lag,
            record: path,
        })
    }
}

/// How many whole seconds two writes of a key are apart that the store takes, at least; at most a minute.
fn write_gap(scenario: &Scenario) -> i64 {
    let limit = scenario.store.write_limit;
    let gap_s = limit.map_or(0.0, |limit| limit.per.as_secs_f64() / limit.count);
    (gap_s.ceil() as i64).min(60)
}

/// Puts what the file's scenario says that the store holds.
fn puts(stored: &StoredValue, budget: &Arc<Budget>) -> Vec<Ask> {
    let puts = stored.entries().map(|(name, value, metadata)| Ask::Put {
        name,
        entry: Entry {
            value: value.into_bytes().into(),
            metadata,
        },
        expiry: None,
        lease: budget.lease(),
    });
    puts.collect()
}

/// The least memory with which a session makes sense: for a few of the largest values.
pub const MEMORY_MIN: u64 = 4 * limits::VALUE_MAX;
