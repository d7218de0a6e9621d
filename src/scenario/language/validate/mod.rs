//! What a scenario file means: every mistake is found in one go, every name resolved, every default filled in.
//!
//! Each check notes its mistake and goes on with a stand-in, so that one pass finds them all; a [`Scenario`]
//! leaves only where there was none.

pub mod bounds;
mod cache_ttls;
pub mod clients;
mod files;
mod hints;
mod keys;
mod links;
mod open_requests;
pub mod origins;
mod places;
pub mod replays;
pub mod requests;
mod script;
mod sites;
mod spread;
mod step;
mod steps;
mod stored;
mod topology;
mod warm_up;
pub mod workers;
mod workloads;

use std::collections::BTreeSet;
use std::path::Path;

use super::diagnostic::{Code, Diagnostic};
use super::expect::expectation;
use super::file::{File, Initial};
use super::quantity::OrNone;
use super::source::{Sources, Span};
use super::written::Written;
use crate::scenario::{
    CacheRules, CacheStart, OwnWrites, Plan, Scenario, Store, TtlRule, WorkerIndex, WriteLimitRule,
};
use crate::units::{Bandwidth, Duration, Rate, Size, TimeOfDay};

/// Where the store is if the file does not say.
pub const DEFAULT_STORE: &str = "IAD";

/// How long a tier's cache answers from a copy if the file does not say: the platform's default TTL.
pub const DEFAULT_KEEP: Duration = crate::scenario::DEFAULT_CACHE_TTL;

/// What an acknowledged write does to its PoP's copy if the file does not say.
pub const DEFAULT_OWN_WRITES: OwnWrites = OwnWrites::Visible;

/// What a hit costs if the file does not say.
pub const DEFAULT_HIT_LATENCY: Duration = Duration::from_millis(1);

/// Writes accepted per key if the file does not say
/// (developers.cloudflare.com/kv/platform/limits).
pub const DEFAULT_WRITE_LIMIT: Rate = Rate {
    count: 1.0,
    per: Duration::from_secs(1),
};

/// A scenario without mistakes, whose `resolved` is still empty.
pub struct Valid {
    /// The scenario.
    pub scenario: Scenario,
    /// Whether any of its delays follows from geography.
    pub is_geography_used: bool,
}

/// Checks a file's meaning; paths in it count from `directory`.
pub fn validate(
    file: &File,
    name: &str,
    sources: &Sources,
    directory: &Path,
) -> Result<Valid, Vec<Diagnostic>> {
    let too_many = bounds::too_many(file);
    if !too_many.is_empty() {
        return Err(too_many);
    }
    let mut checker = Checker {
        sources,
        directory,
        sites: 0,
        client_keys: Vec::new(),
        asked: BTreeSet::new(),
        enforce_limits: written(&file.limits.enforce, true),
        mistakes: Vec::new(),
        hints: Vec::new(),
    };
    let valid = check(file, name, &mut checker);
    if checker.mistakes.is_empty() {
        Ok(valid)
    } else {
        Err(checker.mistakes)
    }
}

fn check(file: &File, name: &str, checker: &mut Checker<'_>) -> Valid {
    let duration = checker.duration(file);
    let topology = topology::topology(file, checker);
    let are_complete = topology.names.are_complete;
    let known = workers::Known::of(file);
    let mut scenario = Scenario {
        name: name.to_owned(),
        title: written(&file.title, name.to_owned()),
        question: file.question.as_ref().map(|q| q.value.clone()),
        duration,
        warm_up: Duration::ZERO,
        seed: checker.seed(file),
        starts_at: written(&file.starts_at, TimeOfDay::default()),
        runs: checker.runs(file),
        per_read: written(&file.run.per_read, false),
        store: checker.store(file),
        cache: checker.cache(file),
        bandwidth: checker.bandwidth(file),
        tiers: topology.tiers,
        pops: topology.pops,
        workloads: workloads::workloads(file, &topology.names, checker),
        replays: replays::replays(file, &topology.names, checker),
        clients: clients::clients(file, &topology.names, &known, checker),
        workers: workers::workers(file, &topology.names, &known, checker),
        origins: origins::origins(file, checker),
        namespaces: known.namespaces.clone(),
        stored: stored::stored(file, &known, checker),
        script: script::script(file, &topology.names, checker),
        expect: Vec::new(),
        enforce_limits: checker.enforce_limits,
        plan: written(&file.pricing.plan, Plan::Paid),
        resolved: String::new(),
        hints: Vec::new(),
    };
    workers::note_unasked(file, &known, checker);
    sites::note_too_many(checker);
    keys::note_keys_of_all(file, checker);
    scenario.warm_up = warm_up::warm_up(file, &scenario, checker);
    checker.expected_reads(file, &scenario);
    for rule in &file.expect {
        match expectation(rule, &scenario, checker.sources) {
            Ok(expectation) => scenario.expect.push(expectation),
            // A PoP that could not be found is one mistake, not one more in each rule about it.
            Err(mistake) if mistake.code == Code::UnknownName && !are_complete => {}
            Err(mistake) => checker.mistake(mistake),
        }
    }
    scenario.hints = hints::hints(&scenario);
    scenario.hints.append(&mut checker.hints);
    Valid {
        scenario,
        is_geography_used: topology.is_geography_used,
    }
}

