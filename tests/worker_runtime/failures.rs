//! What goes wrong in a script ends its request, says where, and leaves the host standing.

use crate::host::*;
use kvlag::worker::{Answer, Effect, Environment, Limits, Script};

fn started(source: &str) -> String {
    load(source).expect_err("it does not start").to_string()
}

#[test]
fn a_mistake_of_syntax_has_its_place() {
    let error = Script::load("limiter.js", "export default {\n  async fetch( {\n  }\n}\n")
        .expect_err("it is wrong");
    let place = error.place.clone().expect("it has a place");
    assert_eq!((place.file.as_str(), place.line), ("limiter.js", 4));
    assert!(error.message.starts_with("SyntaxError: "), "{error}");
    assert!(error.to_string().starts_with("limiter.js:4:"), "{error}");
}

#[test]
fn a_module_must_export_a_fetch() {
    assert_eq!(
        started("export const a = 1"),
        "TypeError: Handler does not export a fetch() function."
    );
    assert_eq!(
        started("export default { scheduled() {} }"),
        "TypeError: Handler does not export a fetch() function."
    );
}

#[test]
fn a_top_level_that_throws_does_not_start() {
    assert_eq!(
        started("const a = 1;\nnull.b;\nexport default {}"),
        "test.js:2:1: TypeError: cannot read property 'b' of null"
    );
    assert_eq!(started("throw 'a string'"), "a string");
    assert!(
        started("await new Promise(() => {}); export default {}")
            .contains("waits for something that cannot come")
    );
    assert!(started("for (;;) {}").contains("Script startup exceeded CPU time limit."));
}

#[test]
fn a_worker_is_one_file() {
    let error = Script::load("a.js", "import { b } from './b.js'; export default {}")
        .expect_err("it is refused");
    assert!(
        error.message.contains("a simulated Worker is one file"),
        "{error}"
    );
    assert!(error.message.contains("./b.js"), "{error}");
    assert!(failure_of("await import('kvlag:main')").contains("a simulated Worker is one file"));
}

#[test]
fn a_thrown_error_ends_the_request_with_its_place() {
    let mut host = Host::new(
        "export default {\n  async fetch() {\n    const config = null;\n    return config.value;\n  }\n}",
    );
    let number = host.request(&get(ENV));
    assert_eq!(
        host.failure(number),
        "Thrown test.js:4:12: TypeError: cannot read property 'value' of null"
    );
    assert_eq!(host.log.last(), Some(&Effect::Ended { request: number }));
    // The next one is not touched.
    assert_eq!(host.isolate.requests_in_flight(), 0);
    let number = host.request(&get(ENV));
    assert!(host.failure(number).contains("cannot read property"));
}

#[test]
fn a_rejected_operation_has_the_place_where_it_was_awaited() {
    let mut host = Host::new(
        "async function save(env) {\n  await env.KV.put('a', '1');\n}\nexport default { async fetch(request, env) {\n  await save(env);\n  return new Response('');\n} }",
    );
    let number = host.start(&get(ENV));
    host.reply(0, &Answer::Rejected);
    assert_eq!(
        host.failure(number),
        "Thrown test.js:2:16: Error: KV PUT failed: 429 Too Many Requests"
    );
}

#[test]
fn a_refused_operation_has_the_place_where_it_was_called() {
    let mut host =
        Host::new("export default { async fetch(request, env) {\n\n  return env.KV.get('');\n} }");
    let number = host.request(&get(ENV));
    assert!(
        host.failure(number).starts_with("Thrown test.js:3:"),
        "{}",
        host.failure(number)
    );
}

#[test]
fn values_that_are_no_errors_are_told() {
    assert_eq!(failure_of("throw 'words'"), "Thrown words");
    assert_eq!(failure_of("throw { code: 7 }"), "Thrown {\"code\":7}");
    assert_eq!(failure_of("throw undefined"), "Thrown undefined");
    assert_eq!(failure_of("throw null"), "Thrown null");
    assert_eq!(failure_of("await Promise.reject(42)"), "Thrown 42");
    assert!(failure_of("throw new DOMException('m', 'AbortError')").ends_with("AbortError: m"));
}

