//! Requests, responses, their bodies, and streams.

use crate::host::*;
use kvlag::worker::Request;

fn is(expression: &str, json: &str) {
    assert_eq!(value_of(expression), json, "{expression}");
}

fn post<'a>(headers: &'a [(&'a str, &'a str)], body: &'a [u8]) -> Request<'a> {
    Request {
        method: "POST",
        url: "https://example.com/in?x=1",
        headers,
        body,
    }
}

fn answer_to(request: &Request<'_>, body: &str) -> String {
    let mut host = Host::of(body);
    let number = host.request(request);
    String::from_utf8(host.response(number).body).expect("it is text")
}

#[test]
fn a_request_is_what_the_client_sent() {
    let headers = [
        ("CF-Connecting-IP", "203.0.113.9"),
        ("accept", "a"),
        ("Accept", "b"),
    ];
    let shown = answer_to(
        &post(&headers, b"{\"a\":1}"),
        "const { method, url, headers } = request; return Response.json([method, url, [...headers], await request.json(), request.bodyUsed])",
    );
    assert_eq!(
        shown,
        r#"["POST","https://example.com/in?x=1",[["accept","a, b"],["cf-connecting-ip","203.0.113.9"]],{"a":1},true]"#
    );
}

#[test]
fn bodies_come_in_every_form() {
    let request = post(
        &[("content-type", "application/x-www-form-urlencoded")],
        "a=1&b=x+y&a=é".as_bytes(),
    );
    assert_eq!(
        answer_to(&request, "return new Response(await request.text())"),
        "a=1&b=x+y&a=é"
    );
    assert_eq!(
        answer_to(
            &request,
            "return new Response((await request.arrayBuffer()).byteLength)"
        ),
        "14"
    );
    assert_eq!(
        answer_to(&request, "return new Response((await request.bytes())[0])"),
        "97"
    );
    assert_eq!(
        answer_to(
            &request,
            "const f = await request.formData(); return Response.json([f.get('b'), f.getAll('a')])"
        ),
        r#"["x y",["1","é"]]"#
    );
    assert_eq!(
        answer_to(
            &request,
            "let n = 0; for await (const chunk of request.body) n += chunk.length; return new Response(n)"
        ),
        "14"
    );
    assert_eq!(
        answer_to(&request, "return new Response(request.body)"),
        "a=1&b=x+y&a=é"
    );
    let binary = post(&[], &[0, 255, 128]);
    assert_eq!(
        answer_to(
            &binary,
            "return Response.json([...new Uint8Array(await request.arrayBuffer())])"
        ),
        "[0,255,128]"
    );
    assert_eq!(
        value_of("[request.body, await request.text()]"),
        r#"[null,""]"#
    );
}

#[test]
fn a_body_is_read_once() {
    let used = "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.";
    let twice = "await request.text(); try { await request.text() } catch (error) { return new Response(error.name + ': ' + error.message) }";
    assert_eq!(answer_to(&post(&[], b"x"), twice), used);
    assert_eq!(
        answer_to(
            &post(&[], b"x"),
            "const copy = request.clone(); return new Response((await request.text()) + (await copy.text()))"
        ),
        "xx"
    );
    assert_eq!(
        caught("(async () => { const r = new Response('a'); await r.text(); r.clone() })()"),
        used
    );
}

#[test]
fn requests_can_be_made_of_others() {
    let made = answer_to(
        &post(&[("x-a", "1")], b"body"),
        "const other = new Request(request, { headers: { 'x-b': '2' } });
         const moved = new Request('https://else.example/p', new Request('https://a.example/', { method: 'put', body: 'z' }));
         return Response.json([other.method, other.url, [...other.headers], await other.text(), moved.url, moved.method])",
    );
    assert_eq!(
        made,
        r#"["POST","https://example.com/in?x=1",[["x-b","2"]],"body","https://else.example/p","PUT"]"#
    );
    assert_eq!(
        caught("new Request('nope')"),
        "TypeError: Invalid URL string."
    );
    assert_eq!(
        caught("new Request('https://a.example/', { body: 'x' })"),
        "TypeError: Request with a GET or HEAD method cannot have a body."
    );
}

