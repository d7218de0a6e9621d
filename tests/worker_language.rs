//! What scenario files can say of Workers: scripts, bindings, requests, origins, values of the store, steps and
//! conditions of clients that ask; each is taken, means what it should, and reads as the same again when printed.

use std::fs;
use std::path::Path;

use kvlag::scenario::{
    Arrivals, BodyRelation, Comparison, Condition, Distribution, Operation, Overrides, Placeholder,
    RequestPattern, RequestSource, RequestStart, Scenario, Scope, Site, Step, StoredValue,
    TextPart, TextPattern, Worker, load, parse,
};
use kvlag::units::{Duration, Time};

const TOP: &str = "duration = \"10m\"\npops = [\"LHR\", \"SYD\", \"FRA\"]\n";
const WORKER: &str = "[worker.limiter]\nscript = \"tests/bad/limiter.js\"\n";
const SOMEBODY: &str = "[[worker.limiter.request]]\npath = \"/\"\nrate = \"1/s\"\n";
const SECOND: Duration = Duration::from_secs(1);

/// A scenario as the file says it, and the same through its resolved text, which must be equal.
fn scenario(text: &str) -> Scenario {
    changed(text, &[])
}

fn changed(text: &str, set: &[&str]) -> Scenario {
    let overrides = Overrides {
        set: set.iter().map(|argument| (*argument).to_owned()).collect(),
        ..Overrides::default()
    };
    let scenario = read(&format!("{TOP}{text}"), &overrides);
    let again = read(&scenario.resolved, &Overrides::default());
    assert_eq!(scenario.resolved, again.resolved);
    assert_eq!(scenario, again, "{}", scenario.resolved);
    scenario
}

fn read(text: &str, overrides: &Overrides) -> Scenario {
    match parse("test.toml", text, "test", overrides) {
        Ok(scenario) => scenario,
        Err(diagnostics) => panic!("{text}\n{diagnostics}"),
    }
}

fn refusal(text: &str) -> String {
    match parse("test.toml", text, "test", &Overrides::default()) {
        Ok(scenario) => panic!("it is taken:\n{}", scenario.resolved),
        Err(diagnostics) => diagnostics.render(false),
    }
}

/// A Worker that says more of itself, and is asked.
fn worker(settings: &str) -> Worker {
    let mut scenario = scenario(&format!("{WORKER}{settings}{SOMEBODY}"));
    scenario.workers.remove(0)
}

/// The only source of requests of a Worker.
fn source(table: &str) -> RequestSource {
    let text = format!("{WORKER}[[worker.limiter.request]]\n{table}");
    scenario(&text).workers[0].requests[0].clone()
}

/// The steps of a client beside a Worker that is asked.
fn steps(steps: &str) -> Vec<Step> {
    let client = format!("[client.browser]\ncount = 1\nsteps = [{steps}]\n");
    let mut scenario = scenario(&format!("{WORKER}{SOMEBODY}{client}"));
    scenario.clients.remove(0).steps
}

fn literal(text: &str) -> TextPart {
    TextPart::Literal(text.to_owned())
}

fn text(parts: &[TextPart]) -> TextPattern {
    TextPattern {
        parts: parts.to_vec(),
    }
}