#[test]
fn an_answer_must_be_a_response() {
    let message =
        "TypeError: Incorrect type for Promise: the Promise did not resolve to 'Response'.";
    assert!(failure_of("").ends_with(message));
    assert!(failure_of("return 'text'").ends_with(message));
    assert!(failure_of("return { status: 200 }").ends_with(message));
}

#[test]
fn a_body_that_was_read_cannot_be_sent() {
    let failure = failure_of("const r = new Response('a'); await r.text(); return r");
    assert!(failure.contains("Body has already been used."), "{failure}");
}

#[test]
fn a_stream_that_breaks_is_no_response() {
    let failure = failure_of(
        "return new Response(new ReadableStream({ pull() { throw new Error('broken') } }))",
    );
    assert!(failure.contains("Error: broken"), "{failure}");
}

#[test]
fn a_failed_task_is_told_after_the_response() {
    let mut host = Host::of(
        "ctx.waitUntil(env.KV.put('a', '1').then(() => { throw new Error('late') })); return new Response('ok')",
    );
    let number = host.request(&get(ENV));
    assert_eq!(host.response(number).body, b"ok");
    assert!(host.failure(number).ends_with("Error: late"));
    assert_eq!(host.log.last(), Some(&Effect::Ended { request: number }));
}

#[test]
fn a_stack_begins_with_the_error_and_goes_on_with_its_places() {
    let mut host = Host::of(
        "function f() { throw new TypeError('boom') } try { f() } catch (error) { return new Response(error.stack) }",
    );
    let stack = host.text();
    let lines: Vec<&str> = stack.lines().collect();
    assert_eq!(lines[0], "TypeError: boom");
    assert!(
        lines[1].starts_with("    at f (test.js:") && lines[2].contains("at fetch (test.js:"),
        "{stack}"
    );
}

#[test]
fn what_fails_within_json_is_told_at_its_place_in_the_script() {
    let failure = failure_of("return Response.json(JSON.parse('{'))");
    assert!(failure.starts_with("Thrown test.js:"), "{failure}");
}

#[test]
fn promises_without_end_take_of_the_processor_time() {
    let mut environment = small();
    environment.limits.cpu_steps = 10;
    let body = "for (;;) await Promise.resolve()";
    let mut host = Host::with(&module(body), &environment, 1);
    let number = host.request(&get(ENV));
    assert!(host.failure(number).starts_with("CpuLimit "));
}

#[test]
fn a_rejection_that_nobody_handles_is_printed() {
    let mut host = Host::of(
        "Promise.reject(new Error('floating')); const p = Promise.reject(new Error('handled')); p.catch(() => {}); return new Response('ok')",
    );
    assert_eq!(host.text(), "ok");
    let printed = host.console();
    assert_eq!(printed.len(), 1, "{printed:?}");
    assert!(
        printed[0].starts_with("Uncaught (in promise) test.js:1:")
            && printed[0].ends_with("Error: floating"),
        "{printed:?}"
    );
}

#[test]
fn an_error_in_a_timer_is_printed() {
    let mut host = Host::of(
        "await new Promise((resolve) => { setTimeout(() => { throw new Error('in a timer') }, 1); setTimeout(resolve, 2) }); return new Response('ok')",
    );
    assert_eq!(host.text(), "ok");
    assert!(
        host.console()[0].ends_with("Error: in a timer"),
        "{:?}",
        host.console()
    );
}

#[test]
fn waiting_for_nothing_is_found_out() {
    let failure = failure_of("await new Promise(() => {}); return new Response('')");
    assert_eq!(
        failure,
        "Hung The Workers runtime canceled this request because it detected that your Worker's code had hung and would \
         never generate a response. Refer to: https://developers.cloudflare.com/workers/observability/errors/"
    );
    // After the response it is merely the end.
    let mut host = Host::of("ctx.waitUntil(new Promise(() => {})); return new Response('ok')");
    assert_eq!(host.text(), "ok");
    assert_eq!(host.isolate.requests_in_flight(), 0);
}

