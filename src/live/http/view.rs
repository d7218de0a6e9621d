//! What there is to be seen, as JSON.

use super::server::App;
use crate::live::census::{AtPop, ReadSeen, WriteSeen};
use crate::live::session::{KeyView, View};
use crate::sim::observation::CacheStatus;
use crate::units::Time;
use serde_json::{Map, Value, json};
use std::sync::atomic::Ordering;

/// Of so many reads at most a state tells, stale ones first.
const READS_MAX: usize = 200;

/// What does not change: the PoPs, and what the scenario is about.
pub fn world(app: &App) -> Value {
    let scenario = &app.scenario;
    let pops = scenario.pops.iter().map(|pop| {
        let place = pop
            .place
            .map(|place| json!({ "latitude": place.latitude, "longitude": place.longitude }));
        json!({ "code": pop.code, "city": pop.city, "place": place })
    });
    json!({
        "title": scenario.title,
        "question": scenario.question,
        "store": scenario.store.at,
        "pops": pops.collect::<Vec<_>>(),
    })
}

/// The pace of time.
pub fn pace(app: &App) -> Value {
    let pace = app.session.pace();
    let time = pace.time(std::time::Instant::now());
    json!({ "time_s": seconds(time), "speed": pace.speed_going(), "paused": pace.is_paused() })
}

/// What changes. PoPs are in the order of [`world`].
pub fn state(app: &App, view: &View, key: Option<&str>) -> Value {
    let pace = app.session.pace();
    let reads = telling(&view.reads);
    let reads = reads.iter().map(|(seen, name)| read(app, seen, name));
    let writes = view.writes.iter();
    let writes = writes.map(|(seen, name)| write(app, seen, name));
    json!({
        "time_s": seconds(view.time),
        "date_s": app.session.epoch_s + view.time.0.div_euclid(1_000_000_000),
        "speed": pace.speed_going(),
        "paused": pace.is_paused(),
        "lag": {
            "now_s": view.lag.now_s,
            "most_s": view.lag.most_s,
            "late_events": view.lag.late_events,
        },
        "keys": view.keys,
        "open_operations": view.open_operations,
        "memory_bytes": app.session.budget.taken(),
        "memory_limit_bytes": app.session.budget.max(),
        "connections": app.connections.load(Ordering::Relaxed),
        "pops": view.pops.iter().map(at_pop).collect::<Vec<_>>(),
        "key": key.zip(view.key.as_ref()).map(|(name, seen)| key_view(name, seen)),
        "reads": reads.collect::<Vec<_>>(),
        "writes": writes.collect::<Vec<_>>(),
    })
}

/// Reads worth telling where there are too many: stale ones first, and of equal ones the latest.
fn telling(reads: &[(ReadSeen, String)]) -> Vec<&(ReadSeen, String)> {
    let mut telling: Vec<&(ReadSeen, String)> = reads.iter().collect();
    if telling.len() > READS_MAX {
        telling.sort_by_key(|(seen, _)| (seen.staleness.is_none(), u64::MAX - seen.number));
        telling.truncate(READS_MAX);
        telling.sort_by_key(|(seen, _)| seen.number);
    }
    telling
}

fn seconds(time: Time) -> f64 {
    time.0 as f64 / 1e9
}

fn at_pop(at: &AtPop) -> Value {
    let mean_ms = |sum_s: f64, count: u64| (count > 0).then(|| 1e3 * sum_s / count as f64);
    let latency = &at.read_latency;
    json!({
        "reads": at.all_reads(),
        "hits": at.reads[CacheStatus::Hit as usize],
        "coalesced_reads": at.reads[CacheStatus::Coalesced as usize],
        "fetches": at.reads[CacheStatus::Fetch as usize],
        "stale_reads": at.stale_reads,
        "read_latency_mean_ms": mean_ms(latency.sum_s, latency.count()),
        "puts": at.puts,
        "deletes": at.deletes,
        "rejected_writes": at.rejected,
        "list_pages": at.lists,
        "store_reads": at.store_reads,
    })
}

fn key_view(name: &str, seen: &KeyView) -> Value {
    let copies = seen.copies.iter().map(|copy| {
        copy.map(|(copy, superseded)| {
            json!({
                "version": copy.version,
                "missing": copy.is_missing,
                "since_s": seconds(copy.counted_from),
                "until_s": seconds(copy.until),
                "superseded_s": superseded.map(seconds),
            })
        })
    });
    json!({
        "name": name,
        "version": seen.version,
        "missing": seen.is_missing,
        "committed_s": seen.committed.map(seconds),
        "copies": copies.collect::<Vec<_>>(),
    })
}

fn read(app: &App, seen: &ReadSeen, name: &str) -> Value {
    let read = &seen.read;
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
    tell("number", seen.number.into());
    tell(
        "pop",
        app.scenario.pops[usize::from(read.class.pop)]
            .code
            .clone()
            .into(),
    );
    tell("key", name.into());
    tell("start_s", seconds(read.start).into());
    tell("end_s", seconds(read.end).into());
    tell("version", read.version.into());
    let status = match read.status {
        CacheStatus::Hit => "hit",
        CacheStatus::Coalesced => "coalesced",
        CacheStatus::Fetch => "fetch",
    };
    tell("status", status.into());
    let staleness_s = seen.staleness.map(|staleness| staleness.time.as_secs_f64());
    tell("staleness_s", staleness_s.into());
    let lag = seen.staleness.map_or(0, |staleness| staleness.versions);
    tell("version_lag", lag.into());
    Value::Object(told)
}

fn write(app: &App, seen: &WriteSeen, name: &str) -> Value {
    let write = &seen.write;
    json!({
        "number": seen.number,
        "pop": app.scenario.pops[usize::from(write.class.pop)].code,
        "key": name,
        "start_s": seconds(write.start),
        "committed_s": seconds(write.arrival),
        "version": write.version,
        "delete": write.is_delete,
        "size_bytes": write.size.0,
    })
}
