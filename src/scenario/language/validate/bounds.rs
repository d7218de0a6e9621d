//! How far values may go: the platform's published limits, and the bounds within which no sum overflows.

use super::Checker;
use super::warm_up::mean_s;
use crate::scenario::language::diagnostic::{Code, Diagnostic};
use crate::scenario::language::file::File;
use crate::scenario::language::forms::PopList;
use crate::scenario::language::source::Span;
use crate::scenario::language::written::Written;
use crate::scenario::{Client, ClientStart, RequestSource, RequestStart, Scenario, Workload};
use crate::units::{Duration, Rate, Size};

/// Length of names for PoPs, tiers, workloads, replays, clients, Workers, origins and namespaces.
pub const NAME_LENGTH_MAX: usize = 32;

/// 82 years: three times that, end to end, fits the 292 years of a time in nanoseconds.
pub const SPAN_MAX: Duration = Duration::from_secs(30_000 * 86_400);

/// One way, or at a node: a day is far beyond any network and keeps sums small.
pub const DELAY_MAX: Duration = Duration::from_secs(86_400);

/// Above this counts of operations over such a time would not fit 64 bits.
pub const RATE_MAX_PER_S: f64 = 1e9;

/// Once in thirty years: below this nothing happens in any scenario.
pub const RATE_MIN_PER_S: f64 = 1e-9;

/// Below this the largest value would take longer than [`SPAN_MAX`].
pub const BANDWIDTH_MIN_PER_S: f64 = 1_000.0;

/// Path length over great circle.
pub const INFLATION_MAX: f64 = 100.0;

/// TOML's whole numbers end here; the seeds of all runs then fit 64 bits.
pub const SEED_MAX: u64 = i64::MAX as u64;

/// Runs of one scenario.
pub const RUNS_MAX: u32 = 100_000;

/// PoPs of one scenario.
pub const POPS_MAX: usize = 10_000;

/// Rules of one scenario.
pub const EXPECT_MAX: usize = 1_000;

/// Tiers of one scenario.
pub const TIERS_MAX: usize = 8;

/// Workloads of one scenario.
pub const WORKLOADS_MAX: usize = 10_000;

/// Replays of one scenario; each is an open file.
pub const REPLAYS_MAX: usize = 100;

/// Columns of a replayed file.
pub const COLUMNS_MAX: u32 = 1_000;

/// Kinds of clients of one scenario.
pub const CLIENTS_MAX: usize = 10_000;

/// Clients of one kind at a PoP.
pub const CLIENTS_MAX_PER_POP: u32 = 1_000_000;

/// Clients of all kinds at all PoPs; each has a state of its own.
pub const CLIENTS_TOTAL_MAX: u64 = 10_000_000;

/// Steps of a client in the file.
pub const STEPS_MAX: usize = 1_000;

/// Lists of steps inside each other.
pub const STEP_DEPTH_MAX: usize = 16;

/// Times that steps are repeated.
pub const REPEAT_MAX: u32 = 1_000_000;

/// Steps of a client that takes all once, repeats multiplied out.
pub const STEPS_TAKEN_MAX: u64 = 100_000_000;

/// Workers of one scenario; each has an isolate at each PoP where somebody asks it.
pub const WORKERS_MAX: usize = 1_000;

/// Sources of requests to one Worker.
pub const REQUESTS_MAX: usize = 1_000;

/// Origins of one scenario.
pub const ORIGINS_MAX: usize = 1_000;

/// Bytes of a script.
pub const SCRIPT_SIZE_MAX: u64 = 1 << 20;

/// Bytes of a host's name.
pub const HOST_LENGTH_MAX: usize = 253;

/// Bytes of a path with its query, before placeholders are filled in
/// (developers.cloudflare.com/workers/platform/limits: an address has at most 16 KB).
pub const PATH_LENGTH_MAX: usize = 16_384;

/// Values that the store is given, numbers multiplied out.
pub const STORED_MAX: u32 = 1_000_000;

/// Bytes of their keys, values and metadata.
pub const STORED_BYTES_MAX: Size = Size(256 << 20);

/// Workloads, clients and sources of requests times the PoPs at which they arrive.
pub const SITES_MAX: usize = 1_000_000;

/// Keys of one workload.
pub const KEYS_MAX: u32 = 10_000_000;

/// Keys of all workloads together; their numbers then fit 32 bits.
pub const KEYS_TOTAL_MAX: u64 = 1_000_000_000;

/// The weight of a PoP among others.
pub const WEIGHT_MAX: f64 = 1e12;

/// A zipf exponent beyond this puts everything on the first key.
pub const EXPONENT_MAX: f64 = 20.0;

/// Stages of an Erlang law.
pub const ERLANG_MAX: u32 = 1_000;

/// Published: bytes of a key's name (developers.cloudflare.com/kv/platform/limits).
pub const KEY_LENGTH_MAX: usize = 512;

/// Bytes of a key's name where the limits are not enforced.
pub const KEY_LENGTH_MAX_UNENFORCED: usize = 65_536;

