//! The story of a read as a sequence: who sends what to whom, when it leaves and arrives, and what a PoP held
//! meanwhile. Drawn on the terminal and as a figure.

mod breach;

use super::story::Told;
use crate::observe::story::Source;
use crate::scenario::Node;
use crate::sim::observation::{CacheStatus, Fetched, Write};
use crate::units::{Duration, Time};

/// A story as messages between lanes.
pub struct Sequence {
    /// Who takes part, from left to right.
    pub lanes: Vec<Lane>,
    /// What is sent, in the order in which it is told.
    pub messages: Vec<Message>,
    /// What the PoP held, if what it held is part of the story.
    pub held: Option<Held>,
    /// The lane of the store.
    pub store: usize,
    /// The lane of the PoP.
    pub pop: usize,
}

/// Somebody who takes part.
pub struct Lane {
    /// In which part.
    pub role: String,
    /// The place.
    pub place: String,
}

/// Something that is sent.
pub struct Message {
    /// The lane that sends it.
    pub from: usize,
    /// The lane to which it goes.
    pub to: usize,
    /// When it leaves.
    pub left: Time,
    /// When it arrives; `None` where that was not seen.
    pub arrived: Option<Time>,
    /// What it is.
    pub label: String,
    /// What is to be said of it.
    pub note: String,
    /// When it is told: at its arrival, unless what matters is that it leaves.
    pub told: Time,
}

/// A copy at the PoP.
pub struct Held {
    /// From when on.
    pub from: Time,
    /// Until when it may be used.
    pub until: Time,
    /// From when on it was superseded.
    pub superseded: Option<Time>,
    /// What it is called.
    pub label: String,
    /// Where it came from, unless a message tells.
    pub note: Option<String>,
}

impl Sequence {
    /// The sequence of a story.
    pub fn of(told: &Told) -> Sequence {
        let tiers = tiers(told);
        let mut lanes = Vec::new();
        // Nobody writes in the story of a read that was not overtaken.
        let before = breach::lanes_before(told, &mut lanes);
        let store = lanes.len();
        let pop = store + 1 + tiers.len();
        lanes.extend(lanes_from_store(told, &tiers));
        let mut sequence = Sequence {
            lanes,
            messages: Vec::new(),
            held: held(told),
            store,
            pop,
        };
        sequence.add_earlier(told, before);
        // What happens at one instant is told in this order: a read makes its PoP ask, and finds what was there.
        let makes_ask = told.story.found.read.status == CacheStatus::Fetch;
        if makes_ask {
            sequence.add_question(told);
        }
        sequence.add_own_write(told);
        sequence.add_hops(told);
        if let (Some(write), Some(writer)) = (told.story.superseded, before.writer) {
            sequence.add_superseding(told, &write, writer);
        }
        if !makes_ask {
            sequence.add_question(told);
        }
        sequence.add_answer(told);
        sequence.add_overwriting(told, before);
        sequence.messages.sort_by_key(|message| message.told);
        sequence
    }

    fn add_own_write(&mut self, told: &Told) {
        let Some(write) = told.story.found.chain.own_write else {
            return;
        };
        let version = told.version(write.version.unwrap_or(0));
        let service = told.scenario.store.service_time;
        self.messages.push(Message {
            from: self.pop,
            to: self.store,
            left: write.start,
            arrived: Some(write.arrival),
            label: written(&write, &version),
            note: format!("{version} is committed"),
            told: write.arrival,
        });
        self.messages.push(Message {
            from: self.store,
            to: self.pop,
            left: write.arrival + service,
            arrived: Some(write.answered),
            label: "ok".to_owned(),
            note: format!("kept as {version}, for use until {}", clock(self.until())),
            told: write.answered,
        });
    }

    fn until(&self) -> Time {
        self.held.as_ref().map_or(Time(0), |held| held.until)
    }

    /// The questions on the way up, and the answers on the way down.
    fn add_hops(&mut self, told: &Told) {
        let chain = &told.story.found.chain;
        let version = told.version(told.story.found.read.version);
        for (place, hop) in chain.hops.iter().enumerate() {
            let (below, above) = (self.pop - place, self.pop - place - 1);
            let is_top = place + 1 == chain.hops.len() && chain.is_whole;
            let arrived = arrival_above(hop, chain.hops.get(place + 1), is_top);
            let there = &self.lanes[above].place;
            let note = match arrived {
                Some(arrived) => format!("asks {there}, there at {}", clock(arrived)),
                None => format!("asks {there}"),
            };
            self.messages.push(Message {
                from: below,
                to: above,
                left: hop.started,
                arrived,
                label: "get".to_owned(),
                note,
                told: hop.started,
            });
            let is_kept = place == 0 && self.held.is_some();
            let note = match is_kept {
                true => format!("kept, for use until {}", clock(self.until())),
                false => format!("left {there} at {}", clock(hop.left)),
            };
            self.messages.push(Message {
                from: above,
                to: below,
                left: hop.left,
                arrived: Some(hop.arrived),
                label: version.clone(),
                note,
                told: hop.arrived,
            });
        }
    }