#[test]
fn responses_say_what_they_are() {
    is(
        "(r => [r.status, r.ok, r.statusText, r.headers.get('content-type'), r.bodyUsed])(new Response('a', { status: 404, statusText: 'Not here' }))",
        r#"[404,false,"Not here","text/plain;charset=UTF-8",false]"#,
    );
    is(
        "(r => [r.status, r.headers.get('content-type'), r.body])(new Response(null, { status: 204 }))",
        "[204,null,null]",
    );
    is(
        "(r => [r.headers.get('content-type'), r.headers.get('x')])(Response.json({ a: 1 }, { status: 201, headers: { x: 'y' } }))",
        r#"["application/json","y"]"#,
    );
    is(
        "(r => [r.status, r.headers.get('location')])(Response.redirect('https://a.example/x', 301))",
        r#"[301,"https://a.example/x"]"#,
    );
    is(
        "new Response(new URLSearchParams('a=1')).headers.get('content-type')",
        r#""application/x-www-form-urlencoded;charset=UTF-8""#,
    );
    is(
        "new Response(new Uint8Array([1])).headers.get('content-type')",
        "null",
    );
    assert_eq!(
        caught("new Response('', { status: 600 })"),
        "RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive."
    );
    assert_eq!(
        caught("new Response('x', { status: 204 })"),
        "TypeError: Response with null body status (101, 204, 205, or 304) cannot have a body."
    );
}

#[test]
fn a_response_goes_out_as_it_was_made() {
    let mut host = Host::of(
        "const response = new Response(new Uint8Array([0, 200, 255]), { status: 418, headers: { 'X-B': '1', 'x-a': 'é' } });
         response.headers.append('Set-Cookie', 'a=1'); response.headers.append('Set-Cookie', 'b=2');
         return response",
    );
    let response = host.get(ENV);
    assert_eq!(
        (response.status, response.body.as_slice()),
        (418, &[0, 200, 255][..])
    );
    let headers: Vec<_> = response
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    assert_eq!(
        headers,
        ["x-b: 1", "x-a: é", "set-cookie: a=1", "set-cookie: b=2"]
    );
    assert_eq!(response.header("x-b"), Some("1"));
    let plain = Host::of("return new Response('a')").get(ENV);
    assert_eq!(
        plain.headers,
        [(
            "content-type".to_owned(),
            "text/plain;charset=UTF-8".to_owned()
        )]
    );
}

#[test]
fn streams_flow() {
    let flows = |stream: &str| text_of(&format!("return new Response({stream})"));
    assert_eq!(
        flows("ReadableStream.from([new TextEncoder().encode('a'), 'b'])"),
        "ab"
    );
    assert_eq!(
        flows(
            "new ReadableStream({ n: 0, async pull(c) { await env.KV.get('x'); if (this.n++ < 3) c.enqueue(new Uint8Array([65 + this.n])); else c.close() } })"
        ),
        "BCD"
    );
    assert_eq!(
        flows(
            "new Response('abc').body.pipeThrough(new TransformStream({ transform(chunk, c) { c.enqueue(chunk.map((b) => b - 32)) }, flush(c) { c.enqueue(new Uint8Array([33])) } }))"
        ),
        "ABC!"
    );
    let written = "const { readable, writable } = new TransformStream(); const writer = writable.getWriter();
        ctx.waitUntil((async () => { await writer.write(new TextEncoder().encode('one ')); await env.KV.get('x'); await writer.write(new TextEncoder().encode('two')); await writer.close() })());
        return new Response(readable)";
    assert_eq!(text_of(written), "one two");
}

#[test]
fn a_stream_can_be_split() {
    let body = "const [a, b] = new Response('both').body.tee(); return new Response((await new Response(a).text()) + (await new Response(b).text()))";
    assert_eq!(text_of(body), "bothboth");
    assert_eq!(
        text_of(
            "const r = new Response(new Response('s').body); const c = r.clone(); return new Response((await r.text()) + (await c.text()))"
        ),
        "ss"
    );
}

#[test]
fn readers_read_one_at_a_time() {
    let body = "const s = new Response('abc').body; const reader = s.getReader(); const first = await reader.read(); const last = await reader.read(); reader.releaseLock();
        return Response.json([first.value.length, first.done, last.done, s.locked])";
    assert_eq!(text_of(body), "[3,false,true,false]");
    assert_eq!(
        caught("(() => { const s = new Response('a').body; s.getReader(); s.getReader() })()"),
        "TypeError: This ReadableStream is currently locked to a reader."
    );
    assert_eq!(
        caught(
            "new Response(new ReadableStream({ start(c) { c.error(new Error('bad')) } })).text()"
        ),
        "Error: bad"
    );
    assert_eq!(
        text_of(
            "let told; const s = new ReadableStream({ cancel(why) { told = why } }); await s.cancel('enough'); return new Response(told)"
        ),
        "enough"
    );
}
