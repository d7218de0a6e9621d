//! A broken guarantee in a sequence: what the session did before its read, or wrote after it, and where.

use super::{Lane, Message, Sequence, clock, written};
use crate::observe::breaches::Broken;
use crate::report::story::Told;
use crate::scenario::WorkloadKind;
use crate::sim::observation::{ClientRead, Write};

/// The lanes left of the store, as far as a story needs them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    /// The session, while it was at another PoP.
    pub client: Option<usize>,
    /// That PoP, where it is seen to answer.
    pub client_pop: Option<usize>,
    /// Whoever superseded what was read.
    pub writer: Option<usize>,
}

/// What the session is called.
pub(super) fn role(told: &Told) -> &'static str {
    let workload = usize::from(told.story.found.read.class.workload);
    match told.scenario.kind(workload) {
        _ if told.story.broken.is_none() => "reader",
        WorkloadKind::Client => "client",
        _ => "session",
    }
}

/// Puts those who are left of the store into lanes.
pub(super) fn lanes_before(told: &Told, lanes: &mut Vec<Lane>) -> Before {
    let code = |pop: u16| told.scenario.pops[usize::from(pop)].code.clone();
    let mut add = |role: &str, pop: u16| {
        lanes.push(Lane {
            role: role.to_owned(),
            place: code(pop),
        });
        Some(lanes.len() - 1)
    };
    let mut before = Before::default();
    let pop_of_session = match &told.story.broken {
        None => None,
        Some(Broken::OwnWrite(write) | Broken::Overwrote { write, .. }) => Some(write.class.pop),
        Some(Broken::EarlierRead(read)) => Some(read.class.pop),
    };
    if let Some(pop) = pop_of_session.filter(|pop| usize::from(*pop) != told.pop()) {
        before.client = add(role(told), pop);
        if matches!(told.story.broken, Some(Broken::EarlierRead(_))) {
            before.client_pop = add("PoP", pop);
        }
    }
    if let Some(write) = told.story.superseded.filter(|write| !is_own(told, write)) {
        before.writer = add("writer", write.class.pop);
    }
    before
}

/// Whether a write is the one that the session should have seen.
fn is_own(told: &Told, write: &Write) -> bool {
    matches!(&told.story.broken, Some(Broken::OwnWrite(own)) if own.version == write.version)
}

impl Sequence {
    /// What the session had written by itself, or read, before.
    pub(super) fn add_earlier(&mut self, told: &Told, before: Before) {
        match &told.story.broken {
            None | Some(Broken::Overwrote { .. }) => {}
            Some(Broken::OwnWrite(write)) => {
                let version = told.version(write.version.unwrap_or(0));
                let place = &self.lanes[self.pop].place;
                let note = match told.story.superseded {
                    Some(newer) if is_own(told, &newer) => {
                        format!("{version} is committed; {place} cannot know")
                    }
                    _ => format!("{version} is committed"),
                };
                self.add_session_write(told, write, before, note);
                let client = before.client.unwrap_or(self.pop + 1);
                self.messages.push(Message {
                    from: self.store,
                    to: client,
                    left: write.arrival + told.scenario.store.service_time,
                    arrived: Some(write.answered),
                    label: "ok".to_owned(),
                    note: format!("the {} knows that {version} is stored", role(told)),
                    told: write.answered,
                });
            }
            Some(Broken::EarlierRead(read)) => self.add_earlier_read(told, read, before),
        }
    }

    /// What the session wrote after its read, over what it did not know.
    pub(super) fn add_overwriting(&mut self, told: &Told, before: Before) {
        if let Some(Broken::Overwrote { write, missed }) = &told.story.broken {
            let base = told.version(told.story.found.read.version);
            let lost = told.version(missed.version.unwrap_or(0));
            let note = format!("made of {base}: {lost} is overwritten");
            self.add_session_write(told, write, before, note);
        }
    }

    fn add_session_write(&mut self, told: &Told, write: &Write, before: Before, note: String) {
        let version = told.version(write.version.unwrap_or(0));
        self.messages.push(Message {
            from: before.client.unwrap_or(self.pop + 1),
            to: self.store,
            left: write.start,
            arrived: Some(write.arrival),
            label: written(write, &version),
            note,
            told: write.arrival,
        });
    }

    fn add_earlier_read(&mut self, told: &Told, read: &ClientRead, before: Before) {
        let client = before.client.unwrap_or(self.pop + 1);
        let pop = before.client_pop.unwrap_or(self.pop);
        let version = told.version(read.version);
        let left = read.end - told.scenario.cache.hit_latency;
        self.messages.push(Message {
            from: client,
            to: pop,
            left: read.start,
            arrived: Some(read.start),
            label: "get".to_owned(),
            note: format!("an earlier read of the same {}", role(told)),
            told: read.start,
        });
        self.messages.push(Message {
            from: pop,
            to: client,
            left,
            arrived: Some(read.end),
            label: version.clone(),
            note: format!("{version} is known since {}", clock(read.end)),
            told: read.end,
        });
    }
}
