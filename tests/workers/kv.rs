//! The KV binding: what is written at one PoP is read at others when their copies allow it, bytes for bytes.

use crate::world::*;

#[test]
fn values_keep_their_type_and_metadata() {
    let body = r#"
        const { KV } = env;
        await KV.put('text', 'grün €');
        await KV.put('json', JSON.stringify({ a: [1, 2] }), { metadata: { by: 'me' } });
        await KV.put('bytes', new Uint8Array([0, 255, 128]));
        const seen = [
            await KV.get('text'),
            (await KV.get('json', 'json')).a[1],
            new Uint8Array(await KV.get('bytes', 'arrayBuffer')).join(),
            await new Response(await KV.get('text', { type: 'stream' })).text(),
            JSON.stringify(await KV.getWithMetadata('json', 'text')),
            JSON.stringify([...(await KV.get(['text', 'nothing']))]),
            String(await KV.get('nothing')),
        ];
        await KV.delete('text');
        seen.push(String(await KV.get('text')));
        console.log(seen.join('\n'));
        return new Response('');"#;
    let results = run(body, &request_at("FAR", "1s", "/"));
    assert_untroubled(&results);
    let expected = "grün €\n2\n0,255,128\ngrün €\n\
                    {\"value\":\"{\\\"a\\\":[1,2]}\",\"metadata\":{\"by\":\"me\"},\"cacheStatus\":\"HIT\"}\n\
                    [[\"text\",\"grün €\"],[\"nothing\",null]]\nnull\nnull";
    assert_eq!(printed(&results), [expected]);
    let tally = app(&results).tally;
    // Of the two in a bulk read each counts, and so does each that finds nothing.
    assert_eq!((tally.reads, tally.writes, tally.deletes), (9, 3, 1));
}

#[test]
fn another_pop_sees_the_old_value_until_its_copy_ends() {
    let body = r#"
        if (request.method === 'PUT') {
            await env.KV.put('flag', await request.text());
        } else {
            const { value, cacheStatus } = await env.KV.getWithMetadata('flag');
            console.log(request.cf.colo, value, cacheStatus);
        }
        return new Response('');"#;
    let stored = "[[store.value]]\nkey = \"flag\"\nvalue = \"off\"\n";
    let put = "[[worker.app.request]]\nmethod = \"PUT\"\nbody = \"on\"\npath = \"/\"\nat = [\"NEAR\"]\ntime = \"10s\"\n";
    let gets: String = ["1s", "10.5s", "61.03s", "61.05s"]
        .map(|time| request_at("FAR", time, "/"))
        .concat();
    let results = run(body, &format!("{gets}{put}{stored}"));
    assert_untroubled(&results);
    assert_eq!(
        printed(&results),
        ["FAR off MISS", "FAR off HIT", "FAR off HIT", "FAR on MISS"]
    );
    assert_eq!(app(&results).tally.stale_reads, 2);
}

#[test]
fn a_copy_keeps_its_value_however_often_the_key_is_written() {
    let body = r#"
        if (request.url.endsWith('/write')) {
            for (let n = 1; n <= 500; n++) await env.KV.put('k', `v${n}`);
        } else {
            console.log(request.cf.colo, await env.KV.get('k'));
        }
        return new Response('');"#;
    let stored = "[[store.value]]\nkey = \"k\"\nvalue = \"v0\"\n";
    let more = request_at("FAR", "1s", "/")
        + &request_at("NEAR", "10s", "/write")
        + &request_at("FAR", "50s", "/")
        + &request_at("FAR", "70s", "/")
        + stored;
    let results = run(body, &more);
    assert_untroubled(&results);
    assert_eq!(printed(&results), ["FAR v0", "FAR v0", "FAR v500"]);
}

#[test]
fn what_is_on_its_way_keeps_its_value_however_often_the_key_is_written() {
    let body = r#"
        if (request.url.endsWith('/write')) {
            for (let n = 1; n <= 500; n++) await env.KV.put('k', `v${n}`);
        } else if (request.url.endsWith('/own')) {
            await env.KV.put('own', 'mine');
            console.log(await env.KV.get('own'));
        } else if (request.url.endsWith('/others')) {
            for (let n = 1; n <= 500; n++) await env.KV.put('own', `v${n}`);
        } else {
            console.log(await env.KV.get('k'));
        }
        return new Response('');"#;
    // FAR's read leaves the store at 1.01 s and is there at 1.04 s; its write is committed at 2.01 s and acknowledged
    // at 2.04 s. Between, somebody near the store writes the same key again and again.
    let more = request_at("FAR", "1s", "/")
        + &request_at("NEAR", "1.02s", "/write")
        + &request_at("FAR", "2s", "/own")
        + &request_at("NEAR", "2.02s", "/others")
        + "[[store.value]]\nkey = \"k\"\nvalue = \"v0\"\n";
    let results = run(body, &more);
    assert_untroubled(&results);
    assert_eq!(printed(&results), ["v0", "mine"]);
}

