//! How many requests a second a Worker takes on one core: `cargo bench --bench worker`, or one row of it:
//! `cargo bench --bench worker -- limiter`.
//!
//! First the engine alone, without anything of the platform, so that figures of different machines can be compared
//! as ratios to it. Then an isolate is driven by a host that answers each operation at once from memory: what is
//! measured is the runtime, with no simulated store behind it. Then the same script runs in whole scenarios of ten
//! PoPs, with every metric on. The best of a few repetitions.

use kvlag::experiment::{self, Options};
use kvlag::scenario::{self, Overrides};
use kvlag::sim::program::Program;
use kvlag::sim::random::Seed;
use kvlag::units::Time;
use kvlag::worker::{Answer, Effect, Entry, Environment, Isolate, Kind, KvCall, Request, Script};
use rquickjs::{Context, Ctx, Function, Module, Object, Persistent, Promise, Runtime};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

const REPETITIONS: usize = 5;
const REQUESTS: u64 = 50_000;

/// The least that is asked of the runtime.
const GET_AND_PUT: &str = "export default {
  async fetch(request, env) {
    const value = await env.KV.get('counter');
    await env.KV.put('counter', String(Number(value) + 1));
    return new Response('ok');
  },
};";

/// A limiter of fixed windows, as people write it.
const RATE_LIMITER: &str = "const LIMIT = 1e9;
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const client = request.headers.get('cf-connecting-ip') ?? 'unknown';
    const window = Math.floor(Date.now() / 60000);
    const key = `rate:${client}:${url.pathname}:${window}`;
    const count = parseInt((await env.KV.get(key)) ?? '0', 10);
    if (count >= LIMIT) {
      return new Response('Too many requests', { status: 429, headers: { 'retry-after': '60' } });
    }
    await env.KV.put(key, String(count + 1), { expirationTtl: 120 });
    return Response.json({ ok: true, remaining: LIMIT - count - 1 }, { headers: { 'x-remaining': String(LIMIT - count) } });
  },
};";

/// A cart: JSON in, JSON out, JSON stored.
const JSON_HEAVY: &str = "export default {
  async fetch(request, env) {
    const order = await request.json();
    const cart = (await env.KV.get('cart', 'json')) ?? { items: [] };
    cart.items = cart.items.slice(-19);
    cart.items.push({ id: order.id, name: order.name, price: order.price, tags: order.tags });
    cart.total = cart.items.reduce((sum, item) => sum + item.price, 0);
    await env.KV.put('cart', JSON.stringify(cart));
    return Response.json(cart);
  },
};";

fn main() {
    println!("requests a second on one core, the best of {REPETITIONS} repetitions\n");
    let plain = Request {
        method: "GET",
        url: "https://example.com/api/items?page=2",
        headers: &[("cf-connecting-ip", "203.0.113.7"), ("accept", "*/*")],
        body: b"",
    };
    let order = Request {
        method: "POST",
        body: br#"{"id":17,"name":"a thing of beauty","price":12.5,"tags":["red","large","new"]}"#,
        ..plain
    };
    println!("{:30} {:>10.0}", "the engine alone", bare());
    row("one get, one put", GET_AND_PUT, &plain);
    row("rate limiter", RATE_LIMITER, &plain);
    row("cart of twenty items in JSON", JSON_HEAVY, &order);
    println!("\nan isolate starts in {:.2} ms", start() * 1e3);
    println!("\nin a scenario of ten PoPs, on one thread\n");
    simulated("one get, one put", GET_AND_PUT, 100);
    simulated("rate limiter", RATE_LIMITER, 50);
    simulated("cart of twenty items in JSON", JSON_HEAVY, 10);
}

