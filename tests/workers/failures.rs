//! What is wrong with a script ends its request, with file and line, and not the simulation.

use crate::world::*;

#[test]
fn a_thrown_error_is_a_500_with_its_place() {
    let body = "if (request.url.endsWith('/bad')) {\n  undefined.x;\n}\nreturn new Response('');";
    let more = request_at("FAR", "1s", "/bad")
        + &request_at("FAR", "2s", "/")
        + &request_at("NEAR", "3s", "/bad");
    let results = run(body, &more);
    assert_eq!((responses(&results, 200), responses(&results, 500)), (1, 2));
    assert_eq!(app(&results).tally.failed_requests, 2);
    let [(trouble, 2)] = &troubles(&results)[..] else {
        panic!("two failures of one kind: {:?}", troubles(&results));
    };
    assert!(
        trouble.starts_with("Thrown app.js:3:") && trouble.contains("TypeError"),
        "{trouble}"
    );
    let first = results.pooled.troubles.iter().next().expect("there is one");
    assert_eq!((first.1.pop, first.1.first.0), (0, 1_000_000_000));
}

#[test]
fn what_fails_in_wait_until_leaves_the_response_alone() {
    let body = "ctx.waitUntil((async () => { throw new Error('early') })());\n\
                await env.KV.get('k');\nreturn new Response('');";
    let results = run(body, &request_at("FAR", "1s", "/"));
    assert_eq!((responses(&results, 200), responses(&results, 500)), (1, 0));
    assert_eq!(app(&results).tally.failed_requests, 0);
    let troubles = troubles(&results);
    assert!(
        troubles[0].0.starts_with("Task app.js:") && troubles[0].0.ends_with("Error: early"),
        "{troubles:?}"
    );
}

#[test]
fn an_endless_loop_ends_its_request_alone() {
    let body = "if (request.url.endsWith('/bad')) for (;;);\nreturn new Response('');";
    let more = request_at("FAR", "1s", "/bad") + &request_at("FAR", "2s", "/");
    let results = run(body, &more);
    assert_eq!((responses(&results, 200), responses(&results, 500)), (1, 1));
    let troubles = troubles(&results);
    assert!(
        troubles[0].0.starts_with("CpuLimit app.js:2:"),
        "{troubles:?}"
    );
}

#[test]
fn runaway_memory_ends_its_request_alone() {
    let body = "const all = [];\nif (request.url.endsWith('/bad')) for (;;) all.push(new Array(10000).fill(1));\nreturn new Response('');";
    let more = request_at("FAR", "1s", "/bad") + &request_at("FAR", "2s", "/");
    let results = run(body, &more);
    assert_eq!((responses(&results, 200), responses(&results, 500)), (1, 1));
    let troubles = troubles(&results);
    assert!(troubles[0].0.starts_with("MemoryLimit"), "{troubles:?}");
}

#[test]
fn who_never_answers_is_given_up() {
    let hung = run(
        "await new Promise(() => {});",
        &request_at("FAR", "1s", "/"),
    );
    assert!(
        troubles(&hung)[0].0.starts_with("Hung"),
        "{:?}",
        troubles(&hung)
    );
    let body = "for (;;) await new Promise((resolve) => setTimeout(resolve, 1000));";
    let endless = run(body, &request_at("FAR", "1s", "/"));
    assert_eq!(
        troubles(&endless),
        [("Hung no response within 10 minutes".to_owned(), 1)]
    );
    assert_eq!(responses(&endless, 500), 1);
}

#[test]
fn who_waits_for_weeks_does_not_keep_the_others_going() {
    let body = "if (request.url.endsWith('/bad')) await new Promise((resolve) => setTimeout(resolve, 2e9));\n\
                console.log('here'); return new Response('');";
    let others = "[[worker.app.request]]\npath = \"/\"\nrate = \"1/s\"\nat = [\"NEAR\"]\n";
    let results = run(body, &(request_at("FAR", "599s", "/bad") + others));
    let troubles = troubles(&results);
    assert_eq!(troubles.len(), 1, "{troubles:?}");
    assert!(
        troubles[0].0.starts_with("Hung no response"),
        "{troubles:?}"
    );
    // The others go on for the ten minutes that it takes to give up, and not for the 23 days of the timer.
    let console = &results.pooled.console;
    let lines = console.lines.len() as u64 + console.left_out;
    assert!((900..1_500).contains(&lines), "{lines}");
}

#[test]
fn scripts_that_are_no_workers_are_refused_before_anything_runs() {
    let refused = |script: &str| {
        let text = format!(
            "{WORLD}[worker.app]\nscript = \"app.js\"\n{}",
            request_at("FAR", "1s", "/")
        );
        match try_run(scenario(&text, script), 1) {
            Ok(_) => panic!("this was taken: {script}"),
            Err(error) => error.render(false),
        }
    };
    let syntax =
        refused("export default {\n  async fetch(request) { return new Response('') \n};\n");
    assert!(syntax.contains("--> app.js:3:"), "{syntax}");
    let thrown = refused("null.x;\nexport default { fetch() {} };\n");
    assert!(thrown.contains("--> app.js:1:"), "{thrown}");
    let nothing = refused("export const fetch = 1;\n");
    assert!(nothing.contains("fetch"), "{nothing}");
}

#[test]
fn a_read_with_a_longer_cache_ttl_than_promised_stops_the_run() {
    let script =
        module("await env.KV.get('k', { cacheTtl: 30 * 10 + 1 }); return new Response('');");
    let text = format!(
        "{WORLD}[worker.app]\nscript = \"app.js\"\nlongest-cache-ttl = \"5m\"\n{}",
        request_at("FAR", "1s", "/")
    );
    let error = match try_run(scenario(&text, &script), 2) {
        Ok(_) => panic!("this was taken"),
        Err(error) => error.render(false),
    };
    assert!(
        error.contains("longest-cache-ttl = \"301s\"") || error.contains("5m1s"),
        "{error}"
    );
}
