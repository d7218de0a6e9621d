//! What the KV binding refuses, word for word as on the platform.

use crate::host::*;
use kvlag::worker::{Answer, Environment, Limits};

fn refused(expression: &str, message: &str) {
    assert_eq!(caught(expression), message, "{expression}");
}

#[test]
fn names_of_keys() {
    for method in ["get", "getWithMetadata", "delete"] {
        refused(
            &format!("env.KV.{method}('')"),
            "TypeError: Key name cannot be empty.",
        );
        refused(
            &format!("env.KV.{method}('.')"),
            "TypeError: \".\" is not allowed as a key name.",
        );
    }
    refused(
        "env.KV.put('..', 'v')",
        "TypeError: \"..\" is not allowed as a key name.",
    );
    let long = |method: &str, arguments: &str| {
        format!("env.KV.{method}('é'.repeat(256) + 'x'{arguments})")
    };
    let message = |method: &str| {
        format!(
            "Error: KV {method} failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512."
        )
    };
    refused(&long("get", ""), &message("GET"));
    refused(&long("put", ", ''"), &message("PUT"));
    refused(&long("delete", ""), &message("DELETE"));
    refused("env.KV.list({ prefix: 'x'.repeat(513) })", &message("GET"));
    assert_eq!(value_of("await env.KV.get('é'.repeat(256))"), "null");
}

#[test]
fn how_long_a_copy_may_be_used() {
    refused(
        "env.KV.get('k', { cacheTtl: 10 })",
        "Error: KV GET failed: 400 Invalid cache_ttl of 10. Cache TTL must be at least 30.",
    );
    refused(
        "env.KV.get(['k'], { cacheTtl: 29 })",
        "Error: KV GET_BULK failed: 400 Invalid cache_ttl of 29. Cache TTL must be at least 30.",
    );
    refused(
        "env.KV.get('k', { cacheTtl: Number.MAX_SAFE_INTEGER })",
        "TypeError: Value out of range. Must be between -2147483648 and 2147483647 (inclusive).",
    );
    refused(
        "env.KV.get('k', { cacheTtl: 'soon' })",
        "TypeError: The value cannot be converted because it is not an integer.",
    );
    assert_eq!(value_of("await env.KV.get('k', { cacheTtl: 30 })"), "null");
}

#[test]
fn when_a_value_may_expire() {
    refused(
        "env.KV.put('k', 'v', { expirationTtl: 0 })",
        "Error: KV PUT failed: 400 Invalid expiration_ttl of 0. Please specify integer greater than 0.",
    );
    refused(
        "env.KV.put('k', 'v', { expirationTtl: 30 })",
        "Error: KV PUT failed: 400 Invalid expiration_ttl of 30. Expiration TTL must be at least 60.",
    );
    refused(
        "env.KV.put('k', 'v', { expiration: 1767225600 })",
        "Error: KV PUT failed: 400 Invalid expiration of 1767225600. Please specify integer greater than the current \
         number of seconds since the UNIX epoch.",
    );
    refused(
        "env.KV.put('k', 'v', { expiration: 1767225659 })",
        "Error: KV PUT failed: 400 Invalid expiration of 1767225659. Expiration times must be at least 60 seconds in \
         the future.",
    );
    // Where both are given the TTL wins, and the other is not looked at.
    assert_eq!(
        value_of("String(await env.KV.put('k', 'v', { expirationTtl: 60, expiration: 1 }))"),
        r#""undefined""#
    );
}

#[test]
fn what_may_be_stored() {
    let types = "TypeError: KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.";
    for value in ["{ a: 1 }", "[1]", "new Date()", "() => 1"] {
        refused(&format!("env.KV.put('k', {value})"), types);
    }
    refused(
        "env.KV.put('k', 'x'.repeat(26214401))",
        "Error: KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.",
    );
    refused(
        "env.KV.put('k', 'v', { metadata: 'x'.repeat(1023) })",
        "Error: KV PUT failed: 413 Metadata length of 1025 exceeds limit of 1024.",
    );
    assert_eq!(
        value_of("String(await env.KV.put('k', 'x'.repeat(26214400)))"),
        r#""undefined""#
    );
}

#[test]
fn how_much_may_be_listed_or_read_at_once() {
    refused(
        "env.KV.list({ limit: 1001 })",
        "Error: KV GET failed: 400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.",
    );
    refused(
        "env.KV.get(Array.from({ length: 101 }, (_, i) => 'k' + i))",
        "Error: KV GET_BULK failed: 400 You can request a maximum of 100 keys",
    );
    refused(
        "env.KV.get([])",
        "Error: KV GET_BULK failed: 400 You must request a minimum of 1 key",
    );
    refused(
        "env.KV.get(['a'], 'stream')",
        "Error: KV GET_BULK failed: 400 \"stream\" is not a valid type. Use \"json\" or \"text\"",
    );
    refused(
        "env.KV.get(['a', ''])",
        "Error: KV GET_BULK failed: 400 Key names must not be empty",
    );
    refused(
        "env.KV.get(['.'])",
        "Error: KV GET_BULK failed: 400 Illegal key name \".\". Please use a different name.",
    );
}

