//! Why a read got what it got, in words, and whether that is documented.

use super::Told;
use crate::observe::story::{Cause, Source};
use crate::report::sequence::{clock, length};
use crate::units::{Duration, Time};

impl Told<'_> {
    /// Why the read got what it got.
    pub fn why(&self) -> String {
        let Told { story, .. } = self;
        let (at, latency) = (self.at(), length(story.latency()));
        match story.cause {
            Cause::Kept | Cause::KeptAbsence => self.why_kept(),
            Cause::OnItsWay => self.why_on_its_way(),
            Cause::KeptAbove => self.why_kept_above(),
            Cause::CopyAtHand => format!(
                "it was a hit: {at} had a copy, and an answer from a copy takes {latency} here."
            ),
            Cause::AskedStore => self.why_asked_store(),
            Cause::AskedTier => format!(
                "{at} had no copy that might be used, and asked the tier above, which had one, or had asked for one."
            ),
            Cause::Waited => {
                let started = story.found.chain.hops.first().map(|hop| hop.started);
                let since = started.map_or(Duration::ZERO, |time| story.found.read.start - time);
                format!(
                    "{at} had no copy that might be used, but had asked {} before: the read waited for that answer.",
                    length(since)
                )
            }
            Cause::Overtaken => self.why_overtaken(),
        }
    }

    fn why_kept(&self) -> String {
        let story = self.story;
        let (at, Some(superseded)) = (self.at(), story.superseded) else {
            return String::new();
        };
        let Source::Copy { copy, until } = story.found.chain.source else {
            return String::new();
        };
        let newer = self.version(superseded.version.unwrap_or(0));
        let before = length(superseded.arrival - copy.filled_at);
        let what = match story.cause {
            Cause::KeptAbsence => "that the key has no value had come to",
            _ => "the copy had come to",
        };
        let remembered = match story.cause {
            Cause::KeptAbsence => "an absence is kept like a value, and might be",
            _ => "it might be",
        };
        format!(
            "{what} {at} {before} before {newer} was committed; {remembered} used for {}, until {}.",
            length(until - copy.filled_at),
            clock(until)
        )
    }

    fn why_on_its_way(&self) -> String {
        let story = self.story;
        let (at, Some(superseded)) = (self.at(), story.superseded) else {
            return String::new();
        };
        let chain = &story.found.chain;
        let old = self.version(story.found.read.version);
        let newer = self.version(superseded.version.unwrap_or(0));
        let then = match chain.source {
            Source::Copy { .. } => format!(
                "; what came was kept, and used {} later",
                length(story.found.read.start - arrival(&chain.source))
            ),
            Source::Fetched(_) => String::new(),
        };
        if chain.own_write.is_some() {
            return format!(
                "{old} was written at {at}, and {newer} was committed before {at} heard that {old} was{then}."
            );
        }
        let sampled = match chain.source {
            Source::Copy { copy, .. } => copy.sampled_at,
            Source::Fetched(fetched) => fetched.sampled_at,
        };
        format!(
            "the store had been asked {} before {newer} was committed there, and its answer came to {at} {} after{then}.",
            length(superseded.arrival - sampled),
            length(arrival(&chain.source) - superseded.arrival)
        )
    }

    fn why_kept_above(&self) -> String {
        let story = self.story;
        let (Some((place, _)), Some(superseded)) = (story.held_above(), story.superseded) else {
            return String::new();
        };
        let hops = &story.found.chain.hops;
        let (at, tier) = (self.at(), self.tier_that_held());
        let newer = self.version(superseded.version.unwrap_or(0));
        let since = match hops.get(place + 1) {
            Some(came) => length(superseded.arrival - came.arrived) + " before",
            None => "long before".to_owned(),
        };
        format!(
            "{tier}, between {at} and the store, got the copy {since} {newer} was committed, and handed it on {} after.",
            length(hops[place].left - superseded.arrival)
        )
    }

    fn why_asked_store(&self) -> String {
        let story = self.story;
        let (at, store) = (self.at(), &self.scenario.store.at);
        let asked = format!("{at} had no copy that might be used, and asked the store in {store}");
        match &story.found.chain.hops[..] {
            [hop] => {
                let (up, there) = (hop.sampled_at - hop.started, hop.left - hop.sampled_at);
                let down = hop.arrived - hop.left;
                let there = match there {
                    Duration::ZERO => String::new(),
                    there => format!("{} there, ", length(there)),
                };
                format!("{asked}: {} up, {there}{} down.", length(up), length(down))
            }
            hops => format!("{asked}, through {} tiers.", hops.len() - 1),
        }
    }

    /// Whether that is what the platform documents.
    pub fn within(&self) -> &'static str {
        match self.story.cause {
            Cause::Kept => {
                "what Workers KV documents: elsewhere a change may take 60 s or more to be seen, or the read's cacheTtl."
            }
            Cause::KeptAbsence => {
                "what Workers KV documents: that a key has no value is cached like a value, for as long."
            }
            Cause::OnItsWay => {
                "what eventual consistency allows. How reads wait for each other and how long ways take is not \
                 published: here it is as the scenario says."
            }
            Cause::KeptAbove => {
                "what Workers KV documents as far as there are tiers; how long they keep a copy is not published: \
                 here it is as the scenario says."
            }
            Cause::CopyAtHand | Cause::AskedStore | Cause::AskedTier => {
                "what Workers KV documents: hot reads are answered nearby, cold ones come from further away."
            }
            Cause::Waited => {
                "what the scenario assumes: whether reads wait for each other is not published (cache.coalesce)."
            }
            Cause::Overtaken => {
                "what Workers KV documents: of writes at the same time to one key the last one stays, and nothing is \
                 compared."
            }
        }
    }

    fn tier_that_held(&self) -> String {
        let place = self.story.held_above().map(|(place, _)| place);
        let tier = place.and_then(|place| self.tier(place));
        tier.map_or_else(
            || "a tier".to_owned(),
            |(_, name)| format!("the tier {name}"),
        )
    }
}

fn arrival(source: &Source) -> Time {
    match source {
        Source::Copy { copy, .. } => copy.filled_at,
        Source::Fetched(fetched) => fetched.arrived,
    }
}
