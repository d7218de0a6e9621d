//! Lists: what is there at the store, in order, page by page.

use crate::world::*;

#[test]
fn pages_follow_each_other_in_the_order_of_bytes() {
    let body = r#"
        for (const name of ['b', 'a:2', 'a:10', 'a:1', 'ä']) await env.KV.put(name, '', { metadata: { name } });
        await env.KV.put('a:3', '', { expirationTtl: 60 });
        await env.KV.delete('b');
        const seen = [];
        let cursor;
        do {
            const page = await env.KV.list({ prefix: 'a:', limit: 2, cursor });
            seen.push(page.keys.map((key) => key.name + ' ' + JSON.stringify(key.metadata ?? key.expiration)).join(), page.list_complete);
            cursor = page.cursor;
        } while (cursor);
        console.log(seen.join('\n'));
        console.log((await env.KV.list()).keys.map((key) => key.name).join());
        return new Response('');"#;
    let results = run(body, &request_at("NEAR", "1s", "/"));
    assert_untroubled(&results);
    let pages = "a:1 {\"name\":\"a:1\"},a:10 {\"name\":\"a:10\"}\nfalse\n\
                 a:2 {\"name\":\"a:2\"},a:3 1767225661\ntrue";
    assert_eq!(printed(&results), [pages, "a:1,a:10,a:2,a:3,ä"]);
    assert_eq!(app(&results).tally.list_pages, 3);
}

#[test]
fn a_list_sees_the_store_as_it_is_when_it_arrives_there() {
    let body = r#"
        if (request.url.endsWith('/put')) await env.KV.put('k', '');
        else console.log((await env.KV.list()).keys.length);
        return new Response('');"#;
    // From FAR both take 10 ms to the store: the list that starts 1 ms before the put arrives before it.
    let more = request_at("FAR", "1s", "/put")
        + &request_at("FAR", "0.999s", "/")
        + &request_at("FAR", "1.001s", "/");
    let results = run(body, &more);
    assert_eq!(printed(&results), ["0", "1"]);
}

#[test]
fn keys_that_the_store_holds_from_the_start_are_listed_before_anybody_touches_them() {
    let body = r#"
        const { keys } = await env.KV.list({ prefix: 'user:' });
        console.log(keys.map((key) => key.name + key.metadata.n).join());
        return new Response('');"#;
    let more = request_at("NEAR", "1s", "/")
        + "[[store.value]]\nkey = \"user:{n}\"\ncount = 3\nvalue = \"\"\nmetadata = '{\"n\": {n}}'\n";
    let results = run(body, &more);
    assert_eq!(printed(&results), ["user:00,user:11,user:22"]);
}
