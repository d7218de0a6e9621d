//! What takes how long, as the script and its caller see it.

use crate::world::*;

/// Prints how many milliseconds something took.
fn timed(what: &str) -> String {
    format!("const before = Date.now(); {what}; console.log(Date.now() - before);")
}

#[test]
fn a_read_takes_what_the_simulated_read_takes() {
    let body = timed("await env.KV.get('k')") + "return new Response('');";
    let requests = request_at("FAR", "1s", "/") + &request_at("FAR", "61.03s", "/");
    let more = requests + &request_at("FAR", "61.04s", "/") + &request_at("NEAR", "2s", "/");
    let results = run(&body, &more);
    assert_untroubled(&results);
    // A fetch; one at the store; a hit within the copy's minute, which began when it came at 1.04 s; another fetch.
    assert_eq!(printed(&results), ["40", "0", "0", "40"]);
    let class = app(&results);
    assert_eq!((class.tally.reads, class.tally.hits), (4, 1));
    // The greatest of all, which is exact.
    let latency = class.request_latency.time_statistics_ns();
    assert_eq!(latency.map(|statistics| statistics[5]), Some(40e6));
}

#[test]
fn a_write_takes_its_way_to_the_store_and_back() {
    let body = timed("await env.KV.put('k', 'v')") + "return new Response('');";
    let results = run(&body, &request_at("FAR", "1s", "/"));
    assert_eq!(printed(&results), ["40"]);
}

#[test]
fn a_list_takes_a_round_trip_past_every_cache() {
    let body = timed("await env.KV.list()") + &timed("await env.KV.list()");
    let results = run(
        &(body
            .replacen("const before", "let before", 1)
            .replacen("const before", "before", 1)
            + "return new Response('');"),
        &request_at("FAR", "1s", "/"),
    );
    assert_eq!(printed(&results), ["40", "40"]);
}

#[test]
fn what_is_asked_at_once_takes_as_long_as_the_longest() {
    let body = timed("await Promise.all([env.KV.get('a'), env.KV.get('b'), env.KV.put('c', '')])");
    let results = run(
        &(body + "return new Response('');"),
        &request_at("FAR", "1s", "/"),
    );
    assert_eq!(printed(&results), ["40"]);
}

#[test]
fn timers_fire_in_simulated_time() {
    let body = timed("await new Promise((resolve) => setTimeout(resolve, 1234))");
    let results = run(
        &(body + "return new Response('');"),
        &request_at("FAR", "1s", "/"),
    );
    assert_eq!(printed(&results), ["1234"]);
}

#[test]
fn the_date_follows_the_scenario() {
    let body = "console.log(new Date().toISOString()); return new Response('');";
    let results = run(body, &request_at("FAR", "90.5s", "/"));
    assert_eq!(printed(&results), ["2026-01-01T00:01:30.500Z"]);
}

#[test]
fn a_response_does_not_wait_for_what_waits_behind_it() {
    let body = "ctx.waitUntil(env.KV.put('k', 'v').then(() => console.log('put'))); return new Response('');";
    let results = run(body, &request_at("FAR", "1s", "/"));
    assert_eq!(printed(&results), ["put"]);
    let latency = app(&results).request_latency.time_statistics_ns();
    assert_eq!(latency.map(|statistics| statistics[0]), Some(0.0));
    assert_eq!(app(&results).tally.writes, 1);
}
