//! Feeds a run with its replays: operations read from their files, merged by time, with keys numbered for all.
//!
//! At equal times the replay that comes first by name goes first. A key that the scenario names has its number
//! there; any other gets the next one when it is first touched, and the same one in every replay.

use super::NewKeys;
use crate::observe::findings::Findings;
use crate::replay::{
    self, KeyNumber, PrefixNumber, Tally, Texts, Trace, TraceError, TraceOperation,
};
use crate::scenario::keyspace::{KeyId, Keyspace};
use crate::scenario::{DEFAULT_VALUE_SIZE, Replay, Scenario, TraceFormat, WorkloadIndex, bounds};
use crate::sim::random;
use crate::sim::replayed::{Action, Batch, Broken, RecordedKey, Recording, Replayed};
use crate::units::{Size, Time};
use std::borrow::Cow;

/// What is to be known of a scenario's replays beside what was measured; of the first run, and alike in all.
#[derive(Debug, Default)]
pub struct Replays {
    /// By replay.
    pub each: Vec<ReplayRead>,
}

/// What became of one replay's file.
#[derive(Debug)]
pub struct ReplayRead {
    /// Operations that started within the measured time.
    pub operations: u64,
    /// When the last of them started; `None` without any.
    pub last: Option<Time>,
    /// Whether the file goes on after the measured time.
    pub goes_on: bool,
    /// What came of its lines, as far as it was read.
    pub tally: Tally,
    /// The whole file, if it is small enough to be copied into a report.
    pub copy: Option<Vec<u8>>,
}

/// How many operations are handed out together.
const BATCH: usize = 64;

/// No key.
const NONE: KeyId = KeyId(u32::MAX);

/// Hands out the operations of all replays in the order of their times.
pub struct Feed<'e> {
    scenario: &'e Scenario,
    keyspace: &'e Keyspace,
    readings: Vec<Reading>,
    /// Of the keys that the scenario does not name, in order: a replay, and the number that it has there.
    new_keys: Vec<(u16, KeyNumber)>,
    /// Their names, where several replays may name the same.
    shared: Option<Texts>,
    /// Those that no batch has told of.
    newest: Vec<RecordedKey>,
    /// Whether the numbers of keys are those of the only file: nobody else names any.
    is_plain: bool,
    stored_bytes: f64,
    end: Time,
    error: Option<TraceError>,
}

/// A replay on its way from its file.
struct Reading {
    trace: Trace,
    workload: WorkloadIndex,
    /// Operations that were read together, and how many of them were taken.
    ahead: Vec<TraceOperation>,
    taken: usize,
    /// What comes behind those.
    error: Option<TraceError>,
    /// The scenario's number of a key, by the file's.
    keys: Vec<KeyId>,
    lists: Vec<Listed>,
    operations: u64,
    last: Option<Time>,
    goes_on: bool,
}

/// How many keys start with a prefix.
#[derive(Clone, Copy)]
struct Listed {
    keys: u32,
    /// So many of the keys that the scenario does not name were looked at.
    looked_at: usize,
}

impl<'e> Feed<'e> {
    /// Opens the files of all replays, for the run with `seed`.
    pub fn open(
        scenario: &'e Scenario,
        keyspace: &'e Keyspace,
        seed: u64,
    ) -> Result<Self, TraceError> {
        let open = |(index, replay): (usize, &Replay)| {
            Ok(Reading {
                trace: Trace::open(replay, scenario, seed)?,
                workload: scenario.workloads.len() + index,
                ahead: Vec::new(),
                taken: 0,
                error: None,
                keys: Vec::new(),
                lists: Vec::new(),
                operations: 0,
                last: None,
                goes_on: false,
            })
        };
        let readings = scenario.replays.iter().enumerate().map(open);
        Ok(Feed {
            scenario,
            keyspace,
            readings: readings.collect::<Result<_, TraceError>>()?,
            new_keys: Vec::new(),
            shared: (scenario.replays.len() > 1).then(Texts::default),
            newest: Vec::new(),
            is_plain: keyspace.is_empty()
                && scenario.replays.len() == 1
                && !matches!(scenario.replays[0].format, TraceFormat::Logpush { .. }),
            stored_bytes: 0.0,
            end: Time(0) + scenario.duration,
            error: None,
        })
    }