/// A scenario in which each PoP gets so many requests a second for five minutes. Requests go on, uncounted, until all
/// writes are seen everywhere, for up to a minute more; that is part of the time.
fn simulated(what: &str, source: &str, per_s: u32) {
    if !is_wanted(what) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("bench.toml");
    std::fs::write(folder.path().join("bench.js"), source).expect("it can be written");
    let text = format!(
        "duration = \"300s\"\nwarm-up = \"0s\"\n\
         pops = [\"LHR\", \"IAD\", \"SYD\", \"NRT\", \"GRU\", \"FRA\", \"JNB\", \"SIN\", \"LAX\", \"BOM\"]\n\
         [store]\nwrite-limit = \"none\"\n[worker.bench]\nscript = \"bench.js\"\n\
         [[worker.bench.request]]\nmethod = \"POST\"\npath = \"/api/items?page=2\"\nrate = \"{per_s}/s\"\n\
         headers = {{ cf-connecting-ip = \"203.0.113.{{uniform of 100}}\" }}\n\
         body = '{{\"id\":17,\"name\":\"a thing of beauty\",\"price\":12.5,\"tags\":[\"red\",\"large\",\"new\"]}}'\n"
    );
    std::fs::write(&file, text).expect("it can be written");
    let (mut best, mut requests) = (f64::INFINITY, 0);
    for _ in 0..3 {
        let scenario = scenario::load(&file, &Overrides::default());
        let scenario = scenario.unwrap_or_else(|error| panic!("{}", error.render(false)));
        let options = Options {
            threads: 1,
            record_reads: false,
            progress: &|_| {},
        };
        let started = Instant::now();
        let results = experiment::run(scenario, &options);
        best = best.min(started.elapsed().as_secs_f64());
        let results = results.unwrap_or_else(|error| panic!("{error}"));
        requests = results.pooled.total().tally.requests;
    }
    println!("{what:30} {:>10.0}", requests as f64 / best);
}

/// Whether the command line asks for this row, or for all.
fn is_wanted(what: &str) -> bool {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.find(|argument| !argument.starts_with('-'));
    wanted.is_none_or(|wanted| what.contains(&wanted))
}

fn environment() -> Environment {
    Environment {
        namespaces: vec![("KV".to_owned(), 0)],
        ..Environment::default()
    }
}

fn row(what: &str, source: &str, request: &Request<'_>) {
    if !is_wanted(what) {
        return;
    }
    let script = Script::load("bench.js", source).expect("the script is one");
    let mut best = f64::INFINITY;
    for _ in 0..REPETITIONS {
        let mut isolate =
            Isolate::new(&script, &environment(), Seed::of_run(1)).expect("it starts");
        let started = Instant::now();
        drive(&mut isolate, request);
        best = best.min(started.elapsed().as_secs_f64());
    }
    println!("{what:30} {:>10.0}", REQUESTS as f64 / best);
}

/// The script of one get and one put on the bare engine: `get` and `put` are native functions that give promises,
/// there are no classes, no limits and no errors, and requests and responses are plain objects.
fn bare() -> f64 {
    let runtime = Runtime::new().expect("an engine");
    let context = Context::full(&runtime).expect("an engine");
    let pending: Rc<RefCell<Vec<Pending>>> = Rc::default();
    let (handler, env) = context.with(|ctx| {
        let module = Module::declare(ctx.clone(), "bare.js", GET_AND_PUT).expect("a script");
        let (module, evaluated) = module.eval().expect("it runs");
        evaluated.finish::<()>().expect("it runs");
        let handler: Object = module.get("default").expect("it exports");
        let handler: Function = handler.get("fetch").expect("it has a handler");
        let response = "globalThis.Response = function (body) { return { status: 200, body } }";
        ctx.eval::<(), _>(response).expect("it runs");
        let env = bare_env(&ctx, &pending).expect("there is memory");
        (Persistent::save(&ctx, handler), Persistent::save(&ctx, env))
    });
    let mut best = f64::INFINITY;
    for _ in 0..REPETITIONS {
        let started = Instant::now();
        for _ in 0..REQUESTS {
            let promise = context.with(|ctx| {
                let request = Object::new(ctx.clone())?;
                request.set("method", "GET")?;
                request.set("url", "https://example.com/api/items?page=2")?;
                let handler = handler.clone().restore(&ctx)?;
                let promise: Promise = handler.call((request, env.clone().restore(&ctx)?))?;
                rquickjs::Result::Ok(Persistent::save(&ctx, promise))
            });
            loop {
                while runtime.execute_pending_job().expect("nothing throws") {}
                let Some((resolve, value)) = pending.borrow_mut().pop() else {
                    break;
                };
                let called = context.with(|ctx| resolve.restore(&ctx)?.call::<_, ()>((value,)));
                called.expect("it is a function");
            }
            context.with(|ctx| {
                let promise = promise.and_then(|promise| promise.restore(&ctx));
                let response: Object = promise.and_then(|promise| promise.finish()).expect("done");
                let status: u16 = response.get("status").expect("it has a status");
                assert_eq!(status, 200);
            });
        }
        best = best.min(started.elapsed().as_secs_f64());
    }
    drop((handler, env));
    REQUESTS as f64 / best
}

