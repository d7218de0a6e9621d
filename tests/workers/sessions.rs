//! Clients that ask Workers: their cookies, what they do by the response, and the guarantees that are broken for them.

use crate::world::*;

#[test]
fn a_client_goes_by_the_status_and_keeps_its_cookies() {
    let body = r#"
        const url = new URL(request.url);
        const cookie = request.headers.get('cookie');
        if (url.pathname === '/login') {
            return new Response('', { status: 201, headers: { 'set-cookie': `id=${await request.text()}; Path=/` } });
        }
        if (url.pathname === '/logout') {
            return new Response('', { headers: { 'set-cookie': 'id=; Max-Age=0' } });
        }
        console.log(url.pathname, cookie);
        return new Response('', { status: cookie ? 200 : 401 });"#;
    let more = "[client.user]\nat = [\"FAR\"]\ncount = 2\nsteps = [\n\
                { request = \"/first\" },\n\
                { if = \"status = 401\", then = [{ request = \"POST /login\", body = \"u{client}\" }] },\n\
                { request = \"/second\" },\n\
                { if = \"status < 300\", then = [{ request = \"/logout\" }, { request = \"/third\" }] },\n]\n";
    let results = run(body, more);
    assert_untroubled(&results);
    let mut lines = printed(&results);
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "/first null",
            "/first null",
            "/second id=u0",
            "/second id=u1",
            "/third null",
            "/third null"
        ]
    );
    let users = results.pooled.of_workload(0).into_owned();
    assert_eq!(users.tally.sessions, 2);
    assert_eq!(app(&results).tally.requests, 10);
}

/// A session that slides: each use writes it back.
const SLIDING: &str = r#"
    const url = new URL(request.url);
    if (url.pathname === '/logout') {
        await env.KV.delete('session:1');
        return new Response('');
    }
    const session = await env.KV.get('session:1');
    if (session === null) return new Response('', { status: 401 });
    await env.KV.put('session:1', session, { expirationTtl: 86400 });
    return new Response('');"#;

#[test]
fn a_put_is_derived_from_what_its_request_read() {
    let stored = "[[store.value]]\nkey = \"session:1\"\nvalue = \"s\"\n";
    // FAR has a copy when the user signs out at NEAR, and brings the session back.
    let more = request_at("FAR", "1s", "/")
        + &request_at("NEAR", "10s", "/logout")
        + &request_at("FAR", "20s", "/")
        + &request_at("NEAR", "100s", "/")
        + stored;
    let results = run(SLIDING, &more);
    assert_untroubled(&results);
    let tally = app(&results).tally;
    assert_eq!((tally.resurrected_keys, tally.stale_base_writes), (1, 1));
    assert_eq!(responses(&results, 200), 4);
    // Without the use at FAR in between it stays dead.
    let more = more.replace("time = \"20s\"", "time = \"70s\"");
    let results = run(SLIDING, &more);
    assert_eq!(app(&results).tally.resurrected_keys, 0);
    assert_eq!(responses(&results, 401), 2);
}

#[test]
fn a_plain_put_has_no_base_and_two_puts_follow_each_other() {
    let body = "await env.KV.put('k', '1'); await env.KV.put('k', '2'); return new Response('');";
    let more = request_at("FAR", "1s", "/") + &request_at("NEAR", "1.02s", "/");
    let results = run(body, &more);
    let tally = app(&results).tally;
    // FAR: version 1 at 1.01 s, known at 1.04 s, then 4 at 1.05 s from base 1; NEAR wrote 2 and 3 between.
    assert_eq!((tally.writes, tally.stale_base_writes), (4, 1));
}

#[test]
fn a_roaming_client_misses_its_own_write() {
    let body = r#"
        if (request.method === 'POST') await env.KV.put('profile', await request.text());
        else await env.KV.get('profile');
        return new Response('');"#;
    let steps = "steps = [{ request = \"/\" }, { think = \"10s\" }, { request = \"POST /\", body = \"x\" },\n\
                 { think = \"10s\" }, { request = \"/\" }]\n";
    let run = |roam: &str| {
        let more = format!("[client.user]\nat = [\"FAR\"]\ncount = 1\n{roam}{steps}");
        let results = run(body, &more);
        assert_untroubled(&results);
        app(&results).tally
    };
    let stays = run("");
    assert_eq!(stays.read_your_writes_violations, 0);
    // At 11 s it is at NEAR and writes, at 21 s back at FAR, which has a copy from the start.
    let roams = run("roam = { every = \"10s\" }\n");
    assert_eq!(roams.read_your_writes_violations, 1);
    assert_eq!(roams.monotonic_read_violations, 0);
}
