//! Live sessions without their protocols: what is asked is answered as the simulated world has it, and the record of a
//! session gives the same versions and the same staleness again.

#[path = "../common/mod.rs"]
mod common;

#[path = "../common/shipped.rs"]
mod shipped;

mod every_scenario;
mod memory;
mod record;
mod time;

use kvlag::live::session::{Ask, Outcome, Place, Session};
use kvlag::live::{Live, Options, open};
use kvlag::sim::cell::Found;
use kvlag::sim::value::Entry;
use kvlag::units::Duration;
use std::future::Future;

/// Three PoPs whose delays are drawn.
const WORLD: &str = r#"
title    = "Drawn delays"
duration = "1m"
seed     = 7
[store]
at           = "IAD"
service-time = "3ms"
[pop.NEAR]
to-store = { lognormal = { p50 = "8ms", p99 = "30ms" } }
[pop.FAR]
to-store   = { lognormal = { p50 = "80ms", p99 = "200ms" } }
from-store = { uniform = { min = "70ms", max = "90ms" } }
[pop.ODD]
to-store = { exponential = { mean = "40ms" } }
"#;

/// A session, and the folder of its record, which goes with it.
struct Opened {
    live: Live,
    _folder: tempfile::TempDir,
}

fn opened(text: &str, options: &Options) -> Opened {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let file = common::scenario(text);
    let live = open(&file, options, folder.path());
    let live = live.unwrap_or_else(|error| panic!("{error}"));
    Opened {
        live,
        _folder: folder,
    }
}

fn at_speed(speed: f64) -> Options {
    Options {
        with_traffic: false,
        speed,
        max_memory: 1 << 30,
    }
}

/// Runs what is asked of a session.
fn asking<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("threads can be started").block_on(work)
}

fn get(name: &str, cache_ttl_s: i64) -> Ask {
    Ask::Get {
        name: name.to_owned(),
        cache_ttl: Duration::from_secs(cache_ttl_s),
    }
}

fn put(session: &Session, name: &str, value: impl Into<Vec<u8>>) -> Ask {
    Ask::Put {
        name: name.to_owned(),
        entry: Entry {
            value: value.into().into(),
            metadata: None,
        },
        expiry: None,
        lease: session.budget.lease(),
    }
}

/// One operation in the namespace of the scenario.
async fn ask(session: &Session, place: Place, ask: Ask) -> Outcome {
    let outcomes = session.ask(place, 0, vec![ask]).await;
    let outcomes = outcomes.expect("the session goes on");
    let [outcome] = <[Outcome; 1]>::try_from(outcomes).expect("one was asked");
    outcome
}

/// What a read at a PoP found.
async fn read(session: &Session, pop: usize, name: &str) -> Found {
    match ask(session, Place::Pop(pop), get(name, 60)).await {
        Outcome::Value(found, _) => found,
        other => panic!("a read came to {other:?}"),
    }
}

fn text(found: &Found) -> Option<String> {
    let entry = found.entry.as_ref()?;
    Some(String::from_utf8(entry.value.to_vec()).expect("it is text"))
}