    /// Why it broke.
    pub fn into_error(self) -> TraceError {
        self.error.expect("what is broken knows why")
    }

    /// The name of a key that appeared and that the scenario does not number.
    pub(super) fn name(&self, key: KeyId) -> String {
        self.new_name(key.0 - self.keyspace.len()).into_owned()
    }

    /// What is to be known of the replays beside `findings`.
    pub fn into_replays(self, findings: &Findings) -> (Replays, NewKeys) {
        let name = |key: KeyId| self.name(key);
        let new_keys = NewKeys::of(findings, self.keyspace, name, self.stored_bytes);
        let each = self.readings.iter().zip(&self.scenario.replays);
        let each = each.map(|(reading, replay)| ReplayRead {
            operations: reading.operations,
            last: reading.last,
            goes_on: reading.goes_on,
            tally: reading.trace.tally(),
            copy: replay::small_copy(replay),
        });
        let each = each.collect();
        (Replays { each }, new_keys)
    }

    /// The name of a key that the scenario does not name, by its number among those.
    fn new_name(&self, number: u32) -> Cow<'_, str> {
        let (replay, number) = self.new_keys[number as usize];
        self.readings[usize::from(replay)].trace.keys().name(number)
    }

    /// Reads on where all was taken; gives the replay whose next operation is the earliest.
    fn earliest(&mut self) -> Result<Option<usize>, TraceError> {
        let mut earliest: Option<(Time, usize)> = None;
        for replay in 0..self.readings.len() {
            if self.readings[replay].head().is_none() {
                self.readings[replay].read_on(self.end)?;
            }
            if let Some(head) = self.readings[replay].head()
                && earliest.is_none_or(|(time, _)| head.time < time)
            {
                earliest = Some((head.time, replay));
            }
        }
        Ok(earliest.map(|(_, replay)| replay))
    }

    /// The scenario's number of a key of a replay.
    #[inline]
    fn key(&mut self, replay: usize, number: KeyNumber, size: Option<Size>) -> KeyId {
        if self.is_plain && (number as usize) < self.new_keys.len() {
            return KeyId(number);
        }
        match self.readings[replay].keys.get(number as usize) {
            Some(key) if *key != NONE => *key,
            _ => self.first_seen(replay, number, size),
        }
    }

    #[cold]
    fn first_seen(&mut self, replay: usize, number: KeyNumber, size: Option<Size>) -> KeyId {
        let reading = &mut self.readings[replay];
        let name = reading.trace.keys().name(number);
        let named = match self.keyspace.is_empty() {
            true => None,
            false => self.keyspace.find(&name),
        };
        let first = self.keyspace.len();
        let shared = self.shared.as_ref();
        let shared = shared.and_then(|names| names.find(name.as_bytes()));
        let known = named.or(shared.map(|number| KeyId(first + number)));
        let key = known.unwrap_or_else(|| {
            if let Some(names) = &mut self.shared {
                names.insert(&name);
            }
            let size = size.unwrap_or(DEFAULT_VALUE_SIZE);
            self.stored_bytes += size.0 as f64;
            self.newest.push(RecordedKey {
                name: random::name(&name),
                size,
            });
            let count = u32::try_from(self.new_keys.len()).expect("names fit the memory");
            self.new_keys.push((replay as u16, number));
            KeyId(
                first
                    .checked_add(count)
                    .expect("there are fewer than 2^32 keys"),
            )
        });
        if self.is_plain {
            return key;
        }
        let index = number as usize;
        if reading.keys.len() <= index {
            reading.keys.resize(index + 1, NONE);
        }
        reading.keys[index] = key;
        key
    }

    /// How many pages a list takes: it walks over every key that the scenario names or a replay has touched.
    fn pages(&mut self, replay: usize, prefix: PrefixNumber) -> u32 {
        let name = self.readings[replay].trace.prefixes().name(prefix);
        let index = prefix as usize;
        let mut listed = match self.readings[replay].lists.get(index) {
            Some(listed) => *listed,
            None => Listed {
                keys: self.keyspace.count_with_prefix(&name),
                looked_at: 0,
            },
        };
        let new = listed.looked_at..self.new_keys.len();
        let matching = new.filter(|key| self.new_name(*key as u32).starts_with(&*name));
        listed.keys += matching.count() as u32;
        listed.looked_at = self.new_keys.len();
        let lists = &mut self.readings[replay].lists;
        match lists.get_mut(index) {
            Some(known) => *known = listed,
            // Prefixes are numbered in the order in which they appear.
            None => lists.push(listed),
        }
        listed.keys.div_ceil(bounds::PAGE_MAX).max(1)
    }

    /// Hands out an operation.
    #[inline]
    fn hand_out(
        &mut self,
        replay: usize,
        operation: &TraceOperation,
        operations: &mut Vec<Replayed>,
    ) {
        let TraceOperation { time, pop, .. } = *operation;
        let workload = self.readings[replay].workload;
        // Each kind is put where it belongs at once: to be moved there costs more than to be made.
        let mut put = |action| {
            operations.push(Replayed {
                time,
                pop,
                workload,
                action,
            });
        };
        match operation.action {
            replay::Action::Get {
                key,
                cache_ttl,
                size,
            } => put(Action::Get {
                key: self.key(replay, key, size),
                cache_ttl,
            }),
            replay::Action::Put {
                key,
                size,
                expiration_ttl,
            } => put(Action::Put {
                key: self.key(replay, key, size),
                size,
                expiration_ttl,
            }),
            replay::Action::Delete { key } => put(Action::Delete {
                key: self.key(replay, key, None),
            }),
            replay::Action::List { prefix, pages } => put(Action::List {
                pages: pages.unwrap_or_else(|| self.pages(replay, prefix)),
            }),
        }
    }

    /// Hands out what comes next of the only replay: there is nothing to compare with.
    fn take_all(&mut self, operations: &mut Vec<Replayed>) -> Result<(), TraceError> {
        self.readings[0].read_on(self.end)?;
        let ahead = std::mem::take(&mut self.readings[0].ahead);
        for operation in &ahead {
            self.hand_out(0, operation, operations);
        }
        self.readings[0].ahead = ahead;
        Ok(())
    }

    /// Hands out what comes next of all replays.
    fn take_earliest(&mut self, operations: &mut Vec<Replayed>) -> Result<(), TraceError> {
        while operations.len() < BATCH
            && let Some(replay) = self.earliest()?
        {
            let reading = &mut self.readings[replay];
            let operation = reading.ahead[reading.taken];
            reading.taken += 1;
            self.hand_out(replay, &operation, operations);
            if operation.time >= self.end {
                break;
            }
        }
        Ok(())
    }
}

