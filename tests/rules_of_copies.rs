//! The rules of copies, one by one, each played by a script in which every instant is known.

mod common;

use kvlag::experiment::{self, Options, Results};
use kvlag::observe::findings::CacheStatus::{self, Coalesced, Fetch, Hit};
use kvlag::observe::findings::WriteOutcome;
use kvlag::units::Duration;

/// Simulates a script at a PoP without delays that starts with nothing in its cache.
fn play(settings: &str, script: &[(&str, &str)]) -> Results {
    let mut text = String::from("duration = \"10m\"\n[limits]\nenforce = false\n");
    if !settings.contains("[pop.LAB]") {
        text += "[pop.LAB]\nto-store = \"0s\"\n";
    }
    text += settings;
    if !settings.contains("[cache]") {
        text += "[cache]\nstart = \"cold\"\n";
    }
    for (time, operation) in script {
        text += &format!("[[script]]\ntime = \"{time}\"\npop = \"LAB\"\n{operation}\n");
    }
    let options = Options {
        threads: 1,
        record_reads: true,
        progress: &|_| {},
    };
    experiment::run(common::scenario(&text), &options).expect("there is no replay")
}

/// How each read was answered and by which version, in the order of their starts.
fn reads(results: &Results) -> Vec<(CacheStatus, u32)> {
    let mut reads = results.pooled.reads.clone().expect("reads were recorded");
    reads.sort_by_key(|read| read.start);
    reads
        .iter()
        .map(|read| (read.status, read.version))
        .collect()
}

/// How long each accepted write took to be visible everywhere, in the order of their starts.
fn convergences(results: &Results) -> Vec<Duration> {
    let writes = results.pooled.writes.sorted().into_iter();
    let accepted = writes.filter_map(|write| match write.outcome {
        WriteOutcome::Accepted { convergence, .. } => Some(convergence),
        WriteOutcome::Rejected => None,
    });
    accepted.collect()
}

const GET: &str = "get = \"key\"";

#[test]
fn a_copy_is_good_up_to_its_end_and_not_at_it_and_hits_do_not_renew_it() {
    let script = [
        ("0s", GET),
        ("30s", GET),
        ("59s 999ms 999us 999ns", GET),
        ("60s", GET),
        ("119s", GET),
    ];
    let statuses = reads(&play("", &script)).into_iter().map(|read| read.0);
    assert_eq!(statuses.collect::<Vec<_>>(), [Fetch, Hit, Hit, Fetch, Hit]);
}

#[test]
fn a_smaller_cache_ttl_looks_past_an_older_copy() {
    let brief = "get = \"key\"\ncache-ttl = \"30s\"";
    let long = "get = \"key\"\ncache-ttl = \"5m\"";
    // The copy of the brief read lasts 30 s for whoever reads, if the filler counts.
    let script = [
        ("0s", GET),
        ("29s", brief),
        ("30s", brief),
        ("59s", GET),
        ("60s", long),
    ];
    let by_rule = |rule: &str| {
        let settings = format!("[cache]\nstart = \"cold\"\nttl-rule = \"{rule}\"\n");
        reads(&play(&settings, &script))
            .into_iter()
            .map(|read| read.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        by_rule("filler-and-reader"),
        [Fetch, Hit, Fetch, Hit, Fetch]
    );
    assert_eq!(by_rule("reader"), [Fetch, Hit, Fetch, Hit, Hit]);
}

#[test]
fn an_expiration_ends_a_copy_and_is_no_version() {
    let put = "put = \"key\"\nexpiration-ttl = \"20s\"";
    let settings = "[cache]\nstart = \"cold\"\nown-writes = \"unchanged\"\n";
    // Expired at 20 s; what is missing is cached like a value, for the whole TTL.
    let script = [
        ("0s", put),
        ("1s", GET),
        ("19s 999ms", GET),
        ("20s", GET),
        ("79s", GET),
        ("80s", GET),
    ];
    let results = play(settings, &script);
    assert_eq!(
        reads(&results),
        [(Fetch, 1), (Hit, 1), (Fetch, 1), (Hit, 1), (Fetch, 1)]
    );
    assert_eq!(results.pooled.total().tally.stale_reads, 0);
}

#[test]
fn the_first_hit_near_the_end_refreshes_once() {
    let settings =
        "[pop.LAB]\nto-store = \"2s\"\n[cache]\nstart = \"cold\"\nrefresh-ahead = \"10s\"\n";
    // Filled at 4 s, good to 64 s; a refresh from 54 s on, whose copy comes 4 s later and lasts to 118 s.
    let script = [
        ("0s", GET),
        ("1s", GET),
        ("53s", GET),
        ("54s", GET),
        ("55s", GET),
        ("107s", GET),
        ("118s", GET),
    ];
    let results = play(settings, &script);
    let statuses: Vec<_> = reads(&results).into_iter().map(|read| read.0).collect();
    assert_eq!(statuses, [Fetch, Coalesced, Hit, Hit, Hit, Hit, Fetch]);
    assert_eq!(results.pooled.total().tally.refreshes, 1);
    assert_eq!(results.pooled.total().tally.store_reads, 3);
}

#[test]
fn a_late_answer_serves_who_waited_and_leaves_the_newer_copy() {
    let settings = "[network]\nbandwidth = \"1KiB/s\"\n\
                    [cache]\nstart = \"cold\"\ncoalesce = false\nown-writes = \"unchanged\"\n";
    // The large value takes 10 s on each way; the small one, written at 12 s, overtakes its answer.
    let script = [
        ("0s", "put = \"key\"\nvalue-size = \"10KiB\""),
        ("11s", GET),
        ("12s", "put = \"key\"\nvalue-size = \"1B\""),
        ("13s", GET),
        ("14s", GET),
        ("22s", GET),
    ];
    let results = play(settings, &script);
    assert_eq!(
        reads(&results),
        [(Fetch, 1), (Fetch, 2), (Hit, 2), (Hit, 2)]
    );
}

#[test]
fn a_pop_that_has_a_copy_does_not_see_what_its_tier_still_serves() {
    let settings = "[pop.LAB]\nvia = [\"FRA\"]\nto-store = \"0s\"\n\
                    [[tier]]\nname = \"tier\"\nat = [\"FRA\"]\nkeep = \"60s\"\nage = \"restarted\"\n\
                    [[link]]\nfrom = \"FRA\"\nto = \"IAD\"\none-way = \"0s\"\n\
                    [[link]]\nfrom = \"LAB\"\nto = \"IAD\"\none-way = \"1s\"\n";
    let script = [("0s", GET), ("10s", "put = \"key\""), ("50s", GET)];
    let with = |own_writes: &str| {
        let cache = format!("[cache]\nstart = \"cold\"\nown-writes = \"{own_writes}\"\n");
        convergences(&play(&(settings.to_owned() + &cache), &script))
    };
    // Committed at 11 s. Acknowledged at 12 s, the write fills the PoP's own cache, and shadows the tier's old
    // copy until that ends at 60 s. Without it, the PoP's own old copy ends then, too; dropped, it comes again
    // at 50 s from the tier and stays for 60 s.
    assert_eq!(with("visible"), [Duration::from_secs(1)]);
    assert_eq!(with("unchanged"), [Duration::from_secs(49)]);
    assert_eq!(with("invalidated"), [Duration::from_secs(99)]);
}