#[test]
fn more_than_one_write_a_second_is_refused_with_429() {
    let body = r#"
        try {
            await env.KV.put('k', 'v');
        } catch (error) {
            return new Response(error.message, { status: 503, headers: { 'x-kvlag-count': 'refused=1' } });
        }
        return new Response('');"#;
    let requests: String = ["1s", "1.5s", "2.1s"]
        .map(|time| request_at("NEAR", time, "/"))
        .concat();
    let text = format!("{WORLD}[worker.app]\nscript = \"app.js\"\n{requests}")
        .replace("write-limit = \"none\"", "write-limit = \"1/s\"");
    let results = try_run(scenario(&text, &module(body)), 1).expect("it runs");
    assert_eq!((responses(&results, 200), responses(&results, 503)), (2, 1));
    assert_eq!(count(&results, "refused"), 1);
    assert_eq!(app(&results).tally.rejected_writes, 1);
}

#[test]
fn a_key_is_gone_at_its_expiration_whatever_the_cache_holds() {
    let body = r#"
        if (request.url.endsWith('/put')) {
            await env.KV.put('ttl', 'v', { expirationTtl: 100 });
            await env.KV.put('at', 'v', { expiration: Math.floor(Date.now() / 1000) + 100 });
        }
        console.log(await env.KV.get('ttl', { cacheTtl: 600 }), await env.KV.get('at', { cacheTtl: 600 }));
        return new Response('');"#;
    let more = request_at("NEAR", "10s", "/put")
        + &request_at("NEAR", "109.9s", "/")
        + &request_at("NEAR", "110s", "/");
    let results = run(body, &more);
    assert_untroubled(&results);
    assert_eq!(printed(&results), ["v v", "v v", "null null"]);
}

#[test]
fn namespaces_know_nothing_of_each_other() {
    let body = r#"
        await env.A.put('k', 'a');
        await env.B.put('k', 'b');
        console.log(await env.A.get('k'), await env.B.get('k'), await env.A2.get('k'));
        console.log((await env.B.list()).keys.length);
        return new Response('');"#;
    let more = "kv = { A = \"main\", A2 = \"main\", B = \"other\" }\n".to_owned()
        + &request_at("NEAR", "1s", "/")
        + "[[store.value]]\nkey = \"x\"\nvalue = \"\"\nnamespace = \"other\"\n";
    let results = run(body, &more);
    assert_untroubled(&results);
    assert_eq!(printed(&results), ["a b a", "2"]);
}

#[test]
fn what_others_write_is_read_and_what_is_written_others_read() {
    let body = r#"
        console.log(await env.KV.get('counter'), await env.KV.get('word'), await env.KV.get('scripted'));
        await env.KV.put('answer', String(6 * 7));
        return new Response('');"#;
    let more = request_at("NEAR", "10s", "/")
        + "[[script]]\ntime = \"1s\"\npop = \"NEAR\"\nput = \"scripted\"\nvalue = \"s\"\n\
           [client.writer]\nat = [\"NEAR\"]\ncount = 1\nsteps = [\n\
           { put = \"counter\", value = 5 }, { put = \"word\", value = \"w\" }, { think = \"20s\" },\n\
           { get = \"answer\" }, { if = \"read = '42'\", then = [{ put = \"right\" }], else = [{ delete = \"wrong\" }] },\n\
           { if = \"read > 41\", then = [{ put = \"right\" }], else = [{ delete = \"wrong\" }] },\n]\n";
    let results = run(body, &more);
    assert_untroubled(&results);
    assert_eq!(printed(&results), ["5 w s"]);
    let total = results.pooled.total().into_owned();
    assert_eq!((total.tally.writes, total.tally.deletes), (6, 0));
}

#[test]
fn the_platforms_limits_are_those_of_the_platform() {
    let body = r#"
        const refused = async (call) => console.log(await call().then(() => 'taken', (error) => error.message));
        await refused(() => env.KV.put('x'.repeat(513), ''));
        await refused(() => env.KV.get('x', { cacheTtl: 10 }));
        await refused(() => env.KV.put('x', '', { expirationTtl: 59 }));
        await refused(() => env.KV.list({ limit: 1001 }));
        return new Response('');"#;
    let expected = [
        "KV PUT failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.",
        "KV GET failed: 400 Invalid cache_ttl of 10. Cache TTL must be at least 30.",
        "KV PUT failed: 400 Invalid expiration_ttl of 59. Expiration TTL must be at least 60.",
        "KV GET failed: 400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.",
    ];
    let results = run(body, &request_at("NEAR", "1s", "/"));
    assert_eq!(printed(&results), expected);
    let free = request_at("NEAR", "1s", "/") + "[limits]\nenforce = false\n";
    assert_eq!(printed(&run(body, &free)), ["taken"; 4]);
}
