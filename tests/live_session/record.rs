//! The record of a session, simulated once more, is the session.

use super::{WORLD, ask, asking, at_speed, get, opened, put};
use kvlag::experiment::{self, Options};
use kvlag::live::census::ReadSeen;
use kvlag::live::session::{Ask, Look, Outcome, Place, View};
use kvlag::scenario::PopIndex;
use kvlag::scenario::metric::Metric;
use kvlag::units::{Duration, Time};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What is to be known of a read, whoever tells it.
type Known = (Time, usize, u32, u32, Duration, Duration);

fn of_session(seen: &ReadSeen) -> Known {
    let staleness = seen.staleness;
    let read = seen.read;
    (
        read.start,
        usize::from(read.class.pop),
        read.version,
        staleness.map_or(0, |staleness| staleness.versions),
        staleness.map_or(Duration::ZERO, |staleness| staleness.time),
        read.end - read.start,
    )
}

/// Asks for a while, from several sides at once; gives what was seen, and checks that each value is that of its
/// version.
fn ask_for_a_while(live: &kvlag::live::Live) -> View {
    let session = &live.session;
    let written = Arc::new(Mutex::new(BTreeMap::new()));
    asking(async {
        let mut tasks = Vec::new();
        for side in 0..6_u64 {
            let (session, written) = (session.clone(), Arc::clone(&written));
            tasks.push(tokio::spawn(async move {
                for turn in 0..120_u64 {
                    let draw = kvlag::hash::mix(side * 1_000 + turn);
                    let place = Place::Pop((draw % 3) as PopIndex);
                    let name = format!("key:{}", (draw >> 8) % 4);
                    let value = format!("{side}.{turn}");
                    let call = match (draw >> 16) % 10 {
                        0 => put(&session, &name, value.clone()),
                        1 if turn % 3 == 0 => Ask::Delete { name: name.clone() },
                        2 => Ask::List {
                            prefix: "key:".to_owned(),
                            limit: 10,
                            cursor: None,
                        },
                        _ => get(&name, [30, 60][(draw >> 24) as usize % 2]),
                    };
                    let is_put = matches!(call, Ask::Put { .. });
                    match ask(&session, place, call).await {
                        Outcome::Written { version: Some(_) } if is_put => {
                            written.lock().expect("nobody panics").insert(value, name);
                        }
                        Outcome::Value(found, _) => {
                            if let Some(value) = super::text(&found) {
                                let known = written.lock().expect("nobody panics");
                                let key = known.get(&value);
                                // Its writer may not know yet that it was accepted.
                                assert!(key.is_none_or(|key| *key == name), "{value} of {name}");
                            }
                        }
                        _ => {}
                    }
                }
            }));
        }
        for task in tasks {
            task.await.expect("it asks to the end");
        }
        let view = session.look(Look::default()).await;
        view.expect("the session goes on")
    })
}

#[test]
fn a_record_gives_every_read_of_the_session_again() {
    let opened = opened(WORLD, &at_speed(40.0));
    let view = ask_for_a_while(&opened.live);
    let left = opened.live.end().expect("the record is written");
    assert!(left.operations > 600, "{}", left.operations);
    let scenario = left.scenario().expect("a record is a scenario");
    let options = Options {
        threads: 2,
        record_reads: true,
        progress: &|_| {},
    };
    let results = experiment::run(scenario, &options).expect("the record can be read");
    let mut of_session: Vec<Known> = view
        .reads
        .iter()
        .map(|(seen, _)| self::of_session(seen))
        .collect();
    let records = results.pooled.reads.as_ref().expect("reads are recorded");
    let mut of_replay: Vec<Known> = records
        .iter()
        .map(|record| {
            (
                record.start,
                usize::from(record.pop),
                record.version,
                record.version_lag,
                record.staleness,
                record.latency,
            )
        })
        .collect();
    of_session.sort();
    of_replay.sort();
    assert!(of_session.len() > 400, "{} reads", of_session.len());
    let stale = of_session.iter().filter(|known| known.3 > 0).count();
    assert!(stale > 20, "{stale} stale reads");
    assert_eq!(of_session, of_replay);
    let total = &results.summary.total;
    let count = |metric| total.get(metric, None).expect("it is measured").mean as u64;
    let rejected: u64 = view.pops.iter().map(|at| at.rejected).sum();
    let written: u64 = view.pops.iter().map(|at| at.puts + at.deletes).sum();
    assert_eq!(count(Metric::RejectedWrites), rejected);
    assert_eq!(
        count(Metric::Writes) + count(Metric::Deletes),
        written + rejected
    );
    assert!(rejected > 0, "keys are written too often now and then");
    let lists: u64 = view.pops.iter().map(|at| at.lists).sum();
    assert_eq!(count(Metric::Lists), lists);
    let store_reads: u64 = view.pops.iter().map(|at| at.store_reads).sum();
    assert_eq!(count(Metric::StoreReads), store_reads);
}

