//! Random scenarios: small worlds in which every switch of the model is thrown in some, written as scenario
//! files so that whoever meets a failure can run it.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Which parts of the model may occur.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    /// Tiers between the PoPs and the store.
    pub tiers: bool,
    /// Scripted operations.
    pub script: bool,
}

const POPS: [&str; 3] = ["NEAR", "FAR", "ODD"];
const TIERS: [(&str, [&str; 2]); 2] = [("regional", ["FRA", "SIN"]), ("central", ["AMS", "EWR"])];

/// The text of a scenario.
pub fn scenario_text(parts: Parts) -> impl Strategy<Value = String> {
    let tiers = if parts.tiers { 0..=2usize } else { 0..=0 };
    let pieces = tiers.prop_flat_map(move |tiers| {
        let pops = POPS.map(|code| pop(code, tiers).boxed()).to_vec();
        let workloads = prop::collection::vec(workload(), 1..=4);
        let script = if parts.script { 0..=5 } else { 0..=0 };
        let script = prop::collection::vec(scripted(), script);
        (
            header(),
            store(),
            cache(),
            tier_tables(tiers),
            pops,
            workloads,
            script,
        )
    });
    pieces.prop_map(|(header, store, cache, tiers, pops, workloads, script)| {
        let mut text = [header, store, cache, tiers].concat() + &pops.concat();
        for (index, workload) in workloads.iter().enumerate() {
            text += &format!("[workload.w{index}]\n{workload}");
        }
        text + &script.concat()
    })
}

fn header() -> impl Strategy<Value = String> {
    let duration = select(vec!["3s", "2m", "10m"]);
    let warm_up = select(vec!["", "warm-up = \"0s\"\n", "warm-up = \"3m\"\n"]);
    let bandwidth = select(vec!["", "[network]\nbandwidth = \"2KiB/s\"\n"]);
    let parts = (duration, warm_up, 1..1_000_000u32, bandwidth);
    parts.prop_map(|(duration, warm_up, seed, bandwidth)| {
        format!(
            "duration = \"{duration}\"\n{warm_up}seed = {seed}\n{bandwidth}[limits]\nenforce = false\n"
        )
    })
}

fn store() -> impl Strategy<Value = String> {
    let service = select(vec!["0s", "15ms", "2s"]);
    let limit = select(vec!["1/s", "none", "2/10s"]);
    let rule = select(vec!["since-accepted", "since-attempt", "calendar-second"]);
    let initial = select(vec!["present", "missing"]);
    let parts = (service, limit, rule, initial);
    parts.prop_map(|(service, limit, rule, initial)| {
        format!(
            "[store]\nat = \"IAD\"\nservice-time = \"{service}\"\nwrite-limit = \"{limit}\"\n\
             write-limit-rule = \"{rule}\"\ninitial = \"{initial}\"\n"
        )
    })
}

fn cache() -> impl Strategy<Value = String> {
    let start = select(vec!["random-age", "cold"]);
    let rule = select(vec!["filler-and-reader", "reader"]);
    let own_writes = select(vec!["visible", "invalidated", "unchanged"]);
    let ahead = select(vec!["0s", "3s", "40s"]);
    let hit = select(vec!["0ms", "1ms", "700ms"]);
    let parts = (start, rule, any::<bool>(), own_writes, ahead, hit);
    parts.prop_map(|(start, rule, coalesce, own_writes, ahead, hit)| {
        format!(
            "[cache]\nstart = \"{start}\"\nttl-rule = \"{rule}\"\ncoalesce = {coalesce}\n\
             own-writes = \"{own_writes}\"\nrefresh-ahead = \"{ahead}\"\nhit-latency = \"{hit}\"\n"
        )
    })
}

/// A one-way delay: constant or drawn, from nothing to far more than a TTL.
fn delay() -> impl Strategy<Value = &'static str> {
    select(vec![
        "\"0s\"",
        "\"20ms\"",
        "\"4s\"",
        "\"90s\"",
        "{ lognormal = { p50 = \"300ms\", p99 = \"9s\" } }",
        "{ exponential = { mean = \"2s\" } }",
        "{ uniform = { min = \"10ms\", max = \"30s\" } }",
    ])
}

