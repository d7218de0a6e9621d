//! The order of what comes out: operations, responses, ends; several requests in one isolate; what outlives a request.

use crate::host::*;
use kvlag::units::Time;
use kvlag::worker::{Answer, Effect, Entry, Kind, KvCall, Level};

/// The effects in short.
fn short(log: &[Effect]) -> Vec<String> {
    let name = |call: &KvCall| match call {
        KvCall::Get { key, .. } => format!("get {key}"),
        KvCall::GetMany { keys, .. } => format!("get {}", keys.join("+")),
        KvCall::Put { key, value, .. } => format!("put {key}={}", String::from_utf8_lossy(value)),
        KvCall::Delete { key } => format!("delete {key}"),
        KvCall::List { .. } => "list".to_owned(),
    };
    let line = |effect: &Effect| match effect {
        Effect::Operation(operation) => {
            let asked = match &operation.kind {
                Kind::Kv { call, .. } => name(call),
                Kind::Fetch(request) => format!("{} {}", request.method, request.url),
            };
            format!("{} asks {}: {asked}", operation.request, operation.number)
        }
        Effect::Timer {
            number,
            request,
            at,
        } => format!("{request} sets {number} at {} ms", at.0 / 1_000_000),
        Effect::Responded { request, response } => {
            format!(
                "{request} answers {} {}",
                response.status,
                String::from_utf8_lossy(&response.body)
            )
        }
        Effect::Failed { request, cause, .. } => format!("{request} fails: {cause:?}"),
        Effect::Ended { request } => format!("{request} ends"),
        Effect::Console { request, text, .. } => format!("{request:?} prints {text}"),
        Effect::Count { request, name, by } => format!("{request:?} counts {by} {name}"),
        Effect::Restarted => "restarted".to_owned(),
    };
    log.iter().map(line).collect()
}

fn value(text: &str) -> Answer<'_> {
    let entry = Some(Entry {
        value: text.as_bytes(),
        metadata: None,
    });
    Answer::Value {
        entry,
        cache_status: None,
    }
}

#[test]
fn effects_come_in_the_order_in_which_the_script_did_them() {
    let mut host = Host::of(
        "console.log('first');
         const read = env.KV.get('a');
         globalThis.kvlag?.count('started');
         setTimeout(() => {}, 5);
         ctx.waitUntil(env.KV.put('b', 'x'));
         await read;
         kvlag.count('seen', 3);
         return new Response('done')",
    );
    host.request(&get(ENV));
    assert_eq!(
        short(&host.log),
        [
            "Some(1) prints first",
            "1 asks 0: get a",
            "Some(1) counts 1 started",
            "1 sets 0 at 5 ms",
            "1 asks 1: put b=x",
            "Some(1) counts 3 seen",
            "1 answers 200 done",
            "1 ends",
        ]
    );
}

#[test]
fn several_requests_are_under_way_in_one_isolate() {
    let mut host = Host::of(
        "const name = new URL(request.url).pathname;
         const read = await env.KV.get(name);
         await env.KV.put(name, read + '!');
         return new Response(name)",
    );
    host.start(&get("https://a.example/one"));
    host.start(&get("https://a.example/two"));
    host.reply(1, &value("2"));
    host.reply(0, &value("1"));
    host.reply(2, &Answer::Done);
    host.reply(3, &Answer::Done);
    assert_eq!(
        short(&host.log),
        [
            "1 asks 0: get /one",
            "2 asks 1: get /two",
            "2 asks 2: put /two=2!",
            "1 asks 3: put /one=1!",
            "2 answers 200 /two",
            "2 ends",
            "1 answers 200 /one",
            "1 ends",
        ]
    );
    assert_eq!(host.isolate.requests_in_flight(), 0);
}

#[test]
fn the_response_does_not_wait_for_what_is_to_be_waited_for() {
    let mut host = Host::of(
        "ctx.waitUntil((async () => { await env.KV.put('a', '1'); await env.KV.put('b', '2') })());
         ctx.waitUntil('not even a promise');
         ctx.passThroughOnException();
         return new Response('now')",
    );
    host.request(&get(ENV));
    assert_eq!(
        short(&host.log),
        [
            "1 asks 0: put a=1",
            "1 answers 200 now",
            "1 asks 1: put b=2",
            "1 ends"
        ]
    );
}

#[test]
fn what_nobody_waits_for_is_cut_off_with_the_request() {
    let mut host = Host::of(
        "env.KV.put('a', '1').then(() => console.log('never')); setTimeout(() => console.log('nor this'), 1); return new Response('now')",
    );
    host.request(&get(ENV));
    assert_eq!(
        short(&host.log),
        [
            "1 asks 0: put a=1",
            "1 sets 0 at 1 ms",
            "1 answers 200 now",
            "1 ends"
        ]
    );
}