/// The value a file gives, or its default.
pub fn written<T: Clone>(value: &Option<Written<T>>, default: T) -> T {
    value.as_ref().map_or(default, |w| w.value.clone())
}

/// Collects mistakes while a file is checked.
pub struct Checker<'a> {
    /// The texts that spans point into.
    pub sources: &'a Sources,
    /// Where the scenario's file lies: paths in it count from here.
    pub directory: &'a Path,
    /// Workloads, clients and sources of requests times the PoPs at which they arrive, so far.
    pub sites: usize,
    /// Keys that clients name by a rank, so far.
    pub client_keys: Vec<keys::ClientKeys>,
    /// Workers that clients ask, so far.
    pub asked: BTreeSet<WorkerIndex>,
    /// Whether the platform's published limits bind.
    pub enforce_limits: bool,
    /// What was wrong so far.
    pub mistakes: Vec<Diagnostic>,
    /// What changes nothing so far, but may once the command line changes something else.
    pub hints: Vec<String>,
}

impl Checker<'_> {
    /// Notes a mistake.
    pub fn mistake(&mut self, mistake: Diagnostic) {
        self.mistakes.push(mistake);
    }

    /// Notes that a key that must be there is not.
    pub fn missing(&mut self, table: &Span, header: &str, key: &str, example: &str) {
        let title = format!("{header} needs `{key}`");
        self.mistake(
            Diagnostic::new(Code::Missing, title)
                .at(table, format!("`{key}` is missing"))
                .help(format!("for example `{example}`")),
        );
    }

    /// Notes that a setting would change nothing.
    pub fn no_effect(&mut self, span: &Span, title: String, help: impl Into<String>) {
        self.mistake(
            Diagnostic::new(Code::NoEffect, title)
                .at(span, "this would change nothing")
                .help(help),
        );
    }

    /// Whether a name of the writer's choice may be given; notes it if not.
    pub fn name(&mut self, what: &str, name: &str, span: &Span) -> bool {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let good = (1..=bounds::NAME_LENGTH_MAX).contains(&name.len()) && name.chars().all(fits);
        if !good {
            let title = format!("`{name}` cannot be the name of a {what}");
            self.mistake(Diagnostic::new(Code::BadName, title).at(span, "").help(
                "a name has 1 to 32 characters: letters A to Z and a to z, digits, `-` and `_`",
            ));
        }
        good
    }

    fn duration(&mut self, file: &File) -> Duration {
        let Some(duration) = &file.duration else {
            self.mistake(
                Diagnostic::new(
                    Code::Missing,
                    "a scenario needs `duration`, the measured time",
                )
                .help("for example `duration = \"30m\"`, at the top of the file"),
            );
            return Duration::from_secs(1);
        };
        if duration.value == Duration::ZERO {
            self.mistake(
                Diagnostic::new(Code::OutOfRange, "a duration of zero measures nothing")
                    .at(&duration.span, "must be above zero"),
            );
        }
        self.at_most("duration", duration, bounds::SPAN_MAX);
        duration.value
    }

    fn seed(&mut self, file: &File) -> u64 {
        let Some(seed) = &file.seed else { return 1 };
        if seed.value > bounds::SEED_MAX {
            let title = format!("a seed is at most {}", bounds::SEED_MAX);
            self.mistake(
                Diagnostic::new(Code::OutOfRange, title)
                    .at(&seed.span, "")
                    .help("TOML's whole numbers end there"),
            );
        }
        seed.value
    }

    fn runs(&mut self, file: &File) -> u32 {
        let Some(runs) = &file.run.runs else { return 1 };
        if !(1..=bounds::RUNS_MAX).contains(&runs.value) {
            let title = format!("the number of runs is from 1 to {}", bounds::RUNS_MAX);
            self.mistake(Diagnostic::new(Code::OutOfRange, title).at(&runs.span, ""));
        }
        runs.value
    }

    fn store(&mut self, file: &File) -> Store {
        let store = &file.store;
        if let Some(service_time) = &store.service_time {
            self.at_most("service-time", service_time, bounds::DELAY_MAX);
        }
        let limit = match &store.write_limit {
            None => Some(DEFAULT_WRITE_LIMIT),
            Some(limit) => limit.value.0,
        };
        let rule = written(&store.write_limit_rule, WriteLimitRule::SinceAccepted);
        if let (Some(written), Some(limit)) = (&store.write_limit, limit) {
            self.write_limit(written, limit, rule);
        }
        if limit.is_none() && store.write_limit_rule.is_some() {
            self.hints.push(
                "`store.write-limit-rule` changes nothing here: it says how a limit counts, and `write-limit` is \"none\"."
                    .to_owned(),
            );
        }
        Store {
            at: written(&store.at, DEFAULT_STORE.to_owned()),
            service_time: written(&store.service_time, Duration::ZERO),
            write_limit: limit,
            write_limit_rule: rule,
            initially_present: written(&store.initial, Initial::Present) == Initial::Present,
        }
    }

    fn write_limit(&mut self, written: &Written<OrNone<Rate>>, limit: Rate, rule: WriteLimitRule) {
        if limit.count == 0.0 {
            self.mistake(
                Diagnostic::new(Code::OutOfRange, "a limit of zero would refuse every write")
                    .at(&written.span, "must be above zero")
                    .help("\"none\" lifts the limit"),
            );
        } else if rule == WriteLimitRule::CalendarSecond
            && (limit.count.fract() != 0.0 || limit.count > f64::from(u32::MAX))
        {
            self.mistake(
                Diagnostic::new(
                    Code::OutOfRange,
                    "with \"calendar-second\" the limit is a whole number of writes",
                )
                .at(&written.span, "not a whole number")
                .help("for example \"2/s\": the first two of each second; \"1/2s\" is one in two"),
            );
        } else {
            self.rate("write-limit", &written.span, limit);
        }
    }

    fn cache(&mut self, file: &File) -> CacheRules {
        let cache = &file.cache;
        if let Some(hit_latency) = &cache.hit_latency {
            self.at_most("hit-latency", hit_latency, bounds::DELAY_MAX);
        }
        if let Some(refresh_ahead) = &cache.refresh_ahead {
            self.at_most("refresh-ahead", refresh_ahead, bounds::SPAN_MAX);
        }
        CacheRules {
            start: self.start(file),
            ttl_rule: written(&cache.ttl_rule, TtlRule::FillerAndReader),
            coalesce: written(&cache.coalesce, true),
            refresh_ahead: written(&cache.refresh_ahead, Duration::ZERO),
            hit_latency: written(&cache.hit_latency, DEFAULT_HIT_LATENCY),
        }
    }

    /// A record says nothing of what was before it, so that with a replay nothing may be drawn.
    fn start(&mut self, file: &File) -> CacheStart {
        let Some((replay, _)) = file.replay.iter().next() else {
            return written(&file.cache.start, CacheStart::RandomAge);
        };
        if let Some(start) = &file.cache.start
            && start.value == CacheStart::RandomAge
        {
            self.mistake(
                Diagnostic::new(Code::Choice, "with a replay the caches start cold")
                    .at(&start.span, "this draws what a long past would have left")
                    .also(&replay.span, "this replay has no past")
                    .help("leave `start` out, or write \"cold\""),
            );
        }
        CacheStart::Cold
    }

    fn bandwidth(&mut self, file: &File) -> Option<Bandwidth> {
        let written = file.network.bandwidth.as_ref()?;
        let bandwidth = written.value.0?;
        let per_second = bandwidth.size.0 as f64 / bandwidth.per.as_secs_f64();
        if per_second < bounds::BANDWIDTH_MIN_PER_S {
            self.mistake(
                Diagnostic::new(Code::OutOfRange, "a bandwidth below 1KB/s")
                    .at(&written.span, "a single value would take years"),
            );
        }
        Some(bandwidth)
    }

    /// The size of a value, of a workload or a script.
    pub fn value_size(&mut self, size: Size, span: &Span) {
        if self.enforce_limits && size > bounds::VALUE_SIZE_MAX {
            self.mistake(
                Diagnostic::new(Code::PublishedLimit, "a value is at most 25MiB")
                    .at(span, format!("{size} is more"))
                    .help("`limits.enforce = false` studies a platform without this limit"),
            );
        } else if size > bounds::VALUE_SIZE_MAX_UNENFORCED {
            let title = format!("a value above {}", bounds::VALUE_SIZE_MAX_UNENFORCED);
            self.mistake(Diagnostic::new(Code::OutOfRange, title).at(span, ""));
        }
    }
}
