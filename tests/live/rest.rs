//! The REST API, byte by byte: every path, every refusal, pages, limits, the token, and keys of any letters.

use crate::WORLD;
use crate::http::Answer;
use crate::served::Served;
use serde_json::{Value, json};
use std::io::Write;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const BASE: &str = "/client/v4/accounts/0123456789abcdef0123456789abcdef/storage/kv/namespaces";

/// Largest value.
const VALUE_MAX: usize = 25 << 20;

struct Api {
    server: Served,
}

impl Api {
    fn start(arguments: &[&str]) -> Api {
        let server = Served::start(WORLD, arguments);
        Api { server }
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        self.server.ask(method, &format!("{BASE}{path}"), &[], body)
    }

    fn ask_json(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask(method, path, body.to_string().as_bytes())
    }

    /// The result of something that succeeds.
    fn result(&self, method: &str, path: &str, body: &[u8]) -> Value {
        result(&self.ask(method, path, body))
    }

    /// The identifier of a new namespace.
    fn create(&self, title: &str) -> String {
        let created = self.ask_json("POST", "", json!({ "title": title }));
        let id = result(&created)["id"].as_str().map(str::to_owned);
        id.expect("a namespace has an identifier")
    }

    fn get(&self, id: &str, key: &str) -> Option<Vec<u8>> {
        let answer = self.ask("GET", &format!("/{id}/values/{key}"), b"");
        match answer.status {
            200 => Some(answer.body),
            _ => {
                assert_refused(&answer, 404, 10009, "get: 'key not found'");
                None
            }
        }
    }

    fn names(&self, id: &str, query: &str) -> Vec<String> {
        let keys = self.result("GET", &format!("/{id}/keys{query}"), b"");
        names(&keys)
    }
}

fn names(keys: &Value) -> Vec<String> {
    let keys = keys.as_array().expect("keys are a list").iter();
    let names = keys.map(|key| key["name"].as_str().expect("a key has a name").to_owned());
    names.collect()
}

fn result(answer: &Answer) -> Value {
    let body = answer.json();
    assert_eq!(answer.status, 200, "{body}");
    assert_eq!(body["success"], true);
    assert_eq!(
        (&body["errors"], &body["messages"]),
        (&json!([]), &json!([]))
    );
    body["result"].clone()
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, code: u32, words: &str) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(
        (&body["success"], &body["result"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(body["errors"][0]["code"], code, "{body}");
    let message = body["errors"][0]["message"].as_str().expect("a message");
    assert!(message.contains(words), "{message}");
}

/// In seconds since 1970.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("it is later").as_secs() as i64
}

/// A key is written once a second.
fn wait_for_another_write() {
    thread::sleep(Duration::from_millis(1100));
}

fn form(parts: &[(&str, &str)]) -> Vec<u8> {
    let parts = parts.iter().map(|(name, content)| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
    });
    (parts.collect::<String>() + "--x--\r\n").into_bytes()
}

const FORM: (&str, &str) = ("Content-Type", "multipart/form-data; boundary=x");

#[test]
fn namespaces_are_created_shown_renamed_and_removed() {
    let api = Api::start(&[]);
    let id = api.create("flags");
    assert!(
        id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{id}"
    );
    let shown = json!({ "id": id, "title": "flags", "supports_url_encoding": true });
    assert_eq!(api.result("GET", &format!("/{id}"), b""), shown);
    let again = api.ask_json(
        "POST",
        "",
        json!({ "title": "flags", "jurisdiction": "eu" }),
    );
    let words = "create namespace: 'a namespace with this account ID and title already exists'";
    assert_refused(&again, 400, 10014, words);

    let renamed = api.ask_json("PUT", &format!("/{id}"), json!({ "title": "é\n\",:" }));
    assert_eq!(result(&renamed)["title"], "é\n\",:");
    api.create("flags");
    let taken = api.ask_json("PUT", &format!("/{id}"), json!({ "title": "flags" }));
    assert_refused(&taken, 400, 10014, "already exists");
    let same = api.ask_json("PUT", &format!("/{id}"), json!({ "title": "é\n\",:" }));
    assert_eq!(result(&same)["id"], id);

    let longest = "t".repeat(512);
    api.create(&longest);
    let longer = api.ask_json("POST", "", json!({ "title": longest + "t" }));
    assert_refused(&longer, 400, 10012, "title length of 513");
    for nothing in [json!({}), json!({ "title": "" }), json!({ "title": null })] {
        let refused = api.ask_json("POST", "", nothing);
        assert_refused(&refused, 400, 10019, "must have a title");
    }
    for bad in ["", "{", "5", "{\"title\":1}"] {
        assert_refused(
            &api.ask("POST", "", bad.as_bytes()),
            400,
            10012,
            "create namespace",
        );
    }

    assert_eq!(
        api.result("PUT", &format!("/{id}/values/k"), b"v"),
        Value::Null
    );
    assert_eq!(api.result("DELETE", &format!("/{id}"), b"{}"), Value::Null);
    let gone = api.ask("GET", &format!("/{id}"), b"");
    assert_refused(&gone, 404, 10013, "get namespace: 'namespace not found'");
    let anew = api.create("é\n\",:");
    assert_ne!(anew, id);
    assert_eq!(api.get(&anew, "k"), None, "nothing is left of the old one");
    api.result("PUT", &format!("/{anew}/values/k"), b"v");
    let (status, ..) = api.server.interrupt();
    assert!(status.success(), "its report can be written");
}

