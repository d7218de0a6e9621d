//! Workers as people write them run unchanged: a rate limiter, sessions, a cache in front of a value.

use crate::host::*;
use kvlag::units::Time;
use kvlag::worker::Request;

const RATE_LIMITER: &str = "
const WINDOW_SECONDS = 60;
const MAX_REQUESTS = 3;

async function checkRateLimit(env, identifier) {
  const window = Math.floor(Date.now() / 1000 / WINDOW_SECONDS);
  const key = `rate:${identifier}:${window}`;
  const current = parseInt((await env.KV.get(key)) || '0', 10);
  if (current >= MAX_REQUESTS) {
    return { allowed: false, remaining: 0 };
  }
  await env.KV.put(key, (current + 1).toString(), { expirationTtl: WINDOW_SECONDS * 2 });
  return { allowed: true, remaining: MAX_REQUESTS - current - 1 };
}

export default {
  async fetch(request, env, ctx) {
    const ip = request.headers.get('CF-Connecting-IP') || 'unknown';
    const { allowed, remaining } = await checkRateLimit(env, ip);
    if (!allowed) {
      return new Response('Rate limit exceeded', { status: 429, headers: { 'Retry-After': String(WINDOW_SECONDS) } });
    }
    return new Response('OK', { headers: { 'X-RateLimit-Remaining': remaining.toString() } });
  },
};";

#[test]
fn a_rate_limiter_of_fixed_windows() {
    let mut host = Host::new(RATE_LIMITER);
    let headers = [("cf-connecting-ip", "203.0.113.7")];
    let request = Request {
        headers: &headers,
        ..get(ENV)
    };
    let status = |host: &mut Host| {
        let number = host.request(&request);
        host.response(number).status
    };
    let first: Vec<u16> = (0..5).map(|_| status(&mut host)).collect();
    assert_eq!(first, [200, 200, 200, 429, 429]);
    host.now = Time(60_000_000_000);
    assert_eq!(status(&mut host), 200);
    assert_eq!(host.response(4).header("retry-after"), Some("60"));
    assert_eq!(host.response(1).header("x-ratelimit-remaining"), Some("2"));
}

const SESSIONS: &str = "
const SESSION_TTL = 86400;

class SessionManager {
  constructor(kv) { this.kv = kv; }
  async create(userId, data = {}) {
    const sessionId = crypto.randomUUID();
    const session = { userId, createdAt: Date.now(), ...data };
    await this.kv.put(`session:${sessionId}`, JSON.stringify(session), { expirationTtl: SESSION_TTL, metadata: { userId } });
    return sessionId;
  }
  async get(sessionId) { return this.kv.get(`session:${sessionId}`, 'json'); }
  async refresh(sessionId) {
    const session = await this.get(sessionId);
    if (!session) return null;
    session.lastSeen = Date.now();
    await this.kv.put(`session:${sessionId}`, JSON.stringify(session), { expirationTtl: SESSION_TTL });
    return session;
  }
  async destroy(sessionId) { await this.kv.delete(`session:${sessionId}`); }
}

function cookie(request, name) {
  const header = request.headers.get('Cookie') ?? '';
  return Object.fromEntries(header.split(';').map((c) => c.trim().split('=')))[name];
}

export default {
  async fetch(request, env) {
    const sessions = new SessionManager(env.KV);
    const { pathname } = new URL(request.url);
    if (pathname === '/login' && request.method === 'POST') {
      const { user } = await request.json();
      const id = await sessions.create(user);
      return new Response('welcome', { headers: { 'Set-Cookie': `sid=${id}; HttpOnly; Secure; Max-Age=${SESSION_TTL}` } });
    }
    const id = cookie(request, 'sid');
    if (!id) return new Response('who are you?', { status: 401 });
    if (pathname === '/logout') { await sessions.destroy(id); return new Response('bye'); }
    const session = await sessions.refresh(id);
    return session ? Response.json(session) : new Response('expired', { status: 401 });
  },
};";

