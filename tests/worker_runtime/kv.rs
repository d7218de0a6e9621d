//! The KV binding: what comes back, in which form, and what the namespace is asked.

use crate::host::*;
use kvlag::units::Time;
use kvlag::worker::{Answer, Effect, Entry, Kind, KvCall, ValueKind};

/// The calls of KV that a `fetch` of this body makes.
fn calls(body: &str) -> Vec<KvCall> {
    let mut host = Host::of(&format!("{body}; return new Response('')"));
    host.request(&get(ENV));
    let calls = host.log.into_iter().filter_map(|effect| match effect {
        Effect::Operation(operation) => match operation.kind {
            Kind::Kv { call, .. } => Some(call),
            Kind::Fetch(_) => None,
        },
        _ => None,
    });
    calls.collect()
}

fn call(body: &str) -> KvCall {
    let calls = calls(body);
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls.into_iter().next().expect("there is one")
}

/// What a `fetch` of this body answers where the store holds `key` with a value and metadata.
fn with_entry(body: &str, value: &str, metadata: Option<&str>) -> String {
    let mut host = Host::of(body);
    host.put("key", value);
    host.store
        .get_mut(&(0, "key".to_owned()))
        .expect("it is there")
        .metadata = metadata.map(str::to_owned);
    host.text()
}

#[test]
fn a_missing_key_is_null_in_every_type() {
    for kind in ["text", "json", "arrayBuffer", "stream", "nonsense"] {
        assert_eq!(
            value_of(&format!("await env.KV.get('none', '{kind}')")),
            "null"
        );
    }
    assert_eq!(
        value_of("await env.KV.getWithMetadata('none')"),
        r#"{"value":null,"metadata":null,"cacheStatus":null}"#
    );
}