/// The tiers' tables, and the links above them.
fn tier_tables(tiers: usize) -> impl Strategy<Value = String> {
    let keep = select(vec!["5s", "60s", "200s"]);
    let age = select(vec!["carried", "restarted"]);
    let tables = prop::collection::vec((keep, age, delay(), delay()), tiers);
    tables.prop_map(move |tables| {
        let mut text = String::new();
        for (index, (keep, age, up, down)) in tables.into_iter().enumerate() {
            let (name, places) = TIERS[index];
            text += &format!(
                "[[tier]]\nname = \"{name}\"\nat = {places:?}\nkeep = \"{keep}\"\nage = \"{age}\"\n"
            );
            let above = if index + 1 < tiers {
                TIERS[index + 1].1.to_vec()
            } else {
                vec!["IAD"]
            };
            for (from, to) in places
                .iter()
                .flat_map(|from| above.iter().map(move |to| (from, to)))
            {
                text += &link(from, to, up, down);
            }
        }
        text
    })
}

fn pop(code: &'static str, tiers: usize) -> impl Strategy<Value = String> {
    let via = prop::collection::vec(0..2usize, tiers);
    let direct = (delay(), delay());
    let own_writes = select(vec![
        "",
        "",
        "own-writes = \"unchanged\"\n",
        "own-writes = \"visible\"\n",
    ]);
    let parts = (delay(), delay(), via, direct, own_writes);
    parts.prop_map(move |(up, down, via, direct, own_writes)| {
        // A daily curve asks for a place.
        let near = if code == "FAR" { "SYD" } else { "LHR" };
        let mut text = format!(
            "[pop.{code}]\nnear = \"{near}\"\nto-store = {up}\nfrom-store = {down}\n{own_writes}"
        );
        if !via.is_empty() {
            let places = via.iter().zip(TIERS).map(|(place, tier)| tier.1[*place]);
            text += &format!("via = {:?}\n", places.collect::<Vec<_>>());
            text += &link(code, "IAD", direct.0, direct.1);
        }
        text
    })
}

/// A link in both directions.
fn link(from: &str, to: &str, up: &str, down: &str) -> String {
    format!(
        "[[link]]\nfrom = \"{from}\"\nto = \"{to}\"\none-way = {up}\n\
         [[link]]\nfrom = \"{to}\"\nto = \"{from}\"\none-way = {down}\n"
    )
}

fn workload() -> impl Strategy<Value = String> {
    let at = subsequence(POPS.to_vec(), 1..=POPS.len());
    let reads = select(vec![
        "",
        "reads = \"1/20s\"\n",
        "reads = \"1/s\"\n",
        "reads = \"4/s\"\n",
    ]);
    let writes = select(vec!["", "writes = \"1/90s\"\n", "writes = \"1/5s\"\n"]);
    let deletes = select(vec!["", "", "deletes = \"1/30s\"\n"]);
    let ttl = select(vec!["0s", "1s", "7s", "60s", "150s"]);
    let arrivals = select(vec![
        "\"poisson\"",
        "\"poisson\"",
        "\"periodic\"",
        "{ erlang = 3 }",
    ]);
    let keys = select(vec![
        "{ one = \"item:1\" }",
        "{ uniform = 3, prefix = \"item:\" }",
        "{ zipf = 0.9, count = 5, prefix = \"item:\" }",
    ]);
    let extra = select(vec![
        "",
        "",
        "value-size = { exponential = { mean = \"3KiB\" } }\n",
        "expiration-ttl = \"20s\"\n",
        "daily = { peak = \"12:00\", swing = \"100%\" }\n",
    ]);
    let parts = (at, reads, writes, deletes, ttl, arrivals, keys, extra);
    parts.prop_map(|(at, mut reads, writes, deletes, ttl, arrivals, keys, extra)| {
        if [reads, writes, deletes].iter().all(|rate| rate.is_empty()) {
            reads = "reads = \"1/s\"\n";
        }
        // What only reads or only writes have may not stand where there are none.
        let ttl = if reads.is_empty() { String::new() } else { format!("cache-ttl = \"{ttl}\"\n") };
        let is_of_writes = extra.starts_with("value") || extra.starts_with("expiration");
        let extra = if is_of_writes && writes.is_empty() { "" } else { extra };
        format!("at = {at:?}\n{reads}{writes}{deletes}{ttl}arrivals = {arrivals}\nkeys = {keys}\n{extra}")
    })
}

fn scripted() -> impl Strategy<Value = String> {
    let operation = select(vec![
        "get = \"item:1\"\n",
        "get = \"item:1\"\ncache-ttl = \"5s\"\n",
        "put = \"item:1\"\n",
        "put = \"other\"\nexpiration-ttl = \"10s\"\n",
        "delete = \"item:0\"\n",
        "list = \"item:\"\n",
    ]);
    (select(POPS.to_vec()), 0..3000u32, operation).prop_map(|(pop, time_ms, operation)| {
        format!("[[script]]\ntime = \"{time_ms}ms\"\npop = \"{pop}\"\n{operation}")
    })
}