#[test]
fn a_task_may_start_another() {
    let mut host = Host::of(
        "ctx.waitUntil(env.KV.put('a', '1').then(() => ctx.waitUntil(env.KV.put('b', '2')))); return new Response('now')",
    );
    host.request(&get(ENV));
    assert_eq!(
        short(&host.log),
        [
            "1 asks 0: put a=1",
            "1 answers 200 now",
            "1 asks 1: put b=2",
            "1 ends"
        ]
    );
}

#[test]
fn the_module_remembers() {
    let mut host = Host::new(
        "let count = 0; export default { async fetch() { count++; return new Response(String(count)) } }",
    );
    assert_eq!([host.text(), host.text(), host.text()], ["1", "2", "3"]);
}

#[test]
fn a_fetch_that_is_not_async_is_fine_and_so_is_a_method_of_a_class() {
    let mut host = Host::new("export default { fetch: () => new Response('plain') }");
    assert_eq!(host.text(), "plain");
    let mut host = Host::new(
        "class App { #name = 'app'; fetch() { return new Response(this.#name) } } export default new App()",
    );
    assert_eq!(host.text(), "app");
}

#[test]
fn a_promise_that_two_requests_share_moves_both_on() {
    let mut host = Host::new(
        "let loading;
         export default { async fetch(request, env) {
           loading ??= env.KV.get('config');
           const config = await loading;
           await env.KV.put('seen', config);
           return new Response(config);
         } }",
    );
    host.start(&get(ENV));
    host.start(&get(ENV));
    host.reply(0, &value("c"));
    host.settle();
    let lines = short(&host.log);
    assert!(
        lines.contains(&"1 answers 200 c".to_owned())
            && lines.contains(&"2 answers 200 c".to_owned()),
        "{lines:?}"
    );
    assert_eq!(host.isolate.requests_in_flight(), 0);
}

#[test]
fn a_promise_shared_with_a_request_that_has_ended_still_comes() {
    let mut host = Host::new(
        "let loading;
         export default { async fetch(request, env) {
           if (new URL(request.url).pathname === '/quick') { loading = env.KV.get('slow'); return new Response('quick') }
           return new Response(await loading);
         } }",
    );
    host.start(&get("https://a.example/quick"));
    assert_eq!(
        short(&host.log),
        ["1 asks 0: get slow", "1 answers 200 quick", "1 ends"]
    );
    // Nobody else waited for it when its request ended: it was cut off, and who comes later waits in vain.
    let late = host.start(&get(ENV));
    assert!(
        host.failure(late)
            .starts_with("Hung The Workers runtime canceled this request")
    );
}

#[test]
fn six_connections_and_no_more() {
    let mut host = Host::of(
        "await Promise.all(Array.from({ length: 8 }, (_, i) => env.KV.get('k' + i)).concat([env.KV.get(['a', 'b'])]));
         return new Response('all')",
    );
    host.start(&get(ENV));
    let asked = |host: &Host| {
        host.log
            .iter()
            .filter(|effect| matches!(effect, Effect::Operation(_)))
            .count()
    };
    // Six and the read of several keys, which is exempt.
    assert_eq!(asked(&host), 7);
    host.reply(
        2,
        &Answer::Value {
            entry: None,
            cache_status: None,
        },
    );
    assert_eq!(asked(&host), 8);
    host.settle();
    assert_eq!(asked(&host), 9);
    assert_eq!(short(&host.log).last().expect("there is one"), "1 ends");
}

#[test]
fn requests_have_their_own_connections() {
    let mut host = Host::of(
        "await Promise.all([1, 2, 3, 4].map((i) => env.KV.get('k' + i))); return new Response('all')",
    );
    host.start(&get(ENV));
    host.start(&get(ENV));
    assert_eq!(host.log.len(), 8);
}

#[test]
fn late_answers_and_timers_are_ignored() {
    let mut host = Host::of("env.KV.get('a'); setTimeout(() => {}, 1); return new Response('')");
    host.start(&get(ENV));
    let before = host.log.len();
    host.settle();
    assert_eq!(host.log.len(), before);
}

