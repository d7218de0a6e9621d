//! What would have given a read something newer, or given it sooner: in words, and as settings to try.

use super::Told;
use crate::observe::breaches::Broken;
use crate::observe::story::{Cause, Source};
use crate::report::sequence::length;
use crate::scenario::{Client, KeyPattern, Node, Operation, OwnWrites, Placeholder, Step};
use crate::units::{Duration, Time};

/// The platform's least `cacheTtl`.
const LEAST_TTL: Duration = Duration::from_secs(30);

/// Further places of a `cache-ttl` are not tried.
const MOST_PLACES: usize = 4;

/// What would have avoided something.
#[derive(Default)]
struct Remedy {
    /// In words.
    sentences: Vec<String>,
    /// As settings, PATH=VALUE each, of which one may do.
    trials: Vec<String>,
}

impl Remedy {
    fn of(sentence: impl Into<String>) -> Remedy {
        Remedy {
            sentences: vec![sentence.into()],
            trials: Vec::new(),
        }
    }

    fn with(mut self, trials: impl IntoIterator<Item = String>) -> Remedy {
        self.trials.extend(trials);
        self
    }
}

impl Told<'_> {
    /// What would have avoided it, a sentence each.
    pub fn change(&self) -> Vec<String> {
        self.remedy().sentences
    }

    /// Settings that may have avoided it, as PATH=VALUE, the likeliest first. Whether one does is found out by applying
    /// it: a change may move the operations before the read, too.
    pub fn trials(&self) -> Vec<String> {
        self.remedy().trials
    }

    fn remedy(&self) -> Remedy {
        let story = self.story;
        let remedy = match (story.cause, &story.found.chain.source) {
            (Cause::Kept | Cause::KeptAbsence | Cause::OnItsWay, Source::Copy { copy, .. }) => {
                self.shorter_ttl(copy.counted_from)
            }
            (Cause::OnItsWay, Source::Fetched(_)) => {
                Remedy::of("a read that does not wait for an answer under way asks for itself.")
                    .with(["cache.coalesce=false".to_owned()])
            }
            (Cause::KeptAbove, _) => self.shorter_keep(),
            (Cause::AskedStore | Cause::AskedTier | Cause::Waited, _) => self.longer_ttl(),
            (Cause::Overtaken, _) => Remedy::default(),
            _ => Remedy::of("nothing: no read is answered sooner than by a copy at its PoP."),
        };
        match &story.broken {
            None => remedy,
            Some(broken) => self.of_session(broken, remedy),
        }
    }

    /// What keeps a session's promises, beside what would have made the read fresh.
    fn of_session(&self, broken: &Broken, mut remedy: Remedy) -> Remedy {
        let pop_of = |pop: u16| &self.scenario.pops[usize::from(pop)];
        let is_visible = |pop: u16| pop_of(pop).own_writes == OwnWrites::Visible;
        let code = |pop: u16| &pop_of(pop).code;
        let is_here = |pop: u16| usize::from(pop) == self.pop();
        match broken {
            Broken::OwnWrite(write) if !is_visible(write.class.pop) => {
                remedy.sentences.insert(
                    0,
                    "a PoP that keeps what is written at it shows it to its own writers.".to_owned(),
                );
                if is_here(write.class.pop) {
                    remedy.trials.insert(0, "cache.own-writes=visible".to_owned());
                }
            }
            Broken::OwnWrite(write) if !is_here(write.class.pop) => remedy.sentences.push(format!(
                "or stay at {}: what is written there is in its cache at once.",
                code(write.class.pop)
            )),
            Broken::EarlierRead(read) if !is_here(read.class.pop) => remedy.sentences.push(format!(
                "or stay at {}: a cache does not replace a copy by an older version.",
                code(read.class.pop)
            )),
            Broken::OwnWrite(_) | Broken::EarlierRead(_) => {}
            Broken::Overwrote { .. } => remedy.sentences.push(
                "let one place make all updates of a key, one after the other, such as a Durable Object; or give each \
                 writer a key of its own, and add up when reading."
                    .to_owned(),
            ),
        }
        remedy
    }

    /// A copy whose age counts from `counted_from` would have ended before the read.
    fn shorter_ttl(&self, counted_from: Time) -> Remedy {
        let age = self.story.found.read.start - counted_from;
        if self.scenario.enforce_limits && age < LEAST_TTL {
            return Remedy::of(format!(
                "the copy was {} old: no permitted cache-ttl (30 s at the least) would have ended it before the read.",
                length(age)
            ));
        }
        let longest = at_most(age);
        let value = longest.min(LEAST_TTL);
        Remedy::of(format!(
            "this copy would have ended before the read with a cache-ttl of {longest} or less."
        ))
        .with(self.ttl_settings(value))
    }

    /// A tier that keeps its copy for less would have asked.
    fn shorter_keep(&self) -> Remedy {
        let Some((place, age)) = self.story.held_above() else {
            return Remedy::default();
        };
        let Some(age) = age else {
            return Remedy::of("a shorter `keep` of the tier; how old its copy was is not known.");
        };
        let longest = at_most(age);
        let tier = self.tier(place).map_or(place, |(tier, _)| tier);
        Remedy::of(format!(
            "the tier would have asked for the new version if it kept copies for {longest} or less."
        ))
        .with([format!("tier[{tier}].keep={longest}")])
    }

    /// The copy before might still have been used.
    fn longer_ttl(&self) -> Remedy {
        let Some(counted_from) = self.story.found.last_copy else {
            return Remedy::of(format!(
                "nothing that is known: as far as is simulated no copy had come to {} before.",
                self.at()
            ));
        };
        let age = self.story.found.read.start - counted_from;
        let shortest = Duration((age.0 / 1_000_000_000 + 1) * 1_000_000_000);
        if self.ttl().is_some_and(|ttl| ttl > age) {
            return Remedy::of(format!(
                "not the cache-ttl: the last copy at {} was only {} old, but gone, refreshed or replaced.",
                self.at(),
                length(age)
            ));
        }
        Remedy::of(format!(
            "the last copy at {} was {} old: with a cache-ttl of {shortest} the read could have used it, as old as it was.",
            self.at(),
            length(age)
        ))
        .with(self.ttl_settings(shortest))
    }

    /// Settings that give the read this `cache-ttl`, as far as the scenario says it: of clients and replays each place
    /// that may have said it. What a script says is not in the scenario.
    fn ttl_settings(&self, value: Duration) -> Vec<String> {
        let mut paths = self.ttl_paths();
        paths.truncate(MOST_PLACES);
        let settings = paths.into_iter().map(|path| format!("{path}={value}"));
        settings.collect()
    }

    /// The read's `cache-ttl`, where only one place says it.
    fn ttl(&self) -> Option<Duration> {
        let workload = usize::from(self.story.found.read.class.workload);
        match self.script_index() {
            Some((_, ttl)) => Some(ttl),
            None => Some(self.scenario.workloads.get(workload)?.cache_ttl),
        }
    }

    /// Where the scenario may say it.
    fn ttl_paths(&self) -> Vec<String> {
        if let Some((index, _)) = self.script_index() {
            return vec![format!("script[{index}].cache-ttl")];
        }
        let Some(name) = self.reader() else {
            return Vec::new();
        };
        let scenario = self.scenario;
        if scenario.workloads.iter().any(|w| w.name == name) {
            return vec![format!("workload.{name}.cache-ttl")];
        }
        if scenario.replays.iter().any(|replay| replay.name == name) {
            return vec![format!("replay.{name}.cache-ttl")];
        }
        let mut paths = Vec::new();
        if let Some(client) = scenario.clients.iter().find(|client| client.name == name) {
            let start = format!("client.{name}.steps");
            places_of_get(client, &client.steps, &start, self.key, &mut paths);
        }
        paths
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

    /// The number and name of the tier at a place above the PoP.
    pub(super) fn tier(&self, place: usize) -> Option<(usize, &str)> {
        match self.scenario.pops[self.pop()].path.get(place)?.to {
            Node::Tier { tier, .. } => Some((tier, &self.scenario.tiers[tier].name)),
            Node::Store => None,
        }
    }
}