/// Published: size of a value (developers.cloudflare.com/kv/platform/limits).
pub const VALUE_SIZE_MAX: Size = Size(25 << 20);

/// Size of a value where the limits are not enforced.
pub const VALUE_SIZE_MAX_UNENFORCED: Size = Size(1 << 40);

/// Characters of the name of a count.
pub const COUNT_NAME_MAX: usize = 64;

/// Published: bytes of a key's metadata (developers.cloudflare.com/kv/platform/limits).
pub const METADATA_LENGTH_MAX: usize = 1_024;

/// Published: least `cacheTtl` (developers.cloudflare.com/kv/api/read-key-value-pairs).
pub const CACHE_TTL_MIN: Duration = Duration::from_secs(30);

/// Published: least time to an expiration (developers.cloudflare.com/kv/api/write-key-value-pairs).
pub const EXPIRATION_TTL_MIN: Duration = Duration::from_secs(60);

/// Published: keys to a list page (developers.cloudflare.com/kv/api/list-keys).
pub const PAGE_MAX: u32 = 1_000;

/// Keys to a list page where the limits are not enforced.
pub const PAGE_MAX_UNENFORCED: u32 = 1_000_000;

/// What to do about a published limit.
pub const LIFT: &str = "or set `limits.enforce = false` to study a platform without this limit";

/// What a file has too many of. Beyond these numbers nothing else is checked: it would take too long.
pub fn too_many(file: &File) -> Vec<Diagnostic> {
    let listed = match file.pops.as_ref().map(|list| &list.value) {
        Some(PopList::List(list)) => list.get(POPS_MAX).map(|entry| &entry.span),
        _ => None,
    };
    let own = file.pop.iter().nth(POPS_MAX).map(|(name, _)| &name.span);
    let tier = file.tier.get(TIERS_MAX).map(|tier| &tier.span);
    let rule = file.expect.get(EXPECT_MAX).map(|rule| &rule.span);
    let workload = file.workload.iter().nth(WORKLOADS_MAX);
    let workload = workload.map(|(name, _)| &name.span);
    let replay = file.replay.iter().nth(REPLAYS_MAX);
    let replay = replay.map(|(name, _)| &name.span);
    let client = file.client.iter().nth(CLIENTS_MAX);
    let client = client.map(|(name, _)| &name.span);
    let worker = file.worker.iter().nth(WORKERS_MAX);
    let worker = worker.map(|(name, _)| &name.span);
    let request = file
        .worker
        .iter()
        .find_map(|(_, table)| table.request.get(REQUESTS_MAX));
    let request = request.map(|request| &request.span);
    let origin = file.origin.iter().nth(ORIGINS_MAX);
    let origin = origin.map(|(name, _)| &name.span);
    [
        (listed.or(own), POPS_MAX, "PoPs"),
        (rule, EXPECT_MAX, "rules in `expect`"),
        (tier, TIERS_MAX, "tiers"),
        (workload, WORKLOADS_MAX, "workloads"),
        (replay, REPLAYS_MAX, "replays"),
        (client, CLIENTS_MAX, "kinds of clients"),
        (worker, WORKERS_MAX, "Workers"),
        (request, REQUESTS_MAX, "kinds of requests to a Worker"),
        (origin, ORIGINS_MAX, "origins"),
    ]
    .into_iter()
    .filter_map(|(span, max, what)| {
        let title = format!("a scenario has at most {max} {what}");
        Some(Diagnostic::new(Code::OutOfRange, title).at(span?, "one too many"))
    })
    .collect()
}

/// The most reads that a scenario may expect: beyond, a double no longer tells each number from the next.
const READS_MAX: f64 = (1u64 << 50) as f64;

/// How many requests of a source come in so many seconds, about; not less.
pub fn requests(source: &RequestSource, seconds: f64) -> f64 {
    let weights: f64 = source.at.iter().map(|site| site.weight).sum();
    match source.start {
        RequestStart::Arriving { per_s, .. } => weights * per_s * seconds,
        RequestStart::At(_) => weights,
    }
}

/// How often clients of a kind take their steps in so many seconds, about; not less.
pub fn passes(client: &Client, seconds: f64) -> f64 {
    let weights: f64 = client.at.iter().map(|site| site.weight).sum();
    match &client.start {
        ClientStart::Once { count } => weights * f64::from(*count),
        ClientStart::Looping { count, think } => {
            weights * f64::from(*count) * (1.0 + seconds / mean_s(think).max(1e-9))
        }
        ClientStart::Arriving { per_s, .. } => weights * per_s * seconds,
    }
}