#[test]
fn the_console_has_levels() {
    let mut host = Host::of(
        "console.debug('d'); console.log('l', 1, { a: [true] }); console.info('i'); console.warn('w'); console.error('e', null, undefined);
         return new Response('')",
    );
    host.request(&get(ENV));
    let lines: Vec<_> = host
        .log
        .iter()
        .filter_map(|effect| match effect {
            Effect::Console { level, text, .. } => Some((*level, text.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(
        lines,
        [
            (Level::Debug, "d"),
            (Level::Info, "l 1 {\"a\":[true]}"),
            (Level::Info, "i"),
            (Level::Warn, "w"),
            (Level::Error, "e null undefined"),
        ]
    );
}

#[test]
fn what_the_top_level_prints_comes_before_the_first_request() {
    let mut host = Host::new(&format!(
        "console.log('loaded'); kvlag.count('starts'); {}",
        module("return new Response('')")
    ));
    host.request(&get(ENV));
    assert_eq!(
        short(&host.log),
        [
            "None prints loaded",
            "None counts 1 starts",
            "1 answers 200 ",
            "1 ends"
        ]
    );
}

#[test]
fn only_whole_numbers_are_counted() {
    assert_eq!(
        caught("kvlag.count('a', NaN)"),
        "TypeError: kvlag.count() takes a name and a whole number of at most a thousand million."
    );
    let mut host = Host::of("kvlag.count('a', -2); kvlag.count('b', 2.9); return new Response('')");
    host.request(&get(ENV));
    assert_eq!(
        short(&host.log)[..2],
        ["Some(1) counts -2 a", "Some(1) counts 2 b"]
    );
}

#[test]
fn origins_are_asked() {
    let mut host = Host::of(
        "const answer = await fetch('https://origin.example/x?y=1#z', { method: 'POST', body: 'in', headers: { 'X-A': 'b' } });
         return new Response(answer.status + ' ' + answer.headers.get('x-origin') + ' ' + (await answer.text()))",
    );
    host.origin = |request| {
        assert_eq!(
            (request.method.as_str(), request.body.as_slice()),
            ("POST", &b"in"[..])
        );
        let header = |name: &str| {
            request
                .headers
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        assert_eq!(
            (header("x-a"), header("content-type")),
            (Some("b"), Some("text/plain;charset=UTF-8"))
        );
        (201, vec![("X-Origin", "yes")], b"out".to_vec())
    };
    assert_eq!(host.text(), "201 yes out");
}

#[test]
fn an_origin_that_fails_is_an_error() {
    let mut host = Host::of(
        "try { await fetch('https://origin.example/') } catch (error) { return new Response(error.message) }",
    );
    let number = host.start(&get(ENV));
    let answer = Answer::Failed {
        status: 0,
        reason: "Network connection lost.",
    };
    host.reply(0, &answer);
    assert_eq!(host.response(number).body, b"Network connection lost.");
}

#[test]
fn the_cache_belongs_to_the_place() {
    let mut host = Host::of(
        "const cache = caches.default;
         const found = await cache.match(request);
         if (found) return new Response('hit ' + found.headers.get('cf-cache-status') + ' ' + (await found.text()));
         const made = new Response('made', { headers: { 'cache-control': 'max-age=10' } });
         ctx.waitUntil(cache.put(request, made.clone()));
         return made",
    );
    assert_eq!(host.text(), "made");
    host.now = Time(9_999_999_999);
    assert_eq!(host.text(), "hit HIT made");
    host.now = Time(10_000_000_000);
    assert_eq!(host.text(), "made");
}

#[test]
fn what_must_not_be_cached_is_not() {
    let cached = |response: &str| {
        let body = format!(
            "await caches.default.put('https://a.example/x', {response}); return new Response(String(await caches.default.match('https://a.example/x') !== undefined))"
        );
        text_of(&body)
    };
    assert_eq!(
        cached(
            "new Response('a', { headers: { 'cache-control': 'public, s-maxage=5, max-age=0' } })"
        ),
        "true"
    );
    assert_eq!(cached("new Response('a')"), "true");
    assert_eq!(cached("new Response('a', { status: 500 })"), "false");
    for control in ["no-store", "private, max-age=5", "max-age=0"] {
        assert_eq!(
            cached(&format!(
                "new Response('a', {{ headers: {{ 'cache-control': '{control}' }} }})"
            )),
            "false"
        );
    }
    assert_eq!(
        cached("new Response('a', { headers: { 'set-cookie': 'a=b' } })"),
        "false"
    );
    assert_eq!(
        caught(
            "caches.default.put(new Request('https://a.example/', { method: 'POST' }), new Response(''))"
        ),
        "TypeError: Cannot cache response to non-GET request."
    );
}

#[test]
fn caches_are_told_apart_and_emptied() {
    let body = "const url = 'https://a.example/x'; const mine = await caches.open('mine');
        await caches.default.put(url, new Response('a'));
        const answers = [await mine.match(url) === undefined, await caches.default.delete(url), await caches.default.delete(url), await caches.default.match(url) === undefined];
        return Response.json(answers)";
    assert_eq!(text_of(body), "[true,true,false,true]");
}
