//! Every scenario that comes with the program can be lived in, with its traffic and without.

use super::{ask, asking, at_speed, put, read, shipped::shipped, text};
use kvlag::experiment;
use kvlag::live::session::{Outcome, Place};
use kvlag::live::{Options, open};
use kvlag::scenario::metric::Metric;
use kvlag::scenario::{Overrides, load};

#[test]
fn every_shipped_scenario_can_be_served_and_its_record_be_run() {
    let quiet = experiment::Options {
        threads: 2,
        record_reads: false,
        progress: &|_| {},
    };
    for file in shipped() {
        let scenario = load(&file, &Overrides::default()).expect("it has no mistakes");
        for with_traffic in [false, true] {
            let name = format!("{}, traffic: {with_traffic}", file.display());
            let folder = tempfile::tempdir().expect("there is room for a folder");
            let options = Options {
                with_traffic,
                ..at_speed(20.0)
            };
            let live = open(&scenario, &options, folder.path());
            let live = live.unwrap_or_else(|error| panic!("{name}: {error}"));
            let session = &live.session;
            asking(async {
                let written = ask(session, Place::Pop(0), put(session, "a key", "1")).await;
                let is_accepted = matches!(written, Outcome::Written { version: Some(1) });
                assert!(is_accepted, "{name}: {written:?}");
                // However far the write had to go, it is there at the store.
                let Outcome::Value(found, _) =
                    ask(session, Place::Store, super::get("a key", 60)).await
                else {
                    panic!("{name}: a read finds something or nothing");
                };
                assert_eq!(text(&found).as_deref(), Some("1"), "{name}");
                read(session, 0, "a key").await;
            });
            let left = live.end().expect("the record is written");
            let again = left
                .scenario()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let results = experiment::run(again, &quiet).expect("the record can be read");
            let writes = results.summary.total.get(Metric::Writes, None);
            assert!(writes.is_some_and(|writes| writes.mean >= 1.0), "{name}");
        }
    }
}