#[test]
fn a_type_that_does_not_exist_is_told_when_there_is_a_value() {
    let mut host = Host::of(
        "try { await env.KV.get('key', 'jsn') } catch (error) { return new Response(error.name + ': ' + error.message) }",
    );
    host.put("key", "v");
    assert_eq!(
        host.text(),
        "TypeError: Unknown response type. Possible types are \"text\", \"arrayBuffer\", \"json\", and \"stream\"."
    );
}

#[test]
fn methods_belong_to_their_namespace() {
    let message = "TypeError: Illegal invocation: function called with incorrect `this` reference. See \
                   https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.";
    refused("(0, env.KV.get)('a')", message);
    refused("env.KV.put.call({}, 'a', 'b')", message);
}

#[test]
fn refusals_are_rejections_not_exceptions() {
    assert_eq!(
        text_of(
            "const p = env.KV.get(''); return new Response(String(p instanceof Promise && await p.catch(() => 'caught')))"
        ),
        "caught"
    );
}

#[test]
fn a_thousand_operations_and_no_more() {
    let body = |count: u32| {
        format!(
            "let done = 0; try {{ for (let i = 0; i < {count}; i++) {{ await env.KV.get('k'); done++ }} }} \
             catch (error) {{ return new Response(done + ' ' + error.message) }} return new Response(String(done))"
        )
    };
    assert_eq!(text_of(&body(1000)), "1000");
    assert_eq!(
        text_of(&body(1001)),
        "1000 Too many API requests by single Worker invocation."
    );
    // A read of a hundred keys is one.
    assert_eq!(
        text_of(
            "for (let i = 0; i < 1000; i++) await env.KV.get(['a', 'b']); return new Response('ok')"
        ),
        "ok"
    );
}

#[test]
fn what_the_namespace_refuses_is_told() {
    let told = |expression: &str, answer: &Answer<'_>| {
        let mut host = Host::of(&format!(
            "try {{ await {expression} }} catch (error) {{ return new Response(error.name + ': ' + error.message) }}"
        ));
        let number = host.start(&get(ENV));
        host.reply(0, answer);
        String::from_utf8(host.response(number).body).expect("text")
    };
    let unavailable = Answer::Failed {
        status: 503,
        reason: "Service Unavailable",
    };
    assert_eq!(
        told("env.KV.put('a', 'b')", &Answer::Rejected),
        "Error: KV PUT failed: 429 Too Many Requests"
    );
    assert_eq!(
        told("env.KV.delete('a')", &Answer::Rejected),
        "Error: KV DELETE failed: 429 Too Many Requests"
    );
    assert_eq!(
        told("env.KV.get('a')", &unavailable),
        "Error: KV GET failed: 503 Service Unavailable"
    );
    assert_eq!(
        told("env.KV.getWithMetadata('a')", &unavailable),
        "Error: KV GET failed: 503 Service Unavailable"
    );
    assert_eq!(
        told("env.KV.get(['a'])", &unavailable),
        "Error: KV GET_BULK failed: 503 Service Unavailable"
    );
    assert_eq!(
        told("env.KV.list()", &unavailable),
        "Error: KV GET failed: 503 Service Unavailable"
    );
}

#[test]
fn without_published_limits_only_mistakes_are_refused() {
    let environment = Environment {
        enforce_published: false,
        limits: Limits {
            memory_bytes: 512 << 20,
            ..Limits::default()
        },
        ..environment()
    };
    let body = "await env.KV.get('x'.repeat(1000), { cacheTtl: 0 });
        await env.KV.put('k', 'x'.repeat(26214401), { expirationTtl: 1, metadata: 'x'.repeat(2000) });
        await env.KV.list({ limit: 5000 });
        await env.KV.get(Array.from({ length: 200 }, (_, i) => 'k' + i));
        for (let i = 0; i < 2000; i++) await env.KV.get('a');
        const message = (error) => error.message;
        return Response.json([await env.KV.get('').catch(message), await env.KV.get('a', { cacheTtl: -1 }).catch(message)])";
    let mut host = Host::with(&module(body), &environment, 1);
    assert_eq!(
        host.text(),
        r#"["Key name cannot be empty.","KV GET failed: 400 Invalid cache_ttl of -1. Cache TTL must be at least 0."]"#
    );
}

#[test]
fn nothing_is_asked_at_the_top_level() {
    let scope = "Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or connect()), setting a \
                 timeout, and generating random values are not allowed within global scope. To fix this error, perform \
                 this operation within a handler. https://developers.cloudflare.com/workers/runtime-apis/handlers/";
    for expression in [
        "fetch('https://a.example/')",
        "setTimeout(() => {}, 1)",
        "crypto.randomUUID()",
    ] {
        let error = load(&format!(
            "await {expression}; {}",
            module("return new Response()")
        ))
        .expect_err("it is refused");
        assert_eq!(error.message, format!("Error: {scope}"), "{expression}");
    }
}