/// The places of the steps that may read a key.
fn places_of_get(
    client: &Client,
    steps: &[Step],
    start: &str,
    name: &str,
    paths: &mut Vec<String>,
) {
    for (index, step) in steps.iter().enumerate() {
        let place = format!("{start}[{index}]");
        let mut inside = |steps: &[Step], list: &str| {
            places_of_get(client, steps, &format!("{place}.{list}"), name, paths);
        };
        match step {
            Step::Get { key, .. } if may_be(&client.keys[*key], name) => {
                paths.push(format!("{place}.cache-ttl"));
            }
            Step::Repeat { steps, .. } => inside(steps, "steps"),
            Step::If {
                then, otherwise, ..
            } => {
                inside(then, "then");
                inside(otherwise, "else");
            }
            _ => {}
        }
    }
}

/// Whether a key of the steps may have this name.
fn may_be(pattern: &KeyPattern, name: &str) -> bool {
    let between = name.strip_prefix(pattern.prefix.as_str());
    let between = between.and_then(|rest| rest.strip_suffix(pattern.suffix.as_str()));
    between.is_some_and(|between| match pattern.placeholder {
        None => between.is_empty(),
        Some(Placeholder::Pop) => !between.is_empty(),
        Some(Placeholder::Client | Placeholder::Rank { .. }) => between.parse::<u32>().is_ok(),
    })
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