/// A promise's resolving function, and what it is to be given.
type Pending = (Persistent<Function<'static>>, Option<String>);

/// `{ KV: { get, put } }`.
fn bare_env<'js>(
    ctx: &Ctx<'js>,
    pending: &Rc<RefCell<Vec<Pending>>>,
) -> rquickjs::Result<Object<'js>> {
    let store: Rc<RefCell<BTreeMap<String, String>>> = Rc::default();
    let kv = Object::new(ctx.clone())?;
    let (waiting, stored) = (pending.clone(), store.clone());
    let get = move |ctx: Ctx<'js>, key: String| {
        let (promise, resolve, _) = ctx.promise()?;
        let value = stored.borrow().get(&key).cloned();
        let resolve = Persistent::save(&ctx, resolve);
        waiting.borrow_mut().push((resolve, value));
        rquickjs::Result::Ok(promise)
    };
    kv.set("get", Function::new(ctx.clone(), get)?)?;
    let waiting = pending.clone();
    let put = move |ctx: Ctx<'js>, key: String, value: String| {
        let (promise, resolve, _) = ctx.promise()?;
        store.borrow_mut().insert(key, value);
        let resolve = Persistent::save(&ctx, resolve);
        waiting.borrow_mut().push((resolve, None));
        rquickjs::Result::Ok(promise)
    };
    kv.set("put", Function::new(ctx.clone(), put)?)?;
    let env = Object::new(ctx.clone())?;
    env.set("KV", kv)?;
    Ok(env)
}

fn start() -> f64 {
    let script = Script::load("bench.js", RATE_LIMITER).expect("the script is one");
    let mut best = f64::INFINITY;
    for _ in 0..100 {
        let started = Instant::now();
        let isolate = Isolate::new(&script, &environment(), Seed::of_run(1)).expect("it starts");
        best = best.min(started.elapsed().as_secs_f64());
        drop(isolate);
    }
    best
}

/// Sends the requests one after the other, a millisecond apart.
fn drive(isolate: &mut Isolate, request: &Request<'_>) {
    let mut store: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut effects = Vec::new();
    let mut ended = 0;
    for number in 0..REQUESTS {
        let now = Time(number as i64 * 1_000_000);
        isolate.start_request(now, number, request, &mut effects);
        while let Some(effect) = effects.pop() {
            match effect {
                Effect::Operation(operation) => {
                    let Kind::Kv { call, .. } = operation.kind else {
                        unreachable!("the scripts ask for nothing else");
                    };
                    answer(
                        isolate,
                        &mut store,
                        now,
                        operation.number,
                        call,
                        &mut effects,
                    );
                }
                Effect::Ended { .. } => ended += 1,
                Effect::Responded { response, .. } => assert_eq!(response.status, 200),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(ended, REQUESTS);
}

fn answer(
    isolate: &mut Isolate,
    store: &mut BTreeMap<String, Vec<u8>>,
    now: Time,
    number: u64,
    call: KvCall,
    effects: &mut Vec<Effect>,
) {
    match call {
        KvCall::Get { key, .. } => {
            let entry = store.get(&key).map(|value| Entry {
                value,
                metadata: None,
            });
            let answer = Answer::Value {
                entry,
                cache_status: None,
            };
            isolate.operation_answered(now, number, &answer, effects);
        }
        KvCall::Put { key, value, .. } => {
            store.insert(key, value);
            isolate.operation_answered(now, number, &Answer::Done, effects);
        }
        other => panic!("{other:?}"),
    }
}