impl Checker<'_> {
    /// Checks that reads can be counted. What a request reads only its script says; it counts as one.
    pub fn expected_reads(&mut self, file: &File, scenario: &Scenario) {
        let seconds = scenario.duration.as_secs_f64() + scenario.warm_up.as_secs_f64();
        let of_workload = |workload: &Workload| {
            let weights: f64 = workload.at.iter().map(|site| site.weight).sum();
            workload.reads_per_s * weights * seconds
        };
        let of_client = |client: &Client| passes(client, seconds) * client.reads_per_pass();
        let open: f64 = scenario.workloads.iter().map(of_workload).sum();
        let asked = scenario.workers.iter().flat_map(|worker| &worker.requests);
        let asked: f64 = asked.map(|source| requests(source, seconds)).sum();
        let reads = open + asked + scenario.clients.iter().map(of_client).sum::<f64>();
        if let Some(duration) = &file.duration
            && reads > READS_MAX
        {
            let title = format!("about {reads:.0e} reads are more than can be counted");
            self.mistake(
                Diagnostic::new(Code::OutOfRange, title)
                    .at(&duration.span, "too long for these rates")
                    .help("a scenario may expect 1e15 reads at the most"),
            );
        }
    }

    /// Checks the upper end of a length of time.
    pub fn at_most(&mut self, key: &str, value: &Written<Duration>, max: Duration) {
        if value.value > max {
            let title = format!("`{key}` is beyond {max}");
            self.mistake(
                Diagnostic::new(Code::OutOfRange, title).at(&value.span, format!("at most {max}")),
            );
        }
    }

    /// Checks that a rate is neither zero nor absurd.
    pub fn rate(&mut self, key: &str, span: &Span, rate: Rate) {
        let per_second = rate.per_second();
        let (title, help) = if rate.count == 0.0 {
            let title = format!("`{key}` at a rate of zero is none at all");
            (title, format!("leave `{key}` out"))
        } else if per_second > RATE_MAX_PER_S {
            let title = format!("`{key}` is beyond 1000000000/s");
            (title, "no key-value store has seen such traffic".to_owned())
        } else if per_second < RATE_MIN_PER_S {
            let title = format!("`{key}` is less than once in thirty years");
            (title, format!("leave `{key}` out"))
        } else {
            return;
        };
        self.mistake(
            Diagnostic::new(Code::OutOfRange, title)
                .at(span, "")
                .help(help),
        );
    }

    /// Checks a `cache-ttl`.
    pub fn cache_ttl(&mut self, ttl: &Written<Duration>) {
        if self.enforce_limits && ttl.value < CACHE_TTL_MIN {
            self.mistake(
                Diagnostic::new(
                    Code::PublishedLimit,
                    "`cache-ttl` is below the platform's minimum of 30s",
                )
                .at(&ttl.span, format!("{} is less than 30s", ttl.value))
                .help(format!("use \"30s\" or more, {LIFT}")),
            );
        }
        self.at_most("cache-ttl", ttl, SPAN_MAX);
    }

    /// Checks an `expiration-ttl`.
    pub fn expiration_ttl(&mut self, ttl: &Written<Duration>) {
        if self.enforce_limits && ttl.value < EXPIRATION_TTL_MIN {
            self.mistake(
                Diagnostic::new(
                    Code::PublishedLimit,
                    "`expiration-ttl` is below the platform's minimum of 60s",
                )
                .at(&ttl.span, format!("{} is less than 60s", ttl.value))
                .help(format!("use \"60s\" or more, {LIFT}")),
            );
        } else if ttl.value == Duration::ZERO {
            self.mistake(
                Diagnostic::new(Code::OutOfRange, "an `expiration-ttl` of zero")
                    .at(
                        &ttl.span,
                        "the value would be gone before anybody could read it",
                    )
                    .help("must be above zero"),
            );
        }
        self.at_most("expiration-ttl", ttl, SPAN_MAX);
    }

    /// Checks the number of keys to a list page.
    pub fn page(&mut self, page: &Written<u32>) {
        let max = if self.enforce_limits {
            PAGE_MAX
        } else {
            PAGE_MAX_UNENFORCED
        };
        if page.value == 0 {
            self.mistake(
                Diagnostic::new(Code::OutOfRange, "a list page of no keys")
                    .at(&page.span, "must be at least 1"),
            );
        } else if page.value > max {
            let code = if self.enforce_limits {
                Code::PublishedLimit
            } else {
                Code::OutOfRange
            };
            let title = format!("a list page has at most {max} keys");
            let mistake = Diagnostic::new(code, title).at(&page.span, "");
            self.mistake(if self.enforce_limits {
                mistake.help(format!("use {max} or less, {LIFT}"))
            } else {
                mistake
            });
        }
    }

    /// Checks a key's name, or its longest; `written` is what the file says of it.
    pub fn key_name(&mut self, name_length: usize, written: &Written<String>) {
        let max = if self.enforce_limits {
            KEY_LENGTH_MAX
        } else {
            KEY_LENGTH_MAX_UNENFORCED
        };
        if name_length > max {
            let title = format!("a key's name has at most {max} bytes");
            let mistake = Diagnostic::new(Code::PublishedLimit, title)
                .at(&written.span, format!("this makes {name_length}"));
            self.mistake(if self.enforce_limits {
                mistake.help(format!("shorten it, {LIFT}"))
            } else {
                mistake
            });
        }
    }
}