#[test]
fn a_record_can_be_simulated_whatever_was_asked() {
    let opened = opened(WORLD, &at_speed(1.0));
    let session = &opened.live.session;
    let long = "ü".repeat(256);
    asking(async {
        let other = session
            .namespace_titled("another, with a \"quoted\" title")
            .expect("there is room");
        for name in ["plain", "with,comma", "line\nbreak", long.as_str(), "\0"] {
            let asks = vec![put(session, name, "v"), get(name, 60)];
            session
                .ask(Place::Pop(1), other, asks)
                .await
                .expect("it goes on");
        }
        let expiring = Ask::Put {
            name: "soon".to_owned(),
            entry: kvlag::sim::value::Entry {
                value: "v".into(),
                metadata: None,
            },
            // Of the minute that a date is ahead at least, a part of a second is over.
            expiry: Some(kvlag::live::session::Expiry::At(session.date_s() + 60)),
            lease: session.budget.lease(),
        };
        ask(session, Place::Store, expiring).await;
    });
    let left = opened.live.end().expect("the record is written");
    let scenario = left.scenario().expect("a record is a scenario");
    assert!(scenario.pops.iter().any(|pop| pop.code == "API"));
    let options = Options {
        threads: 1,
        record_reads: false,
        progress: &|_| {},
    };
    let results = experiment::run(scenario, &options).expect("the record can be read");
    let writes = results.summary.total.get(Metric::Writes, None);
    assert_eq!(writes.expect("it is measured").mean, 6.0);
}

/// In namespaces whose names are alike, removed and made anew, keys are as many as they are.
#[test]
fn a_record_keeps_keys_apart_whatever_namespaces_are_called() {
    let opened = opened(WORLD, &at_speed(1.0));
    let session = &opened.live.session;
    asking(async {
        let titled = |title| session.namespace_titled(title).expect("there is room");
        let write = async |namespace, name| {
            let asked = session.ask(Place::Pop(0), namespace, vec![put(session, name, "v")]);
            let outcome = asked.await.expect("it goes on").pop();
            assert!(matches!(
                outcome,
                Some(Outcome::Written { version: Some(_) })
            ));
        };
        write(0, "flags/x").await;
        write(titled("flags"), "x").await;
        write(titled("n1"), "x/k").await;
        write(titled("n1/x"), "k").await;
        write(titled("n1%2Fx"), "k").await;
        write(titled("main"), "main/k").await;
        write(0, "n1/x/k").await;
    });
    let left = opened.live.end().expect("the record is written");
    let options = Options {
        threads: 1,
        record_reads: false,
        progress: &|_| {},
    };
    let scenario = left.scenario().expect("a record is a scenario");
    let results = experiment::run(scenario, &options).expect("the record can be read");
    let count = |metric| {
        let estimate = results.summary.total.get(metric, None);
        estimate.expect("it is measured").mean
    };
    assert_eq!(count(Metric::Writes), 7.0);
    assert_eq!(count(Metric::RejectedWrites), 0.0, "no two are one key");
}

/// What is asked together, or while time stands still, starts one after the other.
#[test]
fn no_two_operations_of_a_record_start_at_the_same_instant() {
    let opened = opened(WORLD, &at_speed(1.0));
    let session = &opened.live.session;
    session.pause();
    let asked = asking(async {
        let asks = || (0..5).map(|_| get("k", 60)).collect();
        let first = session.ask(Place::Pop(0), 0, asks());
        let second = session.ask(Place::Pop(1), 0, asks());
        // They wait until the end; that they were asked is enough.
        let waiting = std::time::Duration::from_millis(100);
        let first = tokio::time::timeout(waiting, first).await;
        let second = tokio::time::timeout(waiting, second).await;
        first.is_err() && second.is_err()
    });
    assert!(asked, "nothing is answered while time stands still");
    let left = opened.live.end().expect("the record is written");
    let record = std::fs::read_to_string(&left.record).expect("it is there");
    let times = record.lines().skip(1).map(|line| line.split(',').next());
    let times: Vec<_> = times.collect();
    assert_eq!(times.len(), 10);
    assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
}