#[test]
fn sessions_that_slide() {
    let mut host = Host::new(SESSIONS);
    let login = Request {
        method: "POST",
        url: "https://example.com/login",
        headers: &[("content-type", "application/json")],
        body: br#"{"user":"u1"}"#,
    };
    let number = host.request(&login);
    let response = host.response(number);
    let cookie = response
        .header("set-cookie")
        .expect("there is a cookie")
        .split(';')
        .next()
        .expect("a part")
        .to_owned();
    let headers = [("Cookie", cookie.as_str())];
    let at = |url| Request {
        headers: &headers,
        ..get(url)
    };
    host.now = Time(1_000_000_000);
    let number = host.request(&at("https://example.com/me"));
    let body = String::from_utf8(host.response(number).body).expect("text");
    assert_eq!(
        body,
        r#"{"userId":"u1","createdAt":1767225600000,"lastSeen":1767225601000}"#
    );
    host.request(&at("https://example.com/logout"));
    let number = host.request(&at("https://example.com/me"));
    assert_eq!(host.response(number).status, 401);
    assert_eq!(host.get(ENV).status, 401);
}

const WITH_CACHE: &str = "
async function withCache(kv, key, fetcher, ttl = 300) {
  const cached = await kv.get(key, { type: 'json', cacheTtl: 60 });
  if (cached !== null) return cached;
  const fresh = await fetcher();
  await kv.put(key, JSON.stringify(fresh), { expirationTtl: ttl });
  return fresh;
}

export default {
  async fetch(request, env, ctx) {
    const id = new URL(request.url).searchParams.get('id');
    try {
      const product = await withCache(env.KV, `cache:product:${id}`, async () => {
        const response = await fetch(`https://origin.example/products/${id}`);
        if (!response.ok) throw new Error(`origin said ${response.status}`);
        return response.json();
      });
      ctx.waitUntil(env.OTHER.put(`seen:${id}`, String(Date.now())));
      return Response.json(product);
    } catch (error) {
      console.error(error.message);
      return new Response(error.message, { status: 502 });
    }
  },
};";

#[test]
fn a_cache_in_front_of_an_origin() {
    let mut host = Host::new(WITH_CACHE);
    host.origin = |request| match request.url.as_str() {
        "https://origin.example/products/7" => (
            200,
            vec![("content-type", "application/json")],
            br#"{"name":"seven"}"#.to_vec(),
        ),
        _ => (404, Vec::new(), Vec::new()),
    };
    let first = host.get("https://example.com/?id=7");
    let asked = |host: &Host| {
        host.log
            .iter()
            .filter(|effect| format!("{effect:?}").contains("Fetch("))
            .count()
    };
    assert_eq!(
        (first.body.as_slice(), asked(&host)),
        (&br#"{"name":"seven"}"#[..], 1)
    );
    let number = host.request(&get("https://example.com/?id=7"));
    assert_eq!((host.response(number).body, asked(&host)), (first.body, 1));
    let number = host.request(&get("https://example.com/?id=8"));
    assert_eq!(
        (host.response(number).status, host.console()),
        (502, vec!["origin said 404".to_owned()])
    );
    assert!(host.store.contains_key(&(1, "seen:7".to_owned())));
}

const FLAGS: &str = "
const DEFAULTS = { checkout: false, banner: true };
let memory = { at: 0, flags: null };

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (request.method === 'PUT') {
      const merged = { ...DEFAULTS, ...(await env.KV.get('flags', 'json')), ...(await request.json()) };
      await env.KV.put('flags', JSON.stringify(merged));
      memory.at = 0;
      return new Response(null, { status: 204 });
    }
    if (!memory.flags || Date.now() - memory.at > 10_000) {
      memory = { at: Date.now(), flags: { ...DEFAULTS, ...(await env.KV.get('flags', 'json')) } };
    }
    return Response.json(memory.flags, { headers: { 'cache-control': 'no-store' } });
  },
};";

#[test]
fn flags_that_an_isolate_keeps_in_memory() {
    let mut host = Host::new(FLAGS);
    assert_eq!(host.text(), r#"{"checkout":false,"banner":true}"#);
    host.put("flags", r#"{"checkout":true}"#);
    let later = |host: &mut Host| {
        let number = host.request(&get(ENV));
        String::from_utf8(host.response(number).body).expect("text")
    };
    assert_eq!(later(&mut host), r#"{"checkout":false,"banner":true}"#);
    host.now = Time(10_001_000_000);
    assert_eq!(later(&mut host), r#"{"checkout":true,"banner":true}"#);
    let change = Request {
        method: "PUT",
        body: br#"{"banner":false}"#,
        ..get(ENV)
    };
    let number = host.request(&change);
    assert_eq!(host.response(number).status, 204);
    assert_eq!(later(&mut host), r#"{"checkout":true,"banner":false}"#);
}