    fn add_superseding(&mut self, told: &Told, write: &Write, writer: usize) {
        let version = told.version(write.version.unwrap_or(0));
        let old = told.version(told.story.found.read.version);
        self.messages.push(Message {
            from: writer,
            to: self.store,
            left: write.start,
            arrived: Some(write.arrival),
            label: written(write, &version),
            note: format!(
                "{old} is superseded; {} cannot know",
                self.lanes[self.pop].place
            ),
            told: write.arrival,
        });
    }

    fn add_question(&mut self, told: &Told) {
        let read = &told.story.found.read;
        let reader = self.pop + 1;
        let how = match read.status {
            CacheStatus::Hit => "a copy that may still be used",
            CacheStatus::Coalesced => "waits for the answer under way",
            CacheStatus::Fetch => "no copy that may be used",
        };
        self.messages.push(Message {
            from: reader,
            to: self.pop,
            left: read.start,
            arrived: Some(read.start),
            label: "get".to_owned(),
            note: how.to_owned(),
            told: read.start,
        });
    }

    fn add_answer(&mut self, told: &Told) {
        let read = &told.story.found.read;
        let reader = self.pop + 1;
        let status = match read.status {
            CacheStatus::Hit => "hit",
            CacheStatus::Coalesced => "waited",
            CacheStatus::Fetch => "miss",
        };
        let freshness = match told.story.staleness() {
            Some(time) => format!("{} stale", length(time)),
            None => "fresh".to_owned(),
        };
        let left = read.end - told.scenario.cache.hit_latency;
        self.messages.push(Message {
            from: self.pop,
            to: reader,
            left,
            arrived: Some(read.end),
            label: told.label(),
            note: format!("{status}, {freshness}, in {}", length(told.story.latency())),
            told: read.end,
        });
    }
}

/// When a question arrived at the place that answered it, if that was seen: the store says when it was asked; a tier
/// asked on at once, or answered at once from its copy.
fn arrival_above(hop: &Fetched, above: Option<&Fetched>, is_top: bool) -> Option<Time> {
    match above {
        _ if is_top => Some(hop.sampled_at),
        None => Some(hop.left),
        Some(above) if above.started >= hop.started => Some(above.started),
        Some(above) if above.arrived < hop.left => Some(hop.left),
        // It waited there for an answer under way.
        Some(_) => None,
    }
}

fn written(write: &Write, version: &str) -> String {
    match write.is_delete {
        true => "delete".to_owned(),
        false => format!("put {version}"),
    }
}

/// The tiers on the way that took part, from the PoP upwards: name and place.
fn tiers(told: &Told) -> Vec<(String, String)> {
    let chain = &told.story.found.chain;
    let count = match chain.is_whole {
        true => chain.hops.len() - 1,
        false => chain.hops.len(),
    };
    let path = told.scenario.pops[told.pop()].path.iter();
    let tiers = path.filter_map(|hop| match hop.to {
        Node::Tier { tier, place } => {
            let tier = &told.scenario.tiers[tier];
            Some((tier.name.clone(), tier.places[place].clone()))
        }
        Node::Store => None,
    });
    tiers.take(count).collect()
}

fn lanes_from_store(told: &Told, tiers: &[(String, String)]) -> Vec<Lane> {
    let lane = |role: &str, place: &str| Lane {
        role: role.to_owned(),
        place: place.to_owned(),
    };
    let mut lanes = vec![lane("store", &told.scenario.store.at)];
    lanes.extend(tiers.iter().rev().map(|(name, place)| lane(name, place)));
    lanes.push(lane("PoP", &told.scenario.pops[told.pop()].code));
    let reader = told.reader().unwrap_or_default();
    lanes.push(lane(breach::role(told), reader));
    lanes
}

fn held(told: &Told) -> Option<Held> {
    let story = told.story;
    let Source::Copy { copy, until } = story.found.chain.source else {
        return None;
    };
    let is_told = !story.found.chain.hops.is_empty() || story.found.chain.own_write.is_some();
    Some(Held {
        from: copy.filled_at,
        until,
        superseded: story.superseded.map(|write| write.arrival),
        label: told.label(),
        note: (!is_told).then(|| {
            format!(
                "of the past that the start is drawn from; for use until {}",
                clock(until)
            )
        }),
    })
}

/// An instant as minutes and seconds of the measured time.
pub fn clock(time: Time) -> String {
    let milliseconds = (time.0.unsigned_abs() + 500_000) / 1_000_000;
    let sign = if time.0 < 0 && milliseconds > 0 {
        "-"
    } else {
        ""
    };
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    match minutes / 60 {
        0 => format!("{sign}{minutes}:{seconds:02}.{milliseconds:03}"),
        hours => format!(
            "{sign}{hours}:{:02}:{seconds:02}.{milliseconds:03}",
            minutes % 60
        ),
    }
}

/// A length of time as people say it.
pub fn length(length: Duration) -> String {
    super::format::seconds(length.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_minutes_and_seconds() {
        let shown = [
            (0, "0:00.000"),
            (65_432_100_000, "1:05.432"),
            (-12_345_600_000, "-0:12.346"),
            (3_600_000_000_000, "1:00:00.000"),
            (59_999_999_999, "1:00.000"),
        ];
        for (nanoseconds, text) in shown {
            assert_eq!(clock(Time(nanoseconds)), text);
        }
    }
}
