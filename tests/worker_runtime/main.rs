//! Workers in simulated time: what a script finds, what it is refused, and what comes out of it, in order.

mod host;

use host::*;

#[test]
fn a_worker_answers() {
    assert_eq!(text_of("return new Response('hello')"), "hello");
}

#[test]
fn a_value_is_put_and_read() {
    let mut host =
        Host::of("await env.KV.put('a', 'x'); return new Response(await env.KV.get('a'))");
    assert_eq!(host.text(), "x");
    println!("{:#?}", host.log);
}