fn small() -> Environment {
    Environment {
        limits: Limits {
            cpu_steps: 20,
            memory_bytes: 16 << 20,
            ..Limits::default()
        },
        ..environment()
    }
}

/// A host whose script spins, hoards or recurses by its path.
fn troubled() -> Host {
    let source = "let served = 0;
const hoard = [];
function spin() {
  for (;;) served += 0;
}
function deep(n) {
  return deep(n + 1) + 1;
}
export default { async fetch(request, env, ctx) {
  served++;
  switch (new URL(request.url).pathname) {
    case '/wait': await env.KV.get('a'); return new Response('waited');
    case '/spin': spin();
    case '/spin-later': await env.KV.get('a'); try { spin() } catch {} finally { await env.KV.get('b') }
    case '/spin-in-promise': await new Promise(() => spin());
    case '/spin-in-task': ctx.waitUntil((async () => { await env.KV.get('a'); spin() })()); return new Response('task');
    case '/regex': /^(a+)+$/.test('a'.repeat(40) + 'b'); return new Response('matched');
    case '/hoard': for (;;) hoard.push(new Array(1000).fill(served));
    case '/text': for (;;) hoard.push('x'.repeat(1e5) + hoard.length);
    case '/caught': try { for (;;) hoard.push(new Array(1e5).fill(served)) } catch (error) { hoard.length = 0; return new Response(error.message) }
    case '/deep': deep(0);
    case '/parse': JSON.parse('['.repeat(1e6));
    case '/sort': Array.from({ length: 1e6 }, (_, i) => -i).sort((a, b) => { for (;;) {} });
    default: return new Response(String(served));
  }
} }";
    Host::with(source, &small(), 1)
}

#[test]
fn an_endless_loop_is_stopped() {
    for path in ["spin", "spin-later", "spin-in-promise", "sort"] {
        let mut host = troubled();
        let number = host.request(&get(&format!("https://a.example/{path}")));
        let failure = host.failure(number);
        assert!(
            failure.starts_with("CpuLimit ")
                && failure.ends_with("Worker exceeded CPU time limit."),
            "{path}: {failure}"
        );
        if path == "spin" {
            assert!(failure.starts_with("CpuLimit test.js:4:"), "{failure}");
        }
        assert_eq!(
            host.log[host.log.len() - 2..],
            [Effect::Ended { request: number }, Effect::Restarted]
        );
        // A new isolate takes the next request, and remembers nothing.
        assert_eq!(host.text(), "1");
    }
}

#[test]
fn a_regular_expression_that_explodes_is_stopped() {
    let mut host = troubled();
    let number = host.request(&get("https://a.example/regex"));
    assert!(
        host.failure(number).starts_with("CpuLimit "),
        "{}",
        host.failure(number)
    );
    assert_eq!(host.text(), "1");
}

#[test]
fn a_task_that_spins_fails_after_the_response() {
    let mut host = troubled();
    let number = host.request(&get("https://a.example/spin-in-task"));
    assert_eq!(host.response(number).body, b"task");
    assert!(host.failure(number).starts_with("CpuLimit "));
}

#[test]
fn memory_has_an_end() {
    for (path, place) in [("hoard", "18:61"), ("text", "19:43")] {
        let mut host = troubled();
        let number = host.request(&get(&format!("https://a.example/{path}")));
        assert_eq!(
            host.failure(number),
            format!("MemoryLimit test.js:{place}: Worker exceeded memory limit.")
        );
        assert_eq!(host.log.last(), Some(&Effect::Restarted));
        assert_eq!(host.text(), "1");
    }
}

