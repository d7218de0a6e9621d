//! What overlaps, is not awaited, or never ends: it is judged by when it began, and does not keep the others going.

use crate::world::*;

/// How often reads were older than an own write, than an earlier read, and than what another rests on.
fn broken(results: &kvlag::experiment::Results) -> [u64; 3] {
    let tally = app(results).tally;
    [
        tally.read_your_writes_violations,
        tally.monotonic_read_violations,
        tally.writes_follow_reads_violations,
    ]
}

const EVERYWHERE: &str = "[[worker.app.request]]\npath = \"/{uniform of 20}\"\nrate = \"5/s\"\n";

#[test]
fn a_write_that_nobody_awaited_is_not_the_next_requests_own() {
    let body = r#"
        const writes = Math.random() < 0.5;
        if (writes) env.KV.put(request.url, 'v');
        else await env.KV.get(request.url);
        return new Response('');"#;
    assert_eq!(broken(&run(body, EVERYWHERE)), [0, 0, 0]);
}

#[test]
fn a_read_is_judged_by_what_was_known_when_it_began() {
    let body = r#"
        const key = crypto.randomUUID();
        await Promise.all([env.KV.get(key), env.KV.put(key, 'v')]);
        return new Response('');"#;
    assert_eq!(broken(&run(body, EVERYWHERE))[0], 0);
    // Who reads after the acknowledgement what was cached before does see less than its own write.
    let body = r#"
        const key = crypto.randomUUID();
        await env.KV.get(key);
        await env.KV.put(key, 'v');
        await env.KV.get(key);
        return new Response('');"#;
    let text = format!("{WORLD}[worker.app]\nscript = \"app.js\"\n{EVERYWHERE}");
    let text = text.replace("[cache]\n", "[cache]\nown-writes = \"unchanged\"\n");
    let results = try_run(scenario(&text, &module(body)), 1).expect("it runs");
    assert_eq!(broken(&results)[0], app(&results).tally.writes);
}

#[test]
fn a_write_rests_on_what_was_read_before_it_began() {
    let body = r#"
        const other = env.KV.put('b', 'v');
        await env.KV.get('a');
        await other;
        await env.KV.put('a', 'v');
        await env.KV.get('b');
        await env.KV.get('a');
        return new Response('');"#;
    assert_eq!(broken(&run(body, EVERYWHERE))[2], 0);
}

#[test]
fn who_waits_in_a_loop_gets_on() {
    let body = r#"
        const start = Date.now();
        while (Date.now() - start < 50) await new Promise((resolve) => setTimeout(resolve, 0));
        const asked = Date.now();
        while (Date.now() - asked < 200) await fetch('https://nobody.example/').catch(() => {});
        return new Response('');"#;
    let results = run(body, &request_at("NEAR", "1s", "/"));
    assert_eq!(responses(&results, 200), 1);
}

#[test]
fn a_promise_that_nobody_settles_ends_at_its_time_among_many_requests() {
    // Of 200 requests a second that all fetch, some wait at any time: the isolate is never idle.
    let body = r#"
        if (request.url.endsWith('/bad')) await new Promise(() => {});
        await env.KV.get('k' + Math.random());
        return new Response('');"#;
    let others = "[[worker.app.request]]\npath = \"/\"\nrate = \"200/s\"\nat = [\"FAR\"]\n";
    let bad = request_at("FAR", "9s", "/bad");
    let text = format!("{WORLD}[worker.app]\nscript = \"app.js\"\n{bad}{others}");
    let text = text.replace("duration = \"10m\"", "duration = \"10s\"");
    let results = try_run(scenario(&text, &module(body)), 1).expect("it runs");
    assert_eq!(responses(&results, 500), 1);
    let troubles = troubles(&results);
    assert!(troubles[0].0.starts_with("Hung"), "{troubles:?}");
}

#[test]
fn a_list_shows_keys_that_nobody_has_touched() {
    let body = r#"
        const { keys } = await env.KV.list({ prefix: 'item:' });
        console.log(keys.length);
        return new Response('');"#;
    let client = "[client.shopper]\ncount = 1\nsteps = [{ get = \"item:{uniform of 100}\" }]\n";
    let results = run(body, &(request_at("NEAR", "1s", "/") + client));
    assert_eq!(printed(&results), ["100"]);
}

#[test]
fn those_who_ask_come_from_different_addresses() {
    let body = "console.log(request.headers.get('cf-connecting-ip')); return new Response('');";
    let clients = "[client.a]\ncount = 2\nsteps = [{ request = \"/\" }]\n[client.b]\ncount = 2\nsteps = [{ request = \"/\" }]\n";
    let more = request_at("NEAR", "1s", "/") + &request_at("FAR", "2s", "/") + clients;
    let results = run(body, &more);
    let mut addresses = printed(&results);
    let all = addresses.len();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!((all, addresses.len()), (10, 10));
}

#[test]
fn what_came_in_cannot_be_changed() {
    let body = r#"
        try {
            request.headers.set('x', 'y');
        } catch (error) {
            const copy = new Request(request, { headers: { ...Object.fromEntries(request.headers), x: 'y' } });
            const own = new Headers(request.headers);
            own.set('x', 'z');
            console.log(error.message, copy.headers.get('x'), own.get('x'));
        }
        return new Response('');"#;
    let results = run(body, &request_at("NEAR", "1s", "/"));
    assert_untroubled(&results);
    assert_eq!(printed(&results), ["Can't modify immutable headers. y z"]);
}

#[test]
fn code_is_not_made_of_strings() {
    let body = r#"
        const caught = [];
        for (const make of [() => eval('1'), () => new Function('return 1')(), () => (() => {}).constructor('1')]) {
            try { make() } catch (error) { caught.push(error.name) }
        }
        console.log(caught.join(), (() => {}) instanceof Function);
        return new Response('');"#;
    let results = run(body, &request_at("NEAR", "1s", "/"));
    assert_eq!(printed(&results), ["EvalError,EvalError,EvalError true"]);
}

#[test]
fn what_nobody_handles_is_told() {
    // Once while the request goes on, and once in its last moment.
    let body = r#"
        env.KV.put('k'.repeat(600), 'v');
        if (request.url.endsWith('/more')) await env.KV.get('a');
        return new Response('');"#;
    let more = request_at("NEAR", "1s", "/more") + &request_at("NEAR", "2s", "/");
    let results = run(body, &more);
    assert_eq!(responses(&results, 200), 2);
    assert_eq!(app(&results).tally.failed_requests, 0);
    assert_eq!(troubles(&results)[0].1, 2);
    assert!(
        troubles(&results)[0].0.starts_with("Unhandled app.js:"),
        "{:?}",
        troubles(&results)
    );
}