fn get(url: &str) -> RequestPattern {
    RequestPattern {
        method: "GET".to_owned(),
        url: text(&[literal(url)]),
        headers: Vec::new(),
        body: TextPattern::default(),
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn a_worker_needs_a_script_and_somebody_who_asks() {
    let limiter = worker("");
    assert_eq!(limiter.name, "limiter");
    assert_eq!(limiter.script.name, "limiter.js");
    assert!(limiter.script.path.is_absolute());
    let source = fs::read_to_string("tests/bad/limiter.js").expect("it is there");
    assert_eq!(limiter.script.source, source);
    assert_eq!(limiter.bindings, [("KV".to_owned(), 0)]);
    assert_eq!(limiter.variables, []);
    assert_eq!(limiter.longest_cache_ttl, SECOND * 60);
    let pops = (0..3).map(|pop| Site { pop, weight: 1.0 }).collect();
    let start = RequestStart::Arriving {
        per_s: 1.0,
        arrivals: Arrivals::Poisson,
    };
    let request = get("https://limiter.example.com/");
    assert_eq!(
        limiter.requests,
        [RequestSource {
            at: pops,
            start,
            request
        }]
    );
}

#[test]
fn env_holds_namespaces_and_texts() {
    let text = format!(
        "{WORKER}kv = {{ B = \"users\", $A = \"main\", C = \"carts\", _ = \"users\" }}\n\
         vars = {{ LIMIT = \"100\", quoted = '\"', empty = \"\" }}\n{SOMEBODY}\
         [worker.another]\nscript = \"tests/bad/limiter.js\"\nkv = {{ KV = \"archive\" }}\n\
         [[worker.another.request]]\npath = \"/\"\nrate = \"1/s\"\n"
    )
    .replace("$A", "\"$A\"");
    let scenario = scenario(&text);
    assert_eq!(scenario.namespaces, ["main", "archive", "carts", "users"]);
    let names: Vec<&str> = scenario.workers.iter().map(|w| w.name.as_str()).collect();
    assert_eq!(names, ["another", "limiter"]);
    assert_eq!(scenario.workers[0].bindings, [("KV".to_owned(), 1)]);
    let limiter = &scenario.workers[1];
    let bindings = ["B", "$A", "C", "_"].map(str::to_owned);
    let bindings: Vec<_> = bindings.into_iter().zip([3, 0, 2, 3]).collect();
    assert_eq!(limiter.bindings, bindings);
    let variables = owned(&[("LIMIT", "100"), ("quoted", "\""), ("empty", "")]);
    assert_eq!(limiter.variables, variables);
    // A Worker may do without either; and a text of the default binding's name leaves that out.
    assert_eq!(worker("kv = {}\nvars = {}\n").bindings, []);
    assert_eq!(worker("vars = { KV = \"x\" }\n").bindings, []);
}

#[test]
fn hosts_are_in_lower_case() {
    let url = |settings: &str| worker(settings).requests[0].request.url.clone();
    let one = |url: &str| text(&[literal(url)]);
    assert_eq!(
        url("host = \"API.example.com:8080\"\n"),
        one("https://api.example.com:8080/")
    );
    let text = "[worker.My_Limiter]\nscript = \"tests/bad/limiter.js\"\n\
                [[worker.My_Limiter.request]]\npath = \"/x\"\ntime = \"0s\"\n";
    let request = &scenario(text).workers[0].requests[0].request;
    assert_eq!(request.url, one("https://my_limiter.example.com/x"));
}

#[test]
fn requests_come_at_a_rate_or_at_an_instant() {
    let at_syd = source("path = \"/\"\nat = [\"SYD\"]\nrate = \"90/m\"\narrivals = \"periodic\"\n");
    let arrivals = Arrivals::Periodic;
    assert_eq!(
        at_syd.start,
        RequestStart::Arriving {
            per_s: 1.5,
            arrivals
        }
    );
    assert_eq!(at_syd.at.len(), 1);
    let split = source("path = \"/\"\nrate = \"8/s\"\nsplit = { SYD = 3, LHR = 1 }\n");
    let weights: Vec<(usize, f64)> = split.at.iter().map(|s| (s.pop, s.weight)).collect();
    assert_eq!(weights, [(1, 0.75), (0, 0.25)]);
    let even = source("path = \"/\"\nrate = \"8/s\"\nsplit = \"even\"\n");
    assert_eq!(even.at[2].weight, 1.0 / 3.0);
    let once = source("path = \"/\"\ntime = \"5m\"\nat = [\"LHR\", \"SYD\"]\n");
    assert_eq!(once.start, RequestStart::At(Time((SECOND * 300).0)));
    assert!(once.at.iter().all(|site| site.weight == 1.0));
}

#[test]
fn texts_of_requests_hold_placeholders() {
    let client = TextPart::Placeholder(Placeholder::Client);
    let pop = TextPart::Placeholder(Placeholder::Pop);
    let rank = |count, exponent| TextPart::Placeholder(Placeholder::Rank { count, exponent });
    let asked = source(
        r#"method = "POST"
path = "/api/{uniform of 100}/{client}?at={pop}"
headers = { authorization = "Bearer {client}{client}", "x.y" = "{{client} } {}" }
body = '{"id": "{zipf 0.9 of 50}", "n": {{"a": 1}}, "{{b}": {"c": "ü{pop}"}}'
rate = "1/s"
"#,
    )
    .request;
    assert_eq!(asked.method, "POST");
    let url = [
        literal("https://limiter.example.com/api/"),
        rank(100, 0.0),
        literal("/"),
        client.clone(),
        literal("?at="),
        pop.clone(),
    ];
    assert_eq!(asked.url, text(&url));
    let bearer = text(&[literal("Bearer "), client.clone(), client]);
    let braces = text(&[literal("{client} } {}")]);
    let headers = [
        ("authorization".to_owned(), bearer),
        ("x.y".to_owned(), braces),
    ];
    assert_eq!(asked.headers, headers);
    let body = [
        literal("{\"id\": \""),
        rank(50, 0.9),
        literal("\", \"n\": {{\"a\": 1}}, \"{b}\": {\"c\": \"ü"),
        pop,
        literal("\"}}"),
    ];
    assert_eq!(asked.body, text(&body));
}

#[test]
fn every_method_is_taken() {
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let asked = source(&format!(
            "method = \"{method}\"\npath = \"/\"\nrate = \"1/s\"\n"
        ));
        assert_eq!(asked.request.method, method);
    }
}

#[test]
fn clients_ask_workers() {
    let asked = steps(
        "{ request = \"/login?a={client}\" }, \
         { request = \" POST  /login \", worker = \"limiter\", headers = { a = \"b\" }, body = \"user={pop}\" }",
    );
    let mut login = get("https://limiter.example.com/login?a=");
    login
        .url
        .parts
        .push(TextPart::Placeholder(Placeholder::Client));
    let post = RequestPattern {
        method: "POST".to_owned(),
        url: text(&[literal("https://limiter.example.com/login")]),
        headers: vec![("a".to_owned(), text(&[literal("b")]))],
        body: text(&[literal("user="), TextPart::Placeholder(Placeholder::Pop)]),
    };
    let step = |request| Step::Request { worker: 0, request };
    assert_eq!(asked, [step(login), step(post)]);
}

#[test]
fn workers_are_numbered_by_name() {
    let text = "[worker.b]\nscript = \"tests/bad/limiter.js\"\nhost = \"b.test\"\n\
                [worker.a]\nscript = \"tests/bad/limiter.js\"\n\
                [client.browser]\nrate = \"1/s\"\n\
                steps = [{ request = \"/\", worker = \"b\" }, { request = \"/{client}\", worker = \"a\" }]\n";
    let scenario = scenario(text);
    let Step::Request { worker, request } = &scenario.clients[0].steps[0] else {
        panic!("it asks");
    };
    assert_eq!((*worker, request), (1, &get("https://b.test/")));
    assert_eq!(scenario.pops_of_worker(0).len(), 3);
}

#[test]
fn conditions_are_on_the_last_status() {
    let condition = |text: &str| {
        let step =
            format!("{{ request = \"/\" }}, {{ if = \"{text}\", then = [{{ think = \"1s\" }}] }}");
        match steps(&step).remove(1) {
            Step::If {
                condition,
                then,
                otherwise,
            } => (condition, then.len(), otherwise.len()),
            other => panic!("{other:?}"),
        }
    };
    let status = |comparison, bound| Condition::Status { comparison, bound };
    let cases = [
        ("status = 200", Comparison::Equal, 200, 1),
        ("status=0", Comparison::Equal, 0, 1),
        (" status  <  400 ", Comparison::Less, 400, 1),
        ("status <= 299", Comparison::LessOrEqual, 299, 1),
        ("status >= 500", Comparison::GreaterOrEqual, 500, 1),
        ("status > 999", Comparison::Greater, 999, 1),
        ("status != 429", Comparison::Equal, 429, 0),
    ];
    for (text, comparison, bound, then) in cases {
        let expected = (status(comparison, bound), then, 1 - then);
        assert_eq!(condition(text), expected, "{text}");
    }
    // Before anything is got, a status may be asked for all the same.
    steps("{ if = \"status = 0\", then = [{ request = \"/\" }] }");
}

#[test]
fn conditions_are_on_the_last_body() {
    let condition = |text: &str| {
        let steps = steps(&format!(
            "{{ request = \"/\" }}, {{ if = \"{text}\", then = [{{ count = \"seen\" }}] }}"
        ));
        match &steps[1] {
            Step::If {
                condition, then, ..
            } => {
                let count = Step::Count {
                    name: "seen".to_owned(),
                };
                assert_eq!(then, &[count]);
                condition.clone()
            }
            other => panic!("{other:?}"),
        }
    };
    let cases = [
        ("body = 'on'", BodyRelation::Is, "on"),
        ("body != ''", BodyRelation::IsNot, ""),
        ("body contains 'a b'", BodyRelation::Contains, "a b"),
        (" body  lacks '<' ", BodyRelation::Lacks, "<"),
    ];
    for (text, relation, said) in cases {
        let expected = Condition::Body {
            relation,
            text: said.to_owned(),
        };
        assert_eq!(condition(text), expected, "{text}");
    }
}

#[test]
fn clients_count_without_workers_too() {
    let text = "expect = [\"counts.seen of c > 1\"]\n[client.c]\ncount = 1\n\
                steps = [{ get = \"k\" }, { count = \"seen\" }]\n";
    let rule = &scenario(text).expect[0];
    assert_eq!(rule.scope, Scope::Workload(0));
}

#[test]
fn origins_have_addresses_as_fetch_writes_them() {
    let text = format!(
        "{WORKER}{SOMEBODY}\
         [origin.prices]\nurl = \"HTTPS://DB.Example.com:443\"\n\
         [origin.database]\nurl = \"http://db.example.com:8080/a/B?c=\"\nstatus = 503\nremember = true\n\
         latency = {{ exponential = {{ mean = \"80ms\" }} }}\nbody = '{{\"price\": {{client}}}}'\n\
         headers = {{ content-type = \"application/json\", retry-after = \"5\" }}\n"
    );
    let origins = scenario(&text).origins;
    let [database, prices] = &origins[..] else {
        panic!("{origins:?}");
    };
    assert_eq!(prices.url, "https://db.example.com/");
    let latency = Distribution::Constant(Duration::from_millis(50));
    assert_eq!((prices.latency, prices.status), (latency, 200));
    assert_eq!((prices.body.as_str(), prices.remembers), ("", false));
    assert_eq!(prices.headers, []);
    assert_eq!(database.url, "http://db.example.com:8080/a/B?c=");
    let mean = Duration::from_millis(80);
    assert_eq!(database.latency, Distribution::Exponential { mean });
    assert_eq!((database.status, database.remembers), (503, true));
    assert_eq!(database.body, "{\"price\": {client}}");
    let headers = owned(&[("content-type", "application/json"), ("retry-after", "5")]);
    assert_eq!(database.headers, headers);
}

#[test]
fn the_store_holds_values() {
    let text = format!(
        "[[store.value]]\nkey = \"user:{{n}}\"\ncount = 3\nvalue = '{{\"id\": {{n}}}}'\nmetadata = '{{\"v\": {{n}}}}'\n\
         namespace = \"users\"\n[[store.value]]\nkey = \"flags\"\nvalue = \"on\"\n\
         [[store.value]]\nkey = \"flags\"\nvalue = \"{{n}}\"\nnamespace = \"users\"\n\
         {WORKER}kv = {{ USERS = \"users\" }}\n{SOMEBODY}"
    );
    let stored = scenario(&text).stored;
    assert_eq!(
        stored[1],
        StoredValue {
            namespace: 0,
            key: "flags".to_owned(),
            count: None,
            value: "on".to_owned(),
            metadata: None,
        }
    );
    assert_eq!((stored[0].namespace, stored[2].namespace), (1, 1));
    let entries: Vec<_> = stored[0].entries().collect();
    let entry = |n: u32| {
        let metadata = Some(format!("{{\"v\": {n}}}"));
        (format!("user:{n}"), format!("{{\"id\": {n}}}"), metadata)
    };
    assert_eq!(entries, [entry(0), entry(1), entry(2)]);
    let single: Vec<_> = stored[2].entries().collect();
    assert_eq!(single, [("flags".to_owned(), "{n}".to_owned(), None)]);
}

#[test]
fn values_stand_without_workers_too() {
    let text = "[store]\ninitial = \"missing\"\n[[store.value]]\nkey = \"flags\"\nvalue = \"on\"\n\
                [workload.operator]\nwrites = \"1/s\"\nkeys = { one = \"flags\" }\nvalue = \"line\\nline\"\n\
                [client.c]\ncount = 1\nsteps = [{ get = \"flags\" }]\n\
                [[script]]\ntime = \"1m\"\npop = \"LHR\"\nput = \"flags\"\nvalue = \"off\"\n\
                [[script]]\ntime = \"2m\"\npop = \"LHR\"\nput = \"flags\"\n";
    let scenario = scenario(text);
    assert_eq!(scenario.workloads[0].value.as_deref(), Some("line\nline"));
    let values: Vec<_> = scenario
        .script
        .iter()
        .map(|scripted| match &scripted.operation {
            Operation::Put { value, .. } => value.as_deref(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(values, [Some("off"), None]);
    assert_eq!(scenario.namespaces, ["main"]);
}

#[test]
fn the_longest_cache_ttl_is_found_in_the_script() {
    let folder = tempfile::tempdir().expect("a place for files");
    let script = "export default { async fetch(request, env) {\n\
                  await env.KV.get(\"a\", { cacheTtl: 60 * 5 });\n\
                  return new Response(await env.KV.get(\"b\", { \"cacheTtl\": 1_000, type: \"text\" })); } }";
    fs::write(folder.path().join("a.js"), script).expect("the file can be written");
    let path = folder.path().join("a.toml");
    let text = format!("{TOP}[worker.limiter]\nscript = \"a.js\"\n{SOMEBODY}");
    fs::write(&path, &text).expect("the file can be written");
    let found = load(&path, &Overrides::default()).expect("it is right");
    assert_eq!(found.workers[0].longest_cache_ttl, SECOND * 1_000);
    assert_eq!(found.longest_cache_ttl(0), SECOND * 1_000);
    assert!(found.warm_up > SECOND * 1_000);
    let overrides = Overrides {
        set: vec!["worker.limiter.longest-cache-ttl=30s".to_owned()],
        ..Overrides::default()
    };
    let given = load(&path, &overrides).expect("it is right");
    assert_eq!(given.workers[0].longest_cache_ttl, SECOND * 30);
    // What is resolved finds the script from anywhere, and is told the same of it.
    let again = parse(
        "elsewhere/x.toml",
        &found.resolved,
        "a",
        &Overrides::default(),
    );
    assert_eq!(again.expect("it is right"), found);
}

#[test]
fn resolved_scenarios_take_other_paths_of_scripts() {
    let text = format!(
        "{WORKER}{SOMEBODY}[worker.b]\nscript = \"tests/bad/limiter.js\"\nrequest = [{{ path = \"/\", rate = \"1/s\" }}]\n"
    );
    let scenario = scenario(&text);
    let named = scenario.resolved_with_files(|_| String::new(), |index| format!("{index}/x.js"));
    assert!(named.contains("\n[worker.b]\nscript = \"0/x.js\"\n"));
    assert!(named.contains("\n[worker.limiter]\nscript = \"1/x.js\"\n"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).to_string_lossy();
    assert!(scenario.resolved.contains(&*root) && !named.contains(&*root));
}

#[test]
fn scripts_of_more_than_a_mebibyte_are_refused() {
    let folder = tempfile::tempdir().expect("a place for files");
    let script = folder.path().join("large.js");
    let name = script.to_str().expect("the path is text");
    let text = format!("{TOP}[worker.limiter]\nscript = '{name}'\n{SOMEBODY}");
    fs::write(&script, vec![b' '; 1 << 20]).expect("the file can be written");
    read(&text, &Overrides::default());
    fs::write(&script, vec![b' '; (1 << 20) + 1]).expect("the file can be written");
    let message = refusal(&text);
    assert!(
        message.contains("error[S016]: a script has at most 1048576 bytes, and this file has more"),
        "{message}"
    );
}

#[test]
fn rules_and_measures_know_workers() {
    let scenario = scenario(&format!(
        "expect = [\"reads of limiter > 0\"]\n{WORKER}{SOMEBODY}"
    ));
    assert_eq!(scenario.expect[0].scope, Scope::Workload(0));
    assert_eq!(scenario.workload_name(0), "limiter");
    assert!(scenario.has_writes() && scenario.has_readers(2));
}

#[test]
fn arguments_reach_into_workers() {
    let text = format!(
        "[[store.value]]\nkey = \"a\"\nvalue = \"1\"\n{WORKER}vars = {{ LIMIT = \"100\" }}\n{SOMEBODY}\
         [origin.db]\nurl = \"https://db.example.com/\"\n"
    );
    let changed = changed(
        &text,
        &[
            "worker.limiter.longest-cache-ttl=5m",
            "worker.limiter.vars.LIMIT=200",
            "worker.limiter.vars.more=true",
            "worker.limiter.kv.OTHER=other",
            "worker.limiter.request[0].rate=9/s",
            "worker.limiter.request[0].headers.accept=text/html",
            "store.value[0].value=2",
            "origin.db.status=503",
            "origin.db.headers={ retry-after = \"5\" }",
        ],
    );
    let limiter = &changed.workers[0];
    assert_eq!(limiter.longest_cache_ttl, SECOND * 300);
    assert_eq!(
        limiter.variables,
        owned(&[("LIMIT", "200"), ("more", "true")])
    );
    assert_eq!(limiter.bindings, [("OTHER".to_owned(), 1)]);
    let request = &limiter.requests[0];
    assert!(matches!(
        request.start,
        RequestStart::Arriving { per_s: 9.0, .. }
    ));
    assert_eq!(request.request.headers[0].1, text_of("text/html"));
    assert_eq!(changed.stored[0].value, "2");
    let origin = &changed.origins[0];
    assert_eq!((origin.status, origin.headers.len()), (503, 1));
}

fn text_of(value: &str) -> TextPattern {
    text(&[literal(value)])
}

#[test]
fn hints_say_what_workers_make_approximate() {
    let hinted = |text: &str, part: &str| {
        let hints = scenario(text).hints;
        hints.iter().any(|hint| hint.contains(part))
    };
    let cold = "because what Workers read is not drawn: set `warm-up = \"3m\"`";
    assert!(hinted(&format!("{WORKER}{SOMEBODY}"), cold));
    assert!(!hinted(
        &format!("warm-up = \"3m\"\n{WORKER}{SOMEBODY}"),
        cold
    ));
    let once = "[[worker.limiter.request]]\npath = \"/\"\ntime = \"1m\"\n";
    assert!(!hinted(&format!("{WORKER}{once}"), "approximate"));
    let client =
        "[client.c]\ncount = 1\nthink = \"1s\"\nsteps = [{ get = \"k\" }, { request = \"/\" }]\n";
    let both = "because what clients and Workers read is not drawn";
    assert!(hinted(&format!("{WORKER}{client}"), both));
    let unnamed = "[[store.value]]\nkey = \"flag\"\nvalue = \"on\"\n\
                   [workload.w]\nreads = \"1/s\"\nkeys = { one = \"flags\" }\n";
    let misspelt = "The store is given `flag`, but nobody names it";
    assert!(hinted(unnamed, misspelt));
    assert!(!hinted(&format!("{unnamed}{WORKER}{SOMEBODY}"), misspelt));
}

#[test]
fn without_the_published_limits_more_is_taken() {
    let lifted = "[limits]\nenforce = false\n";
    let limiter = worker(&format!("longest-cache-ttl = \"1s\"\n{lifted}"));
    assert_eq!(limiter.longest_cache_ttl, SECOND);
    let text = format!(
        "{lifted}[[store.value]]\nkey = \"{}\"\nvalue = \"\"\nmetadata = \"no JSON\"\n{WORKER}{SOMEBODY}",
        "k".repeat(600)
    );
    assert_eq!(
        scenario(&text).stored[0].metadata.as_deref(),
        Some("no JSON")
    );
}
