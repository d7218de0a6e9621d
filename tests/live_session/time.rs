//! Time in a session: delays are those of the world, and time stands still or goes faster when it is told to.

use super::{ask, asking, at_speed, get, opened, put, read, text};
use kvlag::live::session::{Expiry, Look, Outcome, Place};
use kvlag::sim::observation::CacheStatus;
use kvlag::sim::value::Entry;
use kvlag::units::Duration;
use std::time::Instant;

/// Delays that are known.
const WORLD: &str = r#"
title    = "Known delays"
duration = "1m"
[store]
at = "IAD"
[cache]
hit-latency = "1ms"
[pop.NEAR]
to-store = "20ms"
[pop.FAR]
to-store = "150ms"
"#;
const NEAR: usize = 0;
const FAR: usize = 1;

#[test]
fn an_answer_comes_when_the_simulated_one_does_and_not_before() {
    let opened = opened(WORLD, &at_speed(1.0));
    let session = &opened.live.session;
    asking(async {
        let start = Instant::now();
        read(session, FAR, "k").await;
        assert!(start.elapsed().as_millis() >= 301, "{:?}", start.elapsed());
        let view = session.look(Look::default()).await.expect("it goes on");
        let seen = &view.reads[0].0.read;
        assert_eq!(seen.end - seen.start, Duration::from_millis(301));
        assert_eq!(seen.status, CacheStatus::Fetch);
    });
}

#[test]
fn a_copy_goes_on_until_its_time_is_over_and_its_own_pop_knows_at_once() {
    let opened = opened(WORLD, &at_speed(1.0));
    let session = &opened.live.session;
    asking(async {
        assert_eq!(text(&read(session, FAR, "flag").await), None);
        ask(session, Place::Pop(NEAR), put(session, "flag", "on")).await;
        assert_eq!(
            text(&read(session, NEAR, "flag").await).as_deref(),
            Some("on")
        );
        assert_eq!(
            text(&read(session, FAR, "flag").await),
            None,
            "cached as missing"
        );
        let at_store = ask(session, Place::Store, get("flag", 60)).await;
        let Outcome::Value(found, None) = at_store else {
            panic!("the store has the value, and no cache: {at_store:?}");
        };
        assert_eq!(text(&found).as_deref(), Some("on"));
        session
            .step(Duration::from_secs(61))
            .await
            .expect("it goes on");
        assert_eq!(
            text(&read(session, FAR, "flag").await).as_deref(),
            Some("on")
        );
        let view = session.look(Look::default()).await.expect("it goes on");
        assert_eq!(view.pops[FAR].stale_reads, 1);
        assert_eq!(view.pops[NEAR].stale_reads, 0);
    });
}

#[test]
fn while_time_stands_still_nothing_is_answered() {
    let opened = opened(WORLD, &at_speed(1.0));
    let session = &opened.live.session;
    asking(async {
        session.pause();
        let waiting = tokio::spawn({
            let session = session.clone();
            async move { read(&session, NEAR, "k").await }
        });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(!waiting.is_finished(), "40 ms have not passed");
        session
            .step(Duration::from_millis(30))
            .await
            .expect("it goes on");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert!(!waiting.is_finished(), "30 ms are not enough");
        session
            .step(Duration::from_millis(20))
            .await
            .expect("it goes on");
        waiting.await.expect("it is answered now");
        assert!(session.pace().is_paused());
    });
}

#[test]
fn a_value_expires_when_it_was_told_to() {
    let opened = opened(WORLD, &at_speed(1.0));
    let session = &opened.live.session;
    asking(async {
        let date_s = session.date_s();
        let expiring = |expiry| kvlag::live::session::Ask::Put {
            name: "k".to_owned(),
            entry: Entry {
                value: "soon gone".into(),
                metadata: Some("{\"a\":1}".to_owned()),
            },
            expiry: Some(expiry),
            lease: session.budget.lease(),
        };
        ask(
            session,
            Place::Pop(NEAR),
            expiring(Expiry::At(date_s + 100)),
        )
        .await;
        let found = read(session, NEAR, "k").await;
        assert_eq!(found.expiration_s, Some(date_s + 100));
        assert_eq!(
            found.entry.and_then(|entry| entry.metadata).as_deref(),
            Some("{\"a\":1}")
        );
        session
            .step(Duration::from_secs(101))
            .await
            .expect("it goes on");
        assert_eq!(text(&read(session, NEAR, "k").await), None);
        session
            .step(Duration::from_secs(2))
            .await
            .expect("it goes on");
        ask(
            session,
            Place::Pop(NEAR),
            expiring(Expiry::After(Duration::from_secs(60))),
        )
        .await;
        assert!(read(session, NEAR, "k").await.entry.is_some());
        session
            .step(Duration::from_secs(61))
            .await
            .expect("it goes on");
        assert!(read(session, NEAR, "k").await.entry.is_none());
    });
}

#[test]
fn a_session_that_is_ended_answers_what_was_asked() {
    let opened = opened(WORLD, &at_speed(1.0));
    let session = opened.live.session.clone();
    asking(async {
        let waiting = tokio::spawn({
            let session = session.clone();
            async move { read(&session, FAR, "k").await }
        });
        while session
            .look(Look::default())
            .await
            .expect("it goes on")
            .open_operations
            == 0
        {}
        let left = tokio::task::spawn_blocking(|| opened.live.end());
        waiting.await.expect("it is answered");
        let left = left.await.expect("it ends").expect("the record is written");
        assert_eq!(left.operations, 1);
        let asked = session.ask(Place::Store, 0, vec![get("k", 60)]).await;
        assert!(asked.is_err(), "nobody is there any more");
    });
}
