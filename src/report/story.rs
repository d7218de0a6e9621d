//! The story of a read in words: what it returned, why, whether that is documented, what would have avoided it, and
//! what it gets in a changed world.

use super::format::whole;
pub use super::html::sequence::figure;
use super::sequence::{clock, length};
use crate::observe::story::{Cause, Source, Story};
use crate::scenario::{Node, Operation, Scenario, WorkloadKind};
use crate::sim::observation::CacheStatus;
use crate::units::{Duration, Time};

/// A story with what it is about.
pub struct Told<'a> {
    /// The story.
    pub story: &'a Story,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The key's name.
    pub key: &'a str,
    /// Changes, as they were said, and the same read's story with them; `None` where there is no such read.
    pub what_if: Option<(Vec<String>, Option<Story>)>,
}

/// The platform's least `cacheTtl`.
const LEAST_TTL: Duration = Duration::from_secs(30);

impl Told<'_> {
    /// The index of the PoP.
    pub fn pop(&self) -> usize {
        usize::from(self.story.found.read.class.pop)
    }

    /// The code of the PoP.
    fn at(&self) -> &str {
        &self.scenario.pops[self.pop()].code
    }

    /// The name of the workload that read; a scripted read has none.
    pub fn reader(&self) -> Option<&str> {
        let mut names = self.scenario.workload_names();
        names.nth(usize::from(self.story.found.read.class.workload))
    }

    /// What a version is called.
    pub fn version(&self, version: u32) -> String {
        format!("v{version}")
    }

    /// "returned v1 of flags/checkout; v2 had existed for 50.9 s"
    pub fn headline(&self) -> String {
        let Told { story, key, .. } = self;
        let read = &story.found.read;
        let returned = match story.found.is_missing {
            true => "that there is no value".to_owned(),
            false => self.version(read.version),
        };
        let (at, start, took) = (self.at(), clock(read.start), length(story.latency()));
        match (story.staleness(), is_of_stale(story.cause)) {
            (Some(time), true) => {
                let of = if story.found.is_missing { "for" } else { "of" };
                let is_delete = story.superseded.is_some_and(|write| write.is_delete);
                let (newer, time) = (self.version(read.version + 1), length(time));
                let then = match is_delete {
                    true => format!("It had been deleted {time} before"),
                    false => format!("{newer} had existed for {time}"),
                };
                let lag = match story.version_lag {
                    1 => String::new(),
                    2 if is_delete => ", and changed once since".to_owned(),
                    lag if is_delete => {
                        format!(", and changed {} times since", whole(u64::from(lag) - 1))
                    }
                    2 => ", and a still newer one".to_owned(),
                    lag => format!(", and {} still newer ones", whole(u64::from(lag) - 1)),
                };
                format!("The read at {at} at {start} returned {returned} {of} {key}. {then}{lag}.")
            }
            _ => format!(
                "The read of {key} at {at} at {start} took {took}, and returned {returned}."
            ),
        }
    }

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
        }
    }

    /// What would have avoided it.
    pub fn change(&self) -> Vec<String> {
        let story = self.story;
        match (story.cause, &story.found.chain.source) {
            (Cause::Kept | Cause::KeptAbsence, Source::Copy { copy, .. }) => {
                self.shorter_ttl(copy.counted_from)
            }
            (Cause::OnItsWay, Source::Copy { copy, .. }) => self.shorter_ttl(copy.counted_from),
            (Cause::OnItsWay, Source::Fetched(_)) => vec![
                "a read that does not wait for an answer under way asks for itself.".to_owned(),
                trial("cache.coalesce=false"),
            ],
            (Cause::KeptAbove, _) => self.shorter_keep(),
            (Cause::AskedStore | Cause::AskedTier | Cause::Waited, _) => self.longer_ttl(),
            _ => vec!["nothing: no read is answered sooner than by a copy at its PoP.".to_owned()],
        }
    }

    /// A copy whose age counts from `counted_from` would have ended before the read.
    fn shorter_ttl(&self, counted_from: Time) -> Vec<String> {
        let age = self.story.found.read.start - counted_from;
        if self.scenario.enforce_limits && age < LEAST_TTL {
            return vec![format!(
                "the copy was {} old: no permitted cache-ttl (30 s at the least) would have ended it before the read.",
                length(age)
            )];
        }
        let longest = at_most(age);
        let value = longest.min(LEAST_TTL);
        let mut sentences = vec![format!(
            "this copy would have ended before the read with a cache-ttl of {longest} or less."
        )];
        sentences.extend(
            self.ttl_path()
                .map(|path| trial(&format!("{path}={value}"))),
        );
        sentences
    }

    /// A tier that keeps its copy for less would have asked.
    fn shorter_keep(&self) -> Vec<String> {
        let Some((place, age)) = self.story.held_above() else {
            return Vec::new();
        };
        let Some(age) = age else {
            return vec![
                "a shorter `keep` of the tier; how old its copy was is not known.".to_owned(),
            ];
        };
        let longest = at_most(age);
        let tier = self.tier(place).map_or(place, |(tier, _)| tier);
        vec![
            format!(
                "the tier would have asked for the new version if it kept copies for {longest} or less."
            ),
            trial(&format!("tier[{tier}].keep={longest}")),
        ]
    }

    /// The copy before might still have been used.
    fn longer_ttl(&self) -> Vec<String> {
        let Some(counted_from) = self.story.last_copy else {
            return vec![format!(
                "nothing that is known: as far as is simulated no copy had come to {} before.",
                self.at()
            )];
        };
        let age = self.story.found.read.start - counted_from;
        let shortest = Duration((age.0 / 1_000_000_000 + 1) * 1_000_000_000);
        if self.ttl().is_some_and(|ttl| ttl > age) {
            return vec![format!(
                "not the cache-ttl: the last copy at {} was only {} old, but gone, refreshed or replaced.",
                self.at(),
                length(age)
            )];
        }
        let mut sentences = vec![format!(
            "the last copy at {} was {} old: with a cache-ttl of {shortest} the read could have used it, as old as it was.",
            self.at(),
            length(age)
        )];
        sentences.extend(
            self.ttl_path()
                .map(|path| trial(&format!("{path}={shortest}"))),
        );
        sentences
    }

    /// The read's `cache-ttl`, where the scenario says it.
    fn ttl(&self) -> Option<Duration> {
        let workload = usize::from(self.story.found.read.class.workload);
        match self.script_index() {
            Some((_, ttl)) => Some(ttl),
            None => Some(self.scenario.workloads.get(workload)?.cache_ttl),
        }
    }

    /// Where the scenario says it.
    fn ttl_path(&self) -> Option<String> {
        let workload = usize::from(self.story.found.read.class.workload);
        match self.script_index() {
            Some((index, _)) => Some(format!("script[{index}].cache-ttl")),
            None => {
                let name = self.reader()?;
                let is_open = self.scenario.kind(workload) == WorkloadKind::Workload;
                is_open.then(|| format!("workload.{name}.cache-ttl"))
            }
        }
    }

    /// A scripted read's number in the script, and its `cache-ttl`.
    fn script_index(&self) -> Option<(usize, Duration)> {
        if self.reader().is_some() {
            return None;
        }
        let read = &self.story.found.read;
        let mut script = self.scenario.script.iter().enumerate();
        script.find_map(|(index, scripted)| match &scripted.operation {
            Operation::Get { key, cache_ttl }
                if scripted.time == read.start && scripted.pop == self.pop() && key == self.key =>
            {
                Some((index, *cache_ttl))
            }
            _ => None,
        })
    }

    fn tier_that_held(&self) -> String {
        let place = self.story.held_above().map(|(place, _)| place);
        let tier = place.and_then(|place| self.tier(place));
        tier.map_or_else(
            || "a tier".to_owned(),
            |(_, name)| format!("the tier {name}"),
        )
    }

    /// The number and name of the tier at a place above the PoP.
    fn tier(&self, place: usize) -> Option<(usize, &str)> {
        match self.scenario.pops[self.pop()].path.get(place)?.to {
            Node::Tier { tier, .. } => Some((tier, &self.scenario.tiers[tier].name)),
            Node::Store => None,
        }
    }

    /// How many others are like it; `None` where the question makes no sense.
    pub fn same(&self) -> Option<String> {
        if !is_of_stale(self.story.cause) {
            return None;
        }
        let at = self.at();
        let others = &self.story.others;
        let count: u64 = others.values().sum();
        let same = others.get(&self.story.cause).copied().unwrap_or(0);
        Some(match (count, same) {
            (0, _) => format!("no other read of the key at {at} was stale."),
            (1, 1) => format!("1 other stale read of the key at {at} has this cause."),
            (count, same) if count == same => format!(
                "{} other stale reads of the key at {at}, all of this cause.",
                whole(count)
            ),
            _ => {
                let different = others
                    .iter()
                    .filter(|(cause, _)| **cause != self.story.cause);
                let different = different
                    .map(|(cause, count)| format!("{} {}", whole(*count), in_short(*cause)));
                let different: Vec<String> = different.collect();
                let plural = if count == 1 { "" } else { "s" };
                format!(
                    "{} other stale read{plural} of the key at {at}: {} of this cause, {}.",
                    whole(count),
                    whole(same),
                    different.join(", ")
                )
            }
        })
    }

    /// What the read gets in the changed world.
    pub fn instead(&self) -> Option<String> {
        let (changes, story) = self.what_if.as_ref()?;
        let changes = changes.join(" and ");
        let Some(story) = story else {
            return Some(format!(
                "With {changes} there is no read of the key at {} at that instant.",
                self.at()
            ));
        };
        let returned = match story.found.is_missing {
            true => "that there is no value".to_owned(),
            false => self.version(story.found.read.version),
        };
        let freshness = match story.staleness() {
            None => "fresh".to_owned(),
            Some(time) => format!("stale by {}", length(time)),
        };
        let how = match story.found.read.status {
            CacheStatus::Hit => "a hit",
            CacheStatus::Coalesced => "it waited",
            CacheStatus::Fetch => "a miss",
        };
        Some(format!(
            "With {changes} the same read returns {returned}, {freshness}, in {} ({how}).",
            length(story.latency())
        ))
    }
}

/// Whether a cause is one of stale reads.
fn is_of_stale(cause: Cause) -> bool {
    cause <= Cause::KeptAbove
}

/// The largest length of few digits that is no longer.
fn at_most(length: Duration) -> Duration {
    let units = [1_000_000_000, 1_000_000, 1_000];
    let unit = units
        .into_iter()
        .find(|unit| *unit <= length.0)
        .unwrap_or(1);
    Duration(length.0 - length.0 % unit)
}

fn arrival(source: &Source) -> Time {
    match source {
        Source::Copy { copy, .. } => copy.filled_at,
        Source::Fetched(fetched) => fetched.arrived,
    }
}

/// Of stale reads: what became of the version that they were given.
fn in_short(cause: Cause) -> &'static str {
    match cause {
        Cause::KeptAbsence => "of a kept absence",
        Cause::OnItsWay => "of an answer that was on its way",
        Cause::KeptAbove => "of a copy that a tier kept",
        _ => "of a kept copy",
    }
}

fn trial(change: &str) -> String {
    let is_plain = !change.contains(['[', ' ']);
    match is_plain {
        true => format!("Try: --what-if {change}"),
        false => format!("Try: --what-if '{change}'"),
    }
}
