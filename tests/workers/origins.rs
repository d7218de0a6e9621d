//! `fetch`: origins that the scenario describes, and addresses that it does not.

use crate::world::*;

const SHOP: &str = "[origin.shop]\nurl = \"https://shop.example.com/\"\nlatency = \"80ms\"\nstatus = 201\n\
                    headers = { content-type = \"application/json\" }\nbody = '{\"price\": 10}'\n";

#[test]
fn an_origin_answers_after_its_latency() {
    let body = r#"
        const before = Date.now();
        const response = await fetch('https://shop.example.com/items/1');
        const { price } = await response.json();
        console.log(response.status, response.headers.get('content-type'), price, Date.now() - before);
        return new Response('');"#;
    let results = run(body, &(request_at("FAR", "1s", "/") + SHOP));
    assert_untroubled(&results);
    assert_eq!(printed(&results), ["201 application/json 10 80"]);
}

#[test]
fn an_origin_that_remembers_answers_what_it_was_sent() {
    let body = r#"
        const address = 'https://shop.example.com/items/1';
        const text = async () => { const response = await fetch(address); return response.status + (await response.text()); };
        const seen = [await text()];
        await fetch(address, { method: 'PUT', body: 'new' });
        seen.push(await text());
        await fetch(address, { method: 'DELETE' });
        seen.push(await text());
        console.log(seen.join());
        return new Response('');"#;
    let more = request_at("FAR", "1s", "/") + SHOP + "remember = true\n";
    let results = run(body, &more);
    assert_untroubled(&results);
    assert_eq!(printed(&results), ["201{\"price\": 10},201new,404"]);
}

#[test]
fn the_longest_address_that_fits_wins_and_none_is_an_error() {
    let body = r#"
        console.log(await (await fetch('https://shop.example.com/vip/1')).text());
        await fetch('https://elsewhere.example.com/');"#;
    let more = request_at("FAR", "1s", "/")
        + SHOP
        + "[origin.vip]\nurl = \"https://shop.example.com/vip/\"\nbody = \"vip\"\n";
    let results = run(body, &more);
    let missing = "no origin of the scenario answers https://elsewhere.example.com/";
    let said = format!("fetch: {missing}");
    assert_eq!(printed(&results), ["vip", said.as_str()]);
    let [(trouble, 1)] = &troubles(&results)[..] else {
        panic!("one failure: {:?}", troubles(&results));
    };
    assert!(
        trouble.contains(missing) && trouble.contains("app.js:4:"),
        "{trouble}"
    );
    assert_eq!(responses(&results, 500), 1);
}