#[test]
fn memory_that_runs_out_is_told_with_its_place_however_it_was_filled() {
    let mut environment = small();
    environment.limits.cpu_steps = 1_000;
    for runaway in [
        "for (;;) hoard.push({ of: hoard.length });",
        "for (;;) hoard.push('some text ' + hoard.length);",
        "for (;;) hoard.push([]);",
        "for (;;) hoard.push(() => hoard);",
        "for (;;) hoard.push(hoard.length);",
        "for (;;) hoard.push(new Array(1000).fill(1));",
        "for (;;) hoard.push(new Uint8Array(1000));",
        "for (;;) hoard.push(new Map([[hoard, hoard]]));",
        "for (;;) hoard.push(Promise.resolve(hoard));",
        "for (let all = { };;) all = { all };",
        "for (let all = new Map();;) all.set(all.size, all);",
        "for (let text = 'x';;) text = text + 'x'.repeat(100) + text.length;",
        "for (let all = [1];;) all = [...all, ...all];",
        "const all = {}; for (let at = 0;; at++) all['key' + at] = at;",
        "let text = 'x'; while (hoard.push(text)) if (text.length < 1e6) text += text; else text += hoard.length;",
        "new Uint8Array(1e9);",
        "'x'.repeat(1e9 / 2);",
        "hoard.length = 1e9; hoard.fill(1);",
        "JSON.stringify(new Array(1e6).fill('a long text of some sort'));",
    ] {
        let body = format!("const hoard = [];\n{runaway}");
        let mut host = Host::with(&module(&body), &environment, 1);
        let number = host.request(&get(ENV));
        let failure = host.failure(number);
        assert!(
            failure.starts_with("MemoryLimit test.js:2:")
                && failure.ends_with(" Worker exceeded memory limit."),
            "{runaway}: {failure}"
        );
    }
}

#[test]
fn a_script_that_goes_on_without_memory_is_stopped() {
    let mut environment = small();
    environment.limits.cpu_steps = 1_000;
    let body = "const hoard = []; for (;;) try { hoard.push({}, {}) } catch { hoard.push({}) }";
    let mut host = Host::with(&module(body), &environment, 1);
    let number = host.request(&get(ENV));
    let failure = host.failure(number);
    assert!(failure.starts_with("MemoryLimit test.js:1:"), "{failure}");
}

#[test]
fn a_script_that_survives_lack_of_memory_goes_on() {
    let mut host = troubled();
    let number = host.request(&get("https://a.example/caught"));
    assert_eq!(host.response(number).body, b"out of memory");
    assert_eq!(host.text(), "2");
}

#[test]
fn recursion_without_end_is_an_error() {
    let mut host = troubled();
    let number = host.request(&get("https://a.example/deep"));
    assert_eq!(
        host.failure(number),
        "Thrown test.js:7:19: RangeError: Maximum call stack size exceeded"
    );
    assert_eq!(host.text(), "2");
    let number = host.request(&get("https://a.example/parse"));
    assert!(
        host.failure(number).starts_with("Thrown "),
        "{}",
        host.failure(number)
    );
}

#[test]
fn an_isolate_takes_its_other_requests_with_it() {
    let mut host = troubled();
    let waiting = host.start(&get("https://a.example/wait"));
    let spinning = host.start(&get("https://a.example/spin"));
    assert!(host.failure(spinning).starts_with("CpuLimit "));
    assert!(
        host.failure(waiting)
            .starts_with("IsolateLost The isolate was thrown away")
    );
    assert_eq!(host.isolate.requests_in_flight(), 0);
    // The answer that the other one waited for comes too late.
    host.settle();
    assert_eq!(host.text(), "1");
}

#[test]
fn the_cache_of_the_place_outlives_the_isolate() {
    let source = "export default { async fetch(request) {
        if (request.url.endsWith('/spin')) { await caches.default.put('https://a.example/kept', new Response('kept')); for (;;) {} }
        return (await caches.default.match('https://a.example/kept')) ?? new Response('nothing');
    } }";
    let mut host = Host::with(source, &small(), 1);
    assert_eq!(host.text(), "nothing");
    host.request(&get("https://a.example/spin"));
    assert_eq!(host.text(), "kept");
}

#[test]
fn processor_time_is_counted_anew_for_each_event() {
    let mut host = Host::with(
        &module(
            "for (let i = 0; i < 20; i++) { for (let j = 0; j < 1e5; j++) {} await env.KV.get('a') } return new Response('done')",
        ),
        &small(),
        1,
    );
    assert_eq!(host.text(), "done");
}
