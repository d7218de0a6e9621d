//! What there is to be seen, as JSON.

use super::server::App;
use crate::live::API_POP;
use crate::live::census::{AtPop, ReadSeen, WriteSeen};
use crate::live::session::{KeyName, KeyView, Look, View};
use crate::report::map;
use crate::scenario::{NamespaceIndex, catalogue};
use crate::sim::observation::CacheStatus;
use crate::units::Time;
use serde_json::{Map, Value, json};
use std::sync::atomic::Ordering;

/// What does not change: the PoPs, where they are on the map, and what the scenario is about.
pub fn world(app: &App) -> Value {
    let scenario = &app.scenario;
    let pops = scenario.pops.iter().map(|pop| {
        let place = pop
            .place
            .map(|place| json!({ "latitude": place.latitude, "longitude": place.longitude }));
        json!({
            "code": pop.code,
            "city": pop.city,
            "place": place,
            "on_map": pop.place.as_ref().map(map::at),
            "is_api": pop.code == API_POP,
        })
    });
    let store = catalogue::find(&scenario.store.at);
    json!({
        "title": scenario.title,
        "question": scenario.question,
        // Another session has another one, as far as it began in another second.
        "session": app.session.epoch_s,
        "store": scenario.store.at,
        "store_on_map": store.map(|pop| map::at(&pop.place)),
        "map": { "width": map::WIDTH, "height": map::HEIGHT, "land": map::land() },
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
pub fn state(app: &App, view: &View, look: &Look) -> Value {
    let pace = app.session.pace();
    let titles = Titles::of(app);
    let reads = view.reads.iter();
    let reads = reads.map(|(seen, name)| read(app, &titles, seen, name));
    let writes = view.writes.iter();
    let writes = writes.map(|(seen, name)| write(app, &titles, seen, name));
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
        "namespaces": titles.all(),
        "keys": view.keys,
        "open_operations": view.open_operations,
        "memory_bytes": app.session.budget.taken(),
        "memory_limit_bytes": app.session.budget.max(),
        "connections": app.connections.load(Ordering::Relaxed),
        "pops": view.pops.iter().map(at_pop).collect::<Vec<_>>(),
        "key": look.key.as_ref().zip(view.key.as_ref()).map(|((namespace, name), seen)| {
            key_view(titles.title(*namespace), name, seen)
        }),
        "read_count": view.read_count,
        "write_count": view.write_count,
        "reads": reads.collect::<Vec<_>>(),
        "writes": writes.collect::<Vec<_>>(),
    })
}

/// What namespaces are called.
struct Titles(Vec<(NamespaceIndex, String)>);

impl Titles {
    fn of(app: &App) -> Self {
        let namespaces = app.session.namespaces();
        let all = namespaces.all().iter();
        Titles(
            all.map(|known| (known.index, known.title.clone()))
                .collect(),
        )
    }

    fn all(&self) -> Vec<&str> {
        self.0.iter().map(|(_, title)| title.as_str()).collect()
    }

    /// Of one that was removed, none.
    fn title(&self, namespace: NamespaceIndex) -> Option<&str> {
        let found = self.0.iter().find(|(index, _)| *index == namespace);
        found.map(|(_, title)| title.as_str())
    }
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

fn key_view(namespace: Option<&str>, name: &str, seen: &KeyView) -> Value {
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
        "namespace": namespace,
        "name": name,
        "version": seen.version,
        "missing": seen.is_missing,
        "committed_s": seen.committed.map(seconds),
        "copies": copies.collect::<Vec<_>>(),
    })
}

fn read(app: &App, titles: &Titles, seen: &ReadSeen, key: &KeyName) -> Value {
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
    tell("namespace", titles.title(key.namespace).into());
    tell("key", key.name.clone().into());
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

fn write(app: &App, titles: &Titles, seen: &WriteSeen, key: &KeyName) -> Value {
    let write = &seen.write;
    json!({
        "number": seen.number,
        "pop": app.scenario.pops[usize::from(write.class.pop)].code,
        "namespace": titles.title(key.namespace),
        "key": key.name,
        "start_s": seconds(write.start),
        "committed_s": seconds(write.arrival),
        "version": write.version,
        "delete": write.is_delete,
        "size_bytes": write.size.0,
    })
}