#[test]
fn values_come_in_four_types() {
    let body = |expression: &str| format!("return new Response(JSON.stringify({expression}))");
    let read = |expression: &str| with_entry(&body(expression), r#"{"a":[1,"é"]}"#, None);
    assert_eq!(read("await env.KV.get('key')"), r#""{\"a\":[1,\"é\"]}""#);
    assert_eq!(
        read("await env.KV.get('key', 'text')"),
        r#""{\"a\":[1,\"é\"]}""#
    );
    assert_eq!(read("(await env.KV.get('key', 'json')).a[1]"), r#""é""#);
    assert_eq!(
        read("(await env.KV.get('key', { type: 'json' })).a"),
        r#"[1,"é"]"#
    );
    assert_eq!(
        read("(await env.KV.get('key', 'arrayBuffer')).byteLength"),
        "14"
    );
    assert_eq!(
        read("(await env.KV.get('key', 'arrayBuffer')) instanceof ArrayBuffer"),
        "true"
    );
    assert_eq!(
        read("await new Response(await env.KV.get('key', 'stream')).json()"),
        r#"{"a":[1,"é"]}"#
    );
}

#[test]
fn a_stream_can_be_the_response() {
    let read = with_entry(
        "return new Response(await env.KV.get('key', { type: 'stream' }))",
        "flows",
        None,
    );
    assert_eq!(read, "flows");
}

#[test]
fn metadata_come_with_the_value() {
    let body = "return Response.json(await env.KV.getWithMetadata('key', { type: 'json' }))";
    assert_eq!(
        with_entry(body, "[1]", Some(r#"{"m":true}"#)),
        r#"{"value":[1],"metadata":{"m":true},"cacheStatus":null}"#
    );
    let body = "return Response.json(await env.KV.getWithMetadata('key'))";
    assert_eq!(
        with_entry(body, "v", None),
        r#"{"value":"v","metadata":null,"cacheStatus":null}"#
    );
}

#[test]
fn the_cache_status_is_handed_on() {
    let mut host = Host::of("return Response.json(await env.KV.getWithMetadata('key'))");
    let number = host.start(&get(ENV));
    let entry = Some(Entry {
        value: b"v",
        metadata: None,
    });
    let cache_status = Some("HIT");
    host.reply(
        0,
        &Answer::Value {
            entry,
            cache_status,
        },
    );
    let body = String::from_utf8(host.response(number).body).expect("text");
    assert_eq!(body, r#"{"value":"v","metadata":null,"cacheStatus":"HIT"}"#);
}

#[test]
fn a_value_that_is_no_json_is_an_error_of_the_script() {
    let body =
        "try { await env.KV.get('key', 'json') } catch (error) { return new Response(error.name) }";
    assert_eq!(with_entry(body, "{", None), "SyntaxError");
}

#[test]
fn bytes_that_are_no_text_become_replacement_characters() {
    let mut host = Host::of("return new Response(await env.KV.get('key'))");
    host.put("key", "");
    host.store
        .get_mut(&(0, "key".to_owned()))
        .expect("it is there")
        .value = vec![b'a', 0xff, b'b'];
    assert_eq!(host.text(), "a\u{fffd}b");
}

#[test]
fn reads_say_what_they_want() {
    let plain = |key: &str, value, cache_ttl_s| KvCall::Get {
        key: key.to_owned(),
        value,
        cache_ttl_s,
        with_metadata: false,
    };
    assert_eq!(
        call("await env.KV.get('k')"),
        plain("k", ValueKind::Text, None)
    );
    assert_eq!(
        call("await env.KV.get('k', { type: 'stream', cacheTtl: 3600 })"),
        plain("k", ValueKind::Stream, Some(3600))
    );
    // Fractions are cut off; what is no string is made one.
    assert_eq!(
        call("await env.KV.get(12, { cacheTtl: 45.9 })"),
        plain("12", ValueKind::Text, Some(45))
    );
    assert_eq!(
        call("await env.KV.get('k', { cacheTtl: '60' })"),
        plain("k", ValueKind::Text, Some(60))
    );
}

fn put(key: &str, value: &[u8]) -> KvCall {
    KvCall::Put {
        key: key.to_owned(),
        value: value.to_vec(),
        metadata: None,
        expiration_s: None,
        expiration_ttl_s: None,
    }
}

#[test]
fn strings_bytes_views_and_streams_are_stored() {
    assert_eq!(call("await env.KV.put('k', 'é')"), put("k", "é".as_bytes()));
    assert_eq!(call("await env.KV.put('k', '')"), put("k", b""));
    assert_eq!(
        call("await env.KV.put('k', new Uint8Array([1, 200, 0]).buffer)"),
        put("k", &[1, 200, 0])
    );
    assert_eq!(
        call("await env.KV.put('k', new Uint8Array([1, 2, 3]).subarray(1))"),
        put("k", &[2, 3])
    );
    assert_eq!(
        call("await env.KV.put('k', new DataView(new ArrayBuffer(2)))"),
        put("k", &[0, 0])
    );
    assert_eq!(
        call("await env.KV.put('k', new Response('flows').body)"),
        put("k", b"flows")
    );
    let chunks = "new ReadableStream({ start(c) { c.enqueue(new Uint8Array([1])); c.enqueue(new Uint8Array([2])); c.close() } })";
    assert_eq!(
        call(&format!("await env.KV.put('k', {chunks})")),
        put("k", &[1, 2])
    );
}

#[test]
fn other_primitives_become_strings() {
    assert_eq!(call("await env.KV.put('k', 12.5)"), put("k", b"12.5"));
    assert_eq!(call("await env.KV.put('k', true)"), put("k", b"true"));
    assert_eq!(call("await env.KV.put('k', null)"), put("k", b"null"));
    assert_eq!(call("await env.KV.put('k')"), put("k", b"undefined"));
    // Half a character cannot be stored.
    assert_eq!(
        call("await env.KV.put('k', 'a\\ud800')"),
        put("k", "a\u{fffd}".as_bytes())
    );
}

#[test]
fn a_megabyte_of_bytes_arrives_whole() {
    let body =
        "const bytes = new Uint8Array(1 << 20).map((_, i) => i * 31); await env.KV.put('k', bytes)";
    let KvCall::Put { value, .. } = call(body) else {
        panic!("it is a put")
    };
    assert_eq!(value.len(), 1 << 20);
    assert!(
        value
            .iter()
            .enumerate()
            .all(|(i, byte)| *byte == (i * 31) as u8)
    );
}

#[test]
fn puts_carry_their_options() {
    let asked =
        call("await env.KV.put('k', 'v', { expirationTtl: 60.9, metadata: { a: [1, null] } })");
    let KvCall::Put {
        metadata,
        expiration_s,
        expiration_ttl_s,
        ..
    } = asked
    else {
        panic!("it is a put")
    };
    assert_eq!(
        (metadata.as_deref(), expiration_s, expiration_ttl_s),
        (Some(r#"{"a":[1,null]}"#), None, Some(60))
    );
    let asked = call("await env.KV.put('k', 'v', { expiration: 1893456000, metadata: null })");
    let KvCall::Put {
        metadata,
        expiration_s,
        ..
    } = asked
    else {
        panic!("it is a put")
    };
    assert_eq!((metadata, expiration_s), (None, Some(1_893_456_000)));
}

#[test]
fn a_put_and_a_delete_come_to_nothing_that_could_be_used() {
    assert_eq!(
        value_of("[await env.KV.put('a', 'b'), await env.KV.delete('a')].map(String)"),
        r#"["undefined","undefined"]"#
    );
}

#[test]
fn namespaces_are_told_apart() {
    let mut host = Host::of(
        "await env.OTHER.put('a', '1'); return new Response(String(await env.KV.get('a')))",
    );
    assert_eq!(host.text(), "null");
    assert!(host.store.contains_key(&(1, "a".to_owned())));
}

#[test]
fn lists_have_pages() {
    let mut host = Host::of(
        "const names = []; let pages = 0; let cursor;
         do {
           const page = await env.KV.list({ prefix: 'p:', limit: 2, cursor });
           names.push(...page.keys.map((key) => key.name));
           cursor = page.cursor; pages++;
           if (page.list_complete !== (cursor === undefined)) throw new Error('they contradict each other');
         } while (cursor);
         return Response.json({ names, pages })",
    );
    for key in ["p:1", "p:2", "p:3", "p:4", "p:5", "q"] {
        host.put(key, "v");
    }
    assert_eq!(
        host.text(),
        r#"{"names":["p:1","p:2","p:3","p:4","p:5"],"pages":3}"#
    );
}

#[test]
fn listed_keys_have_their_expiration_and_metadata() {
    let mut host = Host::of("return Response.json(await env.KV.list())");
    host.put("a", "v");
    host.put("b", "v");
    let stored = host
        .store
        .get_mut(&(0, "b".to_owned()))
        .expect("it is there");
    stored.expiration_s = Some(1_893_456_000);
    stored.metadata = Some(r#"{"m":1}"#.to_owned());
    assert_eq!(
        host.text(),
        r#"{"keys":[{"name":"a"},{"name":"b","expiration":1893456000,"metadata":{"m":1}}],"list_complete":true,"cacheStatus":null}"#
    );
}

#[test]
fn lists_say_what_they_want() {
    let list = |prefix: Option<&str>, limit, cursor: Option<&str>| KvCall::List {
        prefix: prefix.map(str::to_owned),
        limit,
        cursor: cursor.map(str::to_owned),
    };
    assert_eq!(call("await env.KV.list()"), list(None, 1000, None));
    assert_eq!(
        call("await env.KV.list({ prefix: null, cursor: null })"),
        list(None, 1000, None)
    );
    // The runtime does not send limits below 1.
    assert_eq!(
        call("await env.KV.list({ limit: 0 })"),
        list(None, 1000, None)
    );
    assert_eq!(
        call("await env.KV.list({ limit: 10, cursor: 'c' })"),
        list(None, 10, Some("c"))
    );
}

#[test]
fn several_keys_come_as_a_map() {
    let mut host = Host::of(
        "const found = await env.KV.get(['a', 'none', 'b']);
         return Response.json([found instanceof Map, [...found]])",
    );
    host.put("a", "1");
    host.put("b", "2");
    assert_eq!(host.text(), r#"[true,[["a","1"],["none",null],["b","2"]]]"#);
}

#[test]
fn several_keys_may_be_json_with_metadata() {
    let mut host = Host::of(
        "return Response.json([...await env.KV.getWithMetadata(['a', 'none', 'b'], { type: 'json', cacheTtl: 300 })])",
    );
    host.put("a", "[1]");
    host.put("b", "2");
    host.store
        .get_mut(&(0, "b".to_owned()))
        .expect("it is there")
        .metadata = Some("\"m\"".to_owned());
    assert_eq!(
        host.text(),
        r#"[["a",{"value":[1],"metadata":null}],["none",null],["b",{"value":2,"metadata":"m"}]]"#
    );
    let asked = host.log.iter().find_map(|effect| match effect {
        Effect::Operation(operation) => Some(operation.kind.clone()),
        _ => None,
    });
    let call = KvCall::GetMany {
        keys: ["a", "none", "b"].map(str::to_owned).to_vec(),
        value: ValueKind::Json,
        cache_ttl_s: Some(300),
        with_metadata: true,
    };
    assert_eq!(asked, Some(Kind::Kv { namespace: 0, call }));
}

#[test]
fn keys_of_digits_vanish_from_the_map() {
    // As in the runtime: https://github.com/cloudflare/workerd/blob/main/src/workerd/api/kv.c%2B%2B skips indices.
    let mut host = Host::of(
        "return Response.json([...(await env.KV.get(['1', '01', '42', '4294967295', 'a'])).keys()])",
    );
    for key in ["1", "01", "42", "4294967295", "a"] {
        host.put(key, "v");
    }
    assert_eq!(host.text(), r#"["01","4294967295","a"]"#);
}

#[test]
fn one_bad_value_spoils_a_read_of_several_as_json() {
    let mut host = Host::of(
        "try { await env.KV.get(['a', 'b'], 'json') } catch (error) { return new Response(error.message) }",
    );
    host.put("a", "[1]");
    host.put("b", "{");
    assert_eq!(
        host.text(),
        "KV GET_BULK failed: 400 At least one of the requested keys corresponds to a non-json value"
    );
}

#[test]
fn variables_are_in_env() {
    assert_eq!(
        value_of("[env.LIMIT, Object.keys(env)]"),
        r#"["5",["LIMIT","KV","OTHER"]]"#
    );
}

#[test]
fn an_expiration_is_checked_against_simulated_time() {
    let body = "await env.KV.put('k', 'v', { expiration: Math.floor(Date.now() / 1000) + 60 }); return new Response('ok')";
    let mut host = Host::of(body);
    host.now = Time(5_000_000_000);
    assert_eq!(host.text(), "ok");
    let stored = &host.store[&(0, "k".to_owned())];
    assert_eq!(stored.expiration_s, Some(1_767_225_600 + 65));
}