impl Reading {
    /// The next operation that was read.
    #[inline]
    fn head(&self) -> Option<&TraceOperation> {
        self.ahead.get(self.taken)
    }

    /// Reads operations, up to the first at `end` or later: nobody may want what is behind it.
    fn read_on(&mut self, end: Time) -> Result<(), TraceError> {
        self.ahead.clear();
        self.taken = 0;
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        match self.trace.read(&mut self.ahead, BATCH, end) {
            Err(error) if self.ahead.is_empty() => return Err(error),
            // What comes before it is as good as ever.
            outcome => self.error = outcome.err(),
        }
        let measured = match self.ahead.split_last() {
            Some((last, before)) if last.time >= end => {
                self.goes_on = true;
                before
            }
            _ => &self.ahead[..],
        };
        self.operations += measured.len() as u64;
        self.last = measured.last().map_or(self.last, |last| Some(last.time));
        Ok(())
    }
}

impl Recording for Feed<'_> {
    fn fill(&mut self, batch: &mut Batch) -> Result<(), Broken> {
        if self.error.is_some() {
            return Err(Broken);
        }
        let operations = &mut batch.operations;
        let taken = match self.readings.len() {
            1 => self.take_all(operations),
            _ => self.take_earliest(operations),
        };
        self.error = taken.err();
        batch.new_keys.append(&mut self.newest);
        match batch.operations.is_empty() && self.error.is_some() {
            true => Err(Broken),
            false => Ok(()),
        }
    }
}
