//! The web's APIs as scripts use them: addresses, headers, text, crypto, events, clones.

use crate::host::*;

fn is(expression: &str, json: &str) {
    assert_eq!(value_of(expression), json, "{expression}");
}

#[test]
fn addresses_have_parts() {
    let url = "new URL('https://user:pa%20ss@Example.COM:8443/a/./b/../c d?x=1&y=%20#frag')";
    for (part, expected) in [
        (
            "href",
            "https://user:pa%20ss@example.com:8443/a/c%20d?x=1&y=%20#frag",
        ),
        ("origin", "https://example.com:8443"),
        ("protocol", "https:"),
        ("username", "user"),
        ("password", "pa%20ss"),
        ("host", "example.com:8443"),
        ("hostname", "example.com"),
        ("port", "8443"),
        ("pathname", "/a/c%20d"),
        ("search", "?x=1&y=%20"),
        ("hash", "#frag"),
    ] {
        is(&format!("{url}.{part}"), &format!("{expected:?}"));
    }
    let plain = "new URL('http://a.example')";
    is(
        &format!(
            "(({{ href, username, password, port, pathname, search, hash }}) => [href, username, password, port, pathname, search, hash])({plain})"
        ),
        r#"["http://a.example/","","","","/","",""]"#,
    );
    is(
        "new URL('../c?d', 'https://a.example/x/y/z').href",
        r#""https://a.example/x/c?d""#,
    );
    is("new URL('https://a.example:443/?#').search", r#""""#);
    is(
        "String(new URL('/é', 'https://a.example'))",
        r#""https://a.example/%C3%A9""#,
    );
    is(
        "[URL.canParse('nope'), URL.canParse('/x', 'https://a.example'), URL.parse('nope')]",
        "[false,true,null]",
    );
    assert_eq!(caught("new URL('nope')"), "TypeError: Invalid URL string.");
}

#[test]
fn addresses_can_be_changed() {
    let changed = |change: &str| {
        value_of(&format!(
            "(() => {{ const u = new URL('https://a.example:8080/p?q=1#h'); {change}; return u.href }})()"
        ))
    };
    assert_eq!(
        changed("u.pathname = '/x y'"),
        r#""https://a.example:8080/x%20y?q=1#h""#
    );
    assert_eq!(changed("u.search = ''"), r#""https://a.example:8080/p#h""#);
    assert_eq!(
        changed("u.hash = ''; u.port = ''"),
        r#""https://a.example/p?q=1""#
    );
    assert_eq!(
        changed("u.hostname = 'b.example'; u.protocol = 'http'"),
        r#""http://b.example:8080/p?q=1#h""#
    );
    assert_eq!(
        changed("u.host = 'c.example:99'"),
        r#""https://c.example:99/p?q=1#h""#
    );
    assert_eq!(
        changed("u.searchParams.set('q', '2'); u.searchParams.append('r', 'a b')"),
        r#""https://a.example:8080/p?q=2&r=a+b#h""#
    );
    assert_eq!(
        changed("u.searchParams.delete('q')"),
        r#""https://a.example:8080/p#h""#
    );
    is(
        "(() => { const u = new URL('https://a.example/?a=1'); const p = u.searchParams; u.search = '?b=2'; return [p.get('a'), p.get('b')] })()",
        r#"[null,"2"]"#,
    );
}

#[test]
fn parameters_are_a_list_of_pairs() {
    is(
        "[...new URLSearchParams('?a=1&b=x+y%21&a=2&c')]",
        r#"[["a","1"],["b","x y!"],["a","2"],["c",""]]"#,
    );
    is(
        "(p => [p.get('a'), p.getAll('a'), p.has('a', '2'), p.has('z'), p.get('z'), p.size])(new URLSearchParams('a=1&a=2'))",
        r#"["1",["1","2"],true,false,null,2]"#,
    );
    is(
        "new URLSearchParams({ a: 1, 'b c': 'é&=' }).toString()",
        r#""a=1&b+c=%C3%A9%26%3D""#,
    );
    is(
        "new URLSearchParams([['x', '1'], ['y', '~!*()\\'']]).toString()",
        r#""x=1&y=%7E%21*%28%29%27""#,
    );
    is(
        "(() => { const p = new URLSearchParams('b=2&a=1&b=3'); p.sort(); p.set('b', '9'); return [String(p), [...p.keys()], [...p.values()]] })()",
        r#"["a=1&b=9",["a","b"],["1","9"]]"#,
    );
    is(
        "new URLSearchParams('a=%zz&b=%ff').toString()",
        r#""a=%25zz&b=%EF%BF%BD""#,
    );
}

#[test]
fn headers_do_not_mind_case() {
    is(
        "(h => [h.get('Content-TYPE'), h.has('x-a'), h.get('none')])(new Headers({ 'content-type': 'text/html', 'X-A': 1 }))",
        r#"["text/html",true,null]"#,
    );
    is(
        "(() => { const h = new Headers([['b', '1'], ['a', '2']]); h.append('B', '3'); h.set('c', ' 4 '); h.delete('A'); return [...h] })()",
        r#"[["b","1, 3"],["c","4"]]"#,
    );
    is(
        "(() => { const h = new Headers(); h.append('Set-Cookie', 'a=1'); h.append('set-cookie', 'b=2'); return [h.get('set-cookie'), h.getSetCookie(), [...h.keys()]] })()",
        r#"["a=1, b=2",["a=1","b=2"],["set-cookie","set-cookie"]]"#,
    );
    is(
        "(() => { const seen = []; new Headers({ z: '1', a: '2' }).forEach((value, name) => seen.push(name + value)); return seen })()",
        r#"["a2","z1"]"#,
    );
    is(
        "Object.fromEntries(new Headers(new Headers({ a: 'b' })))",
        r#"{"a":"b"}"#,
    );
    assert_eq!(
        caught("new Headers({ 'a b': '1' })"),
        "TypeError: Invalid header name."
    );
    assert_eq!(
        caught("new Headers({ a: 'x\\ny' })"),
        "TypeError: Invalid header value."
    );
}

#[test]
fn text_becomes_bytes_and_back() {
    is(
        "[...new TextEncoder().encode('é€😀')]",
        "[195,169,226,130,172,240,159,152,128]",
    );
    is(
        "new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 195, 169]))",
        r#""é""#,
    );
    is(
        "new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 65])).length",
        "2",
    );
    is(
        "new TextDecoder().decode(new Uint8Array([65, 255]))",
        "\"A\u{fffd}\"",
    );
    is(
        "(() => { const d = new TextDecoder(); return d.decode(new Uint8Array([226, 130]), { stream: true }) + d.decode(new Uint8Array([172])) })()",
        r#""€""#,
    );
    is(
        "new TextEncoder().encodeInto('aé€', new Uint8Array(4))",
        r#"{"read":2,"written":3}"#,
    );
    assert_eq!(
        caught("new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255]))"),
        "TypeError: Failed to decode input."
    );
    assert_eq!(
        caught("new TextDecoder('klingon')"),
        "RangeError: \"klingon\" is not a valid encoding."
    );
}

#[test]
fn base64_goes_both_ways() {
    is(
        "['', 'f', 'fo', 'foo', 'foob', 'é'].map(btoa)",
        r#"["","Zg==","Zm8=","Zm9v","Zm9vYg==","6Q=="]"#,
    );
    is(
        "['', 'Zg==', 'Zm8', ' Zm 9v ', 'Zm9vYg=='].map(atob)",
        r#"["","f","fo","foo","foob"]"#,
    );
    assert!(caught("btoa('€')").starts_with("InvalidCharacterError: "));
    assert!(caught("atob('a')").starts_with("InvalidCharacterError: "));
    assert!(caught("atob('!!!!')").starts_with("InvalidCharacterError: "));
}

const HEX: &str = "const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, '0')).join('');
    const bytes = (text) => new TextEncoder().encode(text);";

#[test]
fn digests_are_made() {
    let digest = |name: &str| {
        text_of(&format!(
            "{HEX} return new Response(hex(await crypto.subtle.digest({name}, bytes('abc'))))"
        ))
    };
    assert_eq!(
        digest("'SHA-1'"),
        "a9993e364706816aba3e25717850c26c9cd0d89d"
    );
    assert_eq!(
        digest("{ name: 'sha-256' }"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(digest("'SHA-512'").len(), 128);
    assert!(
        caught("crypto.subtle.digest('MD4', new Uint8Array(1))").starts_with("NotSupportedError: ")
    );
}

#[test]
fn what_is_signed_can_be_verified() {
    // RFC 4231, test case 2.
    let body = format!(
        "{HEX} const key = await crypto.subtle.importKey('raw', bytes('Jefe'), {{ name: 'HMAC', hash: 'SHA-256' }}, false, ['sign', 'verify']);
         const data = bytes('what do ya want for nothing?');
         const signature = await crypto.subtle.sign('HMAC', key, data);
         const good = await crypto.subtle.verify('HMAC', key, signature, data);
         const bad = await crypto.subtle.verify('HMAC', key, signature, bytes('other'));
         return Response.json([hex(signature), good, bad])"
    );
    assert_eq!(
        text_of(&body),
        r#"["5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",true,false]"#
    );
}

#[test]
fn random_values_fill_integers_only() {
    is("crypto.getRandomValues(new Uint32Array(3)).length", "3");
    assert!(
        caught("crypto.getRandomValues(new Float64Array(1))").starts_with("TypeMismatchError: ")
    );
    assert!(
        caught("crypto.getRandomValues(new Uint8Array(65537))").starts_with("QuotaExceededError: ")
    );
}

#[test]
fn signals_abort() {
    is(
        "(() => { const c = new AbortController(); const seen = []; c.signal.addEventListener('abort', (e) => seen.push(e.type)); c.signal.onabort = () => seen.push('on'); c.abort(); c.abort(); return [seen, c.signal.aborted, c.signal.reason.name] })()",
        r#"[["on","abort"],true,"AbortError"]"#,
    );
    is("AbortSignal.abort('why').reason", r#""why""#);
    is(
        "(() => { const c = new AbortController(); const any = AbortSignal.any([c.signal]); c.abort(1); return [any.aborted, any.reason] })()",
        "[true,1]",
    );
    assert_eq!(
        caught("fetch('https://a.example/', { signal: AbortSignal.abort() })"),
        "AbortError: The operation was aborted"
    );
}

#[test]
fn clones_are_deep() {
    is(
        "(() => { const a = { d: new Date(5), m: new Map([[1, new Set([2])]]), r: /x/gi, u: new Uint8Array([1, 2]), n: [undefined, NaN] }; a.self = a; const b = structuredClone(a); return [b !== a, b.self === b, b.d.getTime(), [...b.m.get(1)], String(b.r), [...b.u], b.n.length] })()",
        r#"[true,true,5,[2],"/x/gi",[1,2],2]"#,
    );
    assert!(caught("structuredClone(() => 1)").starts_with("DataCloneError: "));
}

#[test]
fn the_usual_names_are_there() {
    is(
        "['fetch', 'caches', 'crypto', 'console', 'Headers', 'Request', 'Response', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder',
          'ReadableStream', 'WritableStream', 'TransformStream', 'AbortController', 'FormData', 'Event', 'EventTarget', 'DOMException', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval',
          'queueMicrotask', 'structuredClone', 'atob', 'btoa', 'performance', 'navigator', 'self', 'kvlag'].filter((name) => globalThis[name] === undefined)",
        "[]",
    );
    is(
        "[typeof kvlagHost, Object.keys(globalThis)]",
        r#"["undefined",[]]"#,
    );
    is("navigator.userAgent", r#""Cloudflare-Workers""#);
}