#[test]
fn every_path_knows_its_namespaces_and_its_methods() {
    let api = Api::start(&[]);
    for (method, path, operation) in [
        ("GET", "/0", "get namespace"),
        ("PUT", "/0", "rename namespace"),
        ("DELETE", "/0", "remove namespace"),
        ("GET", "/0/keys", "list keys"),
        ("GET", "/0/values/k", "get"),
        ("PUT", "/0/values/k", "put"),
        ("DELETE", "/0/values/k", "delete"),
        ("GET", "/0/metadata/k", "get"),
        ("PUT", "/0/bulk", "bulk put"),
        ("DELETE", "/0/bulk", "bulk delete"),
        ("POST", "/0/bulk/delete", "bulk delete"),
        ("POST", "/0/bulk/get", "bulk get"),
    ] {
        let words = format!("{operation}: 'namespace not found'");
        let refused = api.ask(method, path, br#"{"title":"t"}"#);
        assert_refused(&refused, 404, 10013, &words);
        let wrong = api.ask("PATCH", path, b"");
        assert_refused(&wrong, 405, 10405, "method PATCH is not allowed");
    }
    assert_refused(&api.ask("DELETE", "", b""), 405, 10405, "DELETE");
    for path in [
        "/0/values",
        "/0/values/a/b",
        "/0/nothing",
        "/0/bulk/put",
        "x",
    ] {
        assert_refused(
            &api.ask("GET", path, b""),
            404,
            7003,
            "Could not route to /client/v4",
        );
    }
    for path in [
        "/client/v4",
        "/client/v4/",
        "/client/v4/user",
        "/client/v4/accounts//storage/kv/namespaces",
    ] {
        assert_refused(&api.server.ask("GET", path, &[], b""), 404, 7003, path);
    }
    // An account is called anything.
    let path = "/client/v4/accounts/me%2Fhere/storage/kv/namespaces/?unknown=1";
    assert_eq!(
        result(&api.server.ask("GET", path, &[], b""))[0]["title"],
        "main"
    );
}

#[test]
fn pages_of_namespaces_end_with_an_empty_one() {
    let api = Api::start(&[]);
    for number in 0..23 {
        api.create(&format!("n{number:02}"));
    }
    let page = |query: &str| {
        let answer = api.ask("GET", query, b"").json();
        let titles = answer["result"].as_array().expect("a list").iter();
        let titles: Vec<String> = titles
            .map(|one| one["title"].as_str().expect("a title").to_owned())
            .collect();
        (titles, answer["result_info"].clone())
    };
    let (titles, info) = page("");
    assert_eq!(
        (titles.len(), titles[0].as_str()),
        (20, "main"),
        "as they were created"
    );
    assert_eq!(
        info,
        json!({ "page": 1, "per_page": 20, "count": 20, "total_count": 24 })
    );
    assert_eq!(page("?page=2").0.len(), 4);
    let (none, info) = page("?page=3&per_page=12&order=title");
    assert!(none.is_empty());
    assert_eq!(
        info,
        json!({ "page": 3, "per_page": 12, "count": 0, "total_count": 24 })
    );
    assert_eq!(
        page("?per_page=1000&order=title&direction=asc&page=1")
            .0
            .len(),
        24
    );
    let (down, _) = page("?order=title&direction=desc&per_page=2");
    assert_eq!(down, ["n22", "n21"]);
    let by_id = api.result("GET", "?order=id&per_page=100", b"");
    let ids: Vec<&str> = by_id
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    assert!(ids.is_sorted() && ids.len() == 24);
    for bad in [
        "page=0",
        "page=x",
        "per_page=1001",
        "per_page=0",
        "order=age",
        "direction=up",
    ] {
        let refused = api.ask("GET", &format!("?{bad}"), b"");
        assert_refused(&refused, 400, 10012, "Invalid");
    }
}

#[test]
fn values_are_bytes_with_their_expiration_and_metadata() {
    let api = Api::start(&[]);
    let id = api.create("values");
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(
        api.result("PUT", &format!("/{id}/values/raw"), &bytes),
        Value::Null
    );
    let raw = api.ask("GET", &format!("/{id}/values/raw"), b"");
    assert_eq!((raw.status, &raw.body), (200, &bytes));
    assert_eq!(raw.header("content-type"), Some("application/octet-stream"));
    assert_eq!(raw.header("expiration"), None);
    assert_eq!(
        api.result("GET", &format!("/{id}/metadata/raw"), b""),
        Value::Null
    );
    api.result("PUT", &format!("/{id}/values/empty"), b"");
    assert_eq!(api.get(&id, "empty"), Some(Vec::new()));

    let path = format!("{BASE}/{id}/values/form?expiration_ttl=300&expiration=1");
    let body = form(&[
        ("metadata", " {\"b\": 1.50, \"a\": [ ]}"),
        ("other", ""),
        ("value", "v\r\n--v"),
    ]);
    result(&api.server.ask("PUT", &path, &[FORM], &body));
    let stored = api.ask("GET", &format!("/{id}/values/form"), b"");
    assert_eq!(stored.body, b"v\r\n--v");
    let expiration: i64 = stored
        .header("expiration")
        .and_then(|date| date.parse().ok())
        .expect("a date");
    assert!(
        (now() + 295..=now() + 301).contains(&expiration),
        "a TTL wins over a date: {expiration}"
    );
    let metadata = api.ask("GET", &format!("/{id}/metadata/form"), b"");
    let text = String::from_utf8(metadata.body).expect("it is text");
    assert!(
        text.contains("{\"b\":1.50,\"a\":[]}"),
        "as it was, but compact: {text}"
    );
    let missing = api.ask("GET", &format!("/{id}/metadata/none"), b"");
    assert_refused(&missing, 404, 10009, "get: 'key not found'");

    let at = now() + 120;
    api.result("PUT", &format!("/{id}/values/dated?expiration={at}"), b"v");
    let dated = api.ask("GET", &format!("/{id}/values/dated"), b"");
    assert_eq!(dated.header("expiration"), Some(at.to_string().as_str()));
    let listed = api.result("GET", &format!("/{id}/keys"), b"");
    assert_eq!(
        listed,
        json!([
            { "name": "dated", "expiration": at },
            { "name": "empty" },
            { "name": "form", "expiration": expiration, "metadata": { "b": 1.5, "a": [] } },
            { "name": "raw" },
        ])
    );

    assert_eq!(
        api.result("DELETE", &format!("/{id}/values/never"), b""),
        Value::Null
    );
    wait_for_another_write();
    api.result("DELETE", &format!("/{id}/values/raw"), b"");
    assert_eq!(api.get(&id, "raw"), None);
    // A value written without them has lost its metadata and its expiration.
    api.result("PUT", &format!("/{id}/values/form"), b"w");
    assert_eq!(
        api.result("GET", &format!("/{id}/metadata/form"), b""),
        Value::Null
    );
    assert_eq!(
        api.ask("GET", &format!("/{id}/values/form"), b"")
            .header("expiration"),
        None
    );
}

#[test]
fn values_that_cannot_be_stored_are_refused_with_the_reason() {
    let api = Api::start(&[]);
    let id = api.create("values");
    let put = |query: &str| api.ask("PUT", &format!("/{id}/values/k?{query}"), b"v");
    assert_refused(
        &put("expiration_ttl=0"),
        400,
        10034,
        "put: 'Invalid expiration_ttl of 0.",
    );
    assert_refused(&put("expiration_ttl=59"), 400, 10034, "at least 60");
    assert_refused(
        &put("expiration_ttl=x"),
        400,
        10034,
        "Invalid expiration_ttl of x.",
    );
    assert_refused(
        &put("expiration=1"),
        400,
        10033,
        "put: 'Invalid expiration of 1. Please",
    );
    assert_refused(
        &put(&format!("expiration={}", now() + 30)),
        400,
        10033,
        "60 seconds in the future",
    );
    let put_form = |parts: &[(&str, &str)]| {
        let path = format!("{BASE}/{id}/values/k");
        api.server.ask("PUT", &path, &[FORM], &form(parts))
    };
    assert_refused(
        &put_form(&[("value", "v"), ("metadata", "{")]),
        400,
        10147,
        "valid JSON",
    );
    let cut = put_form(&[("value", "v"), ("metadata[a]", "1")]);
    assert_refused(&cut, 400, 10147, "metadata[a]");
    assert_refused(
        &put_form(&[("metadata", "1")]),
        400,
        10012,
        "no part called value",
    );
    let long = format!("\"{}\"", "m".repeat(1023));
    let long = put_form(&[("value", "v"), ("metadata", &long)]);
    assert_refused(
        &long,
        413,
        10012,
        "Metadata length of 1025 exceeds limit of 1024.",
    );
    let broken = api.server.ask(
        "PUT",
        &format!("{BASE}/{id}/values/k"),
        &[FORM],
        b"--x\r\nhalf",
    );
    assert_refused(&broken, 400, 10012, "ends within a part");
    assert_eq!(api.get(&id, "k"), None, "none of it was stored");

    api.result("PUT", &format!("/{id}/values/k"), b"1");
    let second = api.ask("PUT", &format!("/{id}/values/k"), b"2");
    assert_refused(&second, 429, 971, "put: 'Too Many Requests'");
    let third = api.ask("DELETE", &format!("/{id}/values/k"), b"");
    assert_refused(&third, 429, 971, "delete: 'Too Many Requests'");
    assert_eq!(api.get(&id, "k").as_deref(), Some(&b"1"[..]));
}

#[test]
fn the_largest_value_fits_and_a_larger_one_is_heard_out() {
    let api = Api::start(&[]);
    let id = api.create("large");
    let largest = vec![b'v'; VALUE_MAX];
    api.result("PUT", &format!("/{id}/values/raw"), &largest);
    assert_eq!(api.get(&id, "raw"), Some(largest.clone()));
    let text = String::from_utf8(largest).expect("it is text");
    let put_form = |value: &str| {
        let path = format!("{BASE}/{id}/values/form");
        api.server.ask(
            "PUT",
            &path,
            &[FORM],
            &form(&[("value", value), ("metadata", "1")]),
        )
    };
    result(&put_form(&text));
    assert_eq!(
        api.get(&id, "form").map(|value| value.len()),
        Some(VALUE_MAX)
    );
    let larger = text + "v";
    let words = "put: 'Value length of 26214401 exceeds limit of 26214400.'";
    let refused = api.ask("PUT", &format!("/{id}/values/larger"), larger.as_bytes());
    assert_refused(&refused, 413, 10012, words);
    assert_refused(&put_form(&larger), 413, 10012, words);
    // Whatever is wrong, a client has sent all of its body before it hears of it.
    let nowhere = api.ask("PUT", "/0/values/k", larger.as_bytes());
    assert_refused(&nowhere, 404, 10013, "put: 'namespace not found'");
    let wrong = api.ask("POST", &format!("/{id}/values/k"), larger.as_bytes());
    assert_refused(&wrong, 405, 10405, "POST");
}

#[test]
fn memory_has_a_bound_that_is_told() {
    let api = Api::start(&["--max-memory", "100MiB"]);
    let id = api.create("memory");
    let largest = vec![b'v'; VALUE_MAX];
    let mut refused = None;
    for number in 0..5 {
        let answer = api.ask("PUT", &format!("/{id}/values/{number}"), &largest);
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("not all of it fits");
    assert_refused(
        &refused,
        503,
        10001,
        "put: 'kvlag has used up its memory of 100MiB",
    );
    let pair = json!([{ "key": "b", "value": "v".repeat(VALUE_MAX) }]);
    let refused = api.ask_json("PUT", &format!("/{id}/bulk"), pair);
    assert_refused(
        &refused,
        503,
        10001,
        "bulk put: 'kvlag has used up its memory",
    );
    assert!(api.get(&id, "0").is_some(), "what is there can be read");
    assert_eq!(api.get(&id, "b"), None);
}

#[test]
fn keys_have_any_letters_and_are_decoded_once() {
    let api = Api::start(&[]);
    let id = api.create("keys");
    for (path, key) in [
        ("a%2Fb%20c+d&%C3%A9%3F%23", "a/b c+d&é?#"),
        ("%252F", "%2F"),
        (".%2Fx%2F..%2Fy", "./x/../y"),
        ("%2F%2F", "//"),
        ("50%", "50%"),
        ("bulk", "bulk"),
        ("%00%7F", "\0\u{7f}"),
        ("%F0%9F%8E%88", "🎈"),
    ] {
        api.result("PUT", &format!("/{id}/values/{path}"), key.as_bytes());
        assert_eq!(
            api.get(&id, path).as_deref(),
            Some(key.as_bytes()),
            "{path}"
        );
        assert!(api.names(&id, "").contains(&key.to_owned()), "{path}");
    }
    let longest = "%C3%A9".repeat(256);
    api.result("PUT", &format!("/{id}/values/{longest}"), b"v");
    let longer = api.ask("PUT", &format!("/{id}/values/{longest}k"), b"v");
    assert_refused(
        &longer,
        414,
        10012,
        "UTF-8 encoded length of 513 exceeds key length limit of 512.",
    );
    assert_refused(
        &api.ask("GET", &format!("/{id}/values/"), b""),
        400,
        10012,
        "must not be empty",
    );
    assert_refused(
        &api.ask("GET", &format!("/{id}/values/."), b""),
        400,
        10012,
        "Illegal key name",
    );
    assert_refused(
        &api.ask("GET", &format!("/{id}/values/%2E%2e"), b""),
        400,
        10012,
        "Illegal key name",
    );
}

#[test]
fn pages_of_keys_end_with_an_empty_cursor() {
    let api = Api::start(&[]);
    let id = api.create("keys");
    let pairs = (0..1025).map(|number| json!({ "key": format!("p/{number:04}"), "value": "" }));
    let pairs = Value::Array(pairs.chain([json!({ "key": "q+", "value": "" })]).collect());
    result(&api.ask_json("PUT", &format!("/{id}/bulk"), pairs));
    let page = |query: &str| {
        let answer = api.ask("GET", &format!("/{id}/keys?{query}"), b"").json();
        let cursor = answer["result_info"]["cursor"].as_str().map(str::to_owned);
        let names = names(&answer["result"]);
        assert_eq!(answer["result_info"]["count"], names.len());
        (names, cursor.expect("there is a cursor"))
    };
    // As the command line asks.
    let (first, cursor) = page("prefix=");
    assert_eq!((first.len(), first[0].as_str()), (1000, "p/0000"));
    let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
    let (rest, end) = page(&format!("cursor={cursor}&prefix="));
    assert_eq!(
        (rest.len(), rest[0].as_str(), end.as_str()),
        (26, "p/1000", "")
    );
    assert_eq!(page("prefix=p%2F000&limit=10").0.len(), 10);
    assert_eq!(
        page("prefix=q%2B&limit=1000&cursor="),
        (vec!["q+".to_owned()], String::new())
    );
    assert!(
        page("prefix=q+").0.is_empty(),
        "in a query, a plus is a space"
    );
    for (query, status, words) in [
        ("limit=9", 400, "at least 10"),
        ("limit=0", 400, "greater than 0"),
        ("limit=1001", 400, "less than 1000"),
        ("limit=ten", 400, "Invalid limit of ten."),
        ("cursor=*", 400, "Invalid cursor"),
    ] {
        let refused = api.ask("GET", &format!("/{id}/keys?{query}"), b"");
        assert_refused(&refused, status, 10012, words);
    }
    let long = api.ask(
        "GET",
        &format!("/{id}/keys?prefix={}", "p".repeat(513)),
        b"",
    );
    assert_refused(&long, 414, 10012, "exceeds key length limit of 512.");
}

#[test]
fn several_keys_are_written_deleted_and_read_at_once() {
    let api = Api::start(&[]);
    let id = api.create("bulk");
    let pairs = json!([
        { "key": "a/b", "value": "é", "metadata": { "m": [1] }, "expiration_ttl": 60, "base64": false },
        { "key": "bytes", "value": "AP8=", "base64": true, "metadata": null },
        { "key": "json", "value": " {\"n\": 1.0}", "expiration": now() + 100 },
        { "key": "a/b", "value": "a second time" },
    ]);
    let written = result(&api.ask_json("PUT", &format!("/{id}/bulk"), pairs));
    assert_eq!(
        written,
        json!({ "successful_key_count": 3, "unsuccessful_keys": ["a/b"] })
    );
    assert_eq!(api.get(&id, "bytes"), Some(vec![0, 255]));
    let get = |body: Value| api.ask_json("POST", &format!("/{id}/bulk/get"), body);
    let texts = result(&get(json!({ "keys": ["a/b", "none", "bytes", "a/b"] })));
    assert_eq!(
        texts,
        json!({ "values": { "a/b": "é", "none": null, "bytes": "\0\u{fffd}" } })
    );
    let read = get(json!({ "keys": ["json", "none"], "type": "json", "withMetadata": true }));
    let body = String::from_utf8(read.body).expect("it is text");
    assert!(
        body.contains("\"value\":{\"n\": 1.0},\"metadata\":null,\"expiration\":"),
        "{body}"
    );
    let read = result(&get(
        json!({ "keys": ["a/b", "none"], "type": "text", "withMetadata": true }),
    ));
    assert_eq!(read["values"]["a/b"]["metadata"], json!({ "m": [1] }));
    assert_eq!(read["values"]["none"], Value::Null);
    let keys: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    for (body, code, words) in [
        (json!({ "keys": [] }), 10029, "minimum of 1 key"),
        (json!({ "keys": keys }), 10012, "maximum of 100 keys"),
        (
            json!({ "keys": ["json", "a/b"], "type": "json" }),
            10012,
            "non-json value",
        ),
        (
            json!({ "keys": ["a"], "type": "xml" }),
            10012,
            "is not a valid type",
        ),
        (json!({ "keys": [""] }), 10012, "must not be empty"),
        (json!({}), 10012, "missing field `keys`"),
    ] {
        assert_refused(&get(body), 400, code, words);
    }
    wait_for_another_write();
    let names = json!(["a/b", "bytes", "none"]);
    let deleted = result(&api.ask_json("DELETE", &format!("/{id}/bulk"), names));
    assert_eq!(
        deleted,
        json!({ "successful_key_count": 3, "unsuccessful_keys": [] })
    );
    let deleted = result(&api.ask_json("POST", &format!("/{id}/bulk/delete"), json!(["json"])));
    assert_eq!(deleted["successful_key_count"], 1);
    assert!(api.names(&id, "").is_empty());
}

#[test]
fn of_several_keys_all_are_refused_or_none() {
    let api = Api::start(&[]);
    let id = api.create("bulk");
    let put = |pairs: Value| api.ask_json("PUT", &format!("/{id}/bulk"), pairs);
    let good = json!({ "key": "good", "value": "v" });
    for (bad, status, code, words) in [
        (
            json!({ "key": "k", "value": "v", "expiration_ttl": 1 }),
            400,
            10034,
            "expiration_ttl of 1",
        ),
        (
            json!({ "key": "k", "value": "v", "expiration": 1 }),
            400,
            10033,
            "expiration of 1",
        ),
        (
            json!({ "key": "k", "value": "*", "base64": true }),
            400,
            10012,
            "not Base64",
        ),
        (
            json!({ "key": "k", "value": "v", "metadata": "m".repeat(1023) }),
            413,
            10012,
            "1025",
        ),
        (
            json!({ "key": "k", "value": "v".repeat(VALUE_MAX + 1) }),
            413,
            10012,
            "26214401",
        ),
        (
            json!({ "key": "k".repeat(513), "value": "v" }),
            414,
            10012,
            "513",
        ),
        (
            json!({ "key": "k", "value": 5 }),
            400,
            10012,
            "invalid type",
        ),
    ] {
        assert_refused(&put(json!([good, bad])), status, code, words);
    }
    assert_refused(
        &put(json!({})),
        400,
        10012,
        "a list of at most 10000 entries",
    );
    assert!(api.names(&id, "").is_empty());

    let pairs = |count: usize| {
        let pairs = (0..count).map(|number| json!({ "key": number.to_string(), "value": "v" }));
        Value::Array(pairs.collect())
    };
    assert_refused(
        &put(pairs(10_001)),
        400,
        10012,
        "a list of at most 10000 entries",
    );
    let all = result(&put(pairs(10_000)));
    assert_eq!(
        all,
        json!({ "successful_key_count": 10_000, "unsuccessful_keys": [] })
    );

    let large = (0..2)
        .map(|number| json!({ "key": format!("large{number}"), "value": "v".repeat(13 << 20) }));
    result(&put(Value::Array(large.collect())));
    let keys = json!({ "keys": ["large0", "large1"] });
    let read = api.ask_json("POST", &format!("/{id}/bulk/get"), keys);
    assert_refused(&read, 413, 10012, "exceeds the limit of 25MB");
}

#[test]
fn who_does_not_know_the_token_is_refused_after_all_was_sent() {
    let api = Api::start(&["--token", "secret"]);
    let ask = |headers: &[(&str, &str)], body: &[u8]| {
        let path = format!("{BASE}/0/values/k");
        api.server.ask("PUT", &path, headers, body)
    };
    let body = vec![b'v'; 4 << 20];
    assert_refused(&ask(&[], &body), 401, 10000, "Authentication error");
    let wrong = [("Authorization", "Bearer secre")];
    assert_refused(&ask(&wrong, &body), 401, 10000, "Authentication error");
    let right = [("Authorization", "Bearer secret")];
    assert_refused(&ask(&right, &body), 404, 10013, "namespace not found");
}

#[test]
fn a_body_may_come_in_chunks() {
    let api = Api::start(&[]);
    let id = api.create("chunks");
    let mut stream = api.server.connect();
    let head = format!(
        "PUT {BASE}/{id}/values/k HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
        api.server.address
    );
    let chunks = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    stream
        .write_all((head + chunks).as_bytes())
        .expect("it is taken");
    result(&Answer::read(stream));
    assert_eq!(api.get(&id, "k").as_deref(), Some(&b"abcde"[..]));
}

#[test]
fn without_limits_small_pages_and_short_lives_are_given() {
    let scenario = format!("{WORLD}[limits]\nenforce = false\n");
    let server = Served::start(&scenario, &[]);
    let api = Api { server };
    let id = api.create("free");
    api.result("PUT", &format!("/{id}/values/k?expiration_ttl=5"), b"v");
    assert_eq!(api.names(&id, "?limit=1"), ["k"]);
}

#[test]
fn a_value_that_comes_when_its_namespace_is_gone_is_refused() {
    let api = Api::start(&[]);
    let id = api.create("short-lived");
    let path = format!("{BASE}/{id}/values/k");
    let address = api.server.address;
    let head = crate::http::head(address, "PUT", &path, &[("Content-Length", "5")]);
    let mut stream = api.server.connect();
    let half = format!("{head}Connection: close\r\n\r\nhe");
    stream.write_all(half.as_bytes()).expect("it is taken");
    // Its head has been read by the time that another request is answered.
    thread::sleep(Duration::from_millis(200));
    api.result("DELETE", &format!("/{id}"), b"");
    stream.write_all(b"llo").expect("it is taken");
    assert_refused(
        &Answer::read(stream),
        404,
        10013,
        "put: 'namespace not found'",
    );
}

#[test]
fn there_are_as_many_namespaces_as_the_platform_has() {
    let api = Api::start(&[]);
    // With the one that is there from the start.
    for number in 1..1000 {
        api.create(&format!("n{number}"));
    }
    let more = api.ask_json("POST", "", json!({ "title": "one more" }));
    assert_refused(&more, 400, 10012, "as many namespaces as there may be");
    let binding = [("X-KV-Pop", "NEAR"), ("X-KV-Namespace", "one more")];
    assert_eq!(api.server.ask("GET", "/k", &binding, b"").status, 400);
    let known = [("X-KV-Pop", "NEAR"), ("X-KV-Namespace", "n7")];
    assert_eq!(api.server.ask("GET", "/k", &known, b"").status, 404);
}
