//! The memory of a session: values are there as long as anybody can read them, and what does not fit is refused.

use super::{WORLD, ask, asking, at_speed, opened, put, read};
use kvlag::live::Options;
use kvlag::live::session::{Ask, Outcome, Place};
use kvlag::units::Duration;

/// A megabyte.
fn large(byte: u8) -> Vec<u8> {
    vec![byte; 1 << 20]
}

fn with_memory(max_memory: u64) -> Options {
    Options {
        max_memory,
        ..at_speed(1.0)
    }
}

#[test]
fn values_that_nobody_can_read_any_more_take_no_memory() {
    let opened = opened(WORLD, &at_speed(1.0));
    let session = &opened.live.session;
    asking(async {
        for turn in 0..40 {
            let written = ask(session, Place::Store, put(session, "k", large(turn))).await;
            assert!(matches!(written, Outcome::Written { version: Some(_) }));
            // One PoP reads the first and no other, and keeps a copy that nobody is given any more.
            let pop = if turn == 0 { 2 } else { usize::from(turn % 2) };
            let found = read(session, pop, "k").await;
            assert!(found.entry.is_some());
            session
                .step(Duration::from_secs(61))
                .await
                .expect("it goes on");
        }
        let taken = session.budget.taken();
        assert!(taken < 5 << 20, "{taken} bytes");
        // What a PoP still serves is there, whatever the store has by now.
        let old = read(session, 0, "k").await;
        ask(session, Place::Store, put(session, "k", "new")).await;
        let served = read(session, 0, "k").await;
        assert_eq!((served.version, served.entry), (old.version, old.entry));
    });
}

/// However little there is in all: what is left of deleted keys goes by itself.
#[test]
fn of_little_memory_most_is_given_back() {
    let opened = opened(WORLD, &with_memory(8 << 20));
    let session = &opened.live.session;
    asking(async {
        let keys = ["a", "b", "c", "d"];
        for key in keys {
            ask(session, Place::Store, put(session, key, large(1))).await;
            read(session, 0, key).await;
        }
        let step = |length| session.step(Duration::from_secs(length));
        step(2).await.expect("it goes on");
        for key in keys {
            let name = key.to_owned();
            ask(session, Place::Store, Ask::Delete { name }).await;
        }
        step(300).await.expect("it goes on");
        for _ in 0..100 {
            if session.budget.taken() < 2 << 20 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("{} bytes are kept", session.budget.taken());
    });
}

#[test]
fn what_does_not_fit_is_refused_and_what_is_there_can_still_be_read() {
    let opened = opened(WORLD, &with_memory(8 << 20));
    let session = &opened.live.session;
    asking(async {
        for key in 0..20 {
            let mut lease = session.budget.lease();
            if !lease.take(1 << 20) {
                // As whoever reads a body would refuse it.
                assert!(key > 5, "only {key} megabytes have found room");
                break;
            }
            drop(lease);
            ask(
                session,
                Place::Store,
                put(session, &format!("k{key}"), large(key)),
            )
            .await;
        }
        assert!(session.budget.taken() <= 9 << 20);
        assert!(read(session, 0, "k0").await.entry.is_some());
        let mut refused = 0;
        for key in 0..5_000 {
            let get = super::get(&format!("unknown {key}"), 60);
            let outcome = session.ask(Place::Pop(0), 0, vec![get]);
            tokio::select! {
                outcome = outcome => {
                    let outcome = outcome.expect("the session goes on");
                    refused += u32::from(matches!(outcome[0], Outcome::NoMemory));
                }
                // The others wait for the store.
                () = tokio::time::sleep(std::time::Duration::from_micros(10)) => {}
            }
        }
        assert!(refused > 0, "keys that are asked for take memory, too");
        ask(
            session,
            Place::Store,
            Ask::Delete {
                name: "k0".to_owned(),
            },
        )
        .await;
    });
}
