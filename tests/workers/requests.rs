//! Requests: placeholders, who sends them, and what a script may know of that; isolates; same seed, same bytes.

use crate::world::*;
use kvlag::report;

#[test]
fn placeholders_are_filled_alike_wherever_they_stand() {
    let body = r#"
        console.log(new URL(request.url).pathname, request.headers.get('x-id'), await request.text(),
            request.headers.get('cf-connecting-ip'));
        return new Response('');"#;
    let more = "[[worker.app.request]]\nmethod = \"POST\"\nat = [\"FAR\"]\nrate = \"1/s\"\narrivals = \"periodic\"\n\
                path = \"/{pop}/{client}/{uniform of 5}\"\nheaders = { x-id = \"{client}-{uniform of 5}\" }\n\
                body = '{\"id\": {client}, \"rank\": {uniform of 5}}'\n";
    let results = run(body, more);
    assert_untroubled(&results);
    let lines = printed(&results);
    assert_eq!(lines.len(), 600);
    let mut seen = [false; 5];
    for (number, line) in lines.iter().enumerate() {
        let rank: usize = line
            .split([' ', '/'])
            .nth(3)
            .expect("a rank")
            .parse()
            .expect("a rank");
        seen[rank] = true;
        let [.., c, d] = (number as u32).to_be_bytes();
        assert_eq!(
            *line,
            format!(
                "/FAR/{number}/{rank} {number}-{rank} {{\"id\": {number}, \"rank\": {rank}}} 10.0.{c}.{d}"
            )
        );
    }
    assert_eq!(seen, [true; 5]);
}

#[test]
fn each_pop_has_an_isolate_whose_state_stays() {
    let text = format!(
        "{WORLD}[worker.app]\nscript = \"app.js\"\nvars = {{ WORD = \"w\" }}\n{}{}{}",
        request_at("FAR", "1s", "/"),
        request_at("FAR", "2s", "/"),
        request_at("NEAR", "3s", "/"),
    );
    let script = "let requests = 0;\nexport default { async fetch(request, env) {\n\
                  console.log(request.cf.colo, ++requests, env.WORD); return new Response(''); } };\n";
    let results = try_run(scenario(&text, script), 1).expect("it runs");
    assert_eq!(printed(&results), ["FAR 1 w", "FAR 2 w", "NEAR 1 w"]);
}

#[test]
fn requests_come_at_their_rate_everywhere() {
    let more = "[[worker.app.request]]\npath = \"/\"\nrate = \"10/s\"\n";
    let results = run("return new Response('');", more);
    let requests = app(&results).tally.requests as f64;
    // Poisson, of mean 10 × 600 × 2: five standard deviations.
    assert!((requests - 12_000.0).abs() < 5.0 * 110.0, "{requests}");
    assert_eq!(responses(&results, 200) as f64, requests);
}

#[test]
fn same_seed_same_bytes_on_any_number_of_threads() {
    let body = r#"
        const key = 'k' + Math.floor(Math.random() * 5);
        const read = await env.KV.get(key, 'json');
        await env.KV.put(key, JSON.stringify([crypto.randomUUID(), ...(read ?? [])].slice(0, 3)));
        console.log(key, read?.[0]);
        return new Response('', { status: read ? 200 : 201 });"#;
    let text = format!(
        "{WORLD}[worker.app]\nscript = \"app.js\"\n[[worker.app.request]]\npath = \"/\"\nrate = \"2/s\"\n\
         [[store.value]]\nkey = \"k{{n}}\"\ncount = 4\nvalue = \"[1]\"\n[run]\nruns = 3\n[client.visitor]\nrate = \"1/s\"\nsteps = [{{ request = \"/\" }}, {{ get = \"k1\" }}]\n\
         [workload.reader]\nreads = \"5/s\"\nkeys = {{ uniform = 4, prefix = \"k\" }}\n"
    );
    let files = |threads| {
        let results = try_run(scenario(&text, &module(body)), threads).expect("it runs");
        let mut files = report::files(&results, None);
        files.retain(|(name, _)| name != "scenario.toml");
        (files, results.pooled.console)
    };
    let (one, console) = files(1);
    for threads in [2, 3] {
        let (others, other_console) = files(threads);
        for ((name, bytes), (other_name, other)) in one.iter().zip(&others) {
            assert_eq!(name, other_name);
            assert!(bytes == other, "{name} on {threads} threads");
        }
        assert_eq!(one.len(), others.len());
        assert!(console.lines == other_console.lines);
    }
    assert!(console.lines.len() > 1_000);
}
