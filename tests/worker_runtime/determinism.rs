//! The same inputs give the same effects, byte for byte.

use crate::host::*;
use kvlag::units::Time;
use kvlag::worker::Effect;

const SCRIPT: &str = "let seen = 0;
export default { async fetch(request, env, ctx) {
  seen++;
  const id = crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  await env.KV.put(`session:${id}`, JSON.stringify({ seen, at: Date.now(), chance: Math.random(), bytes: [...bytes] }));
  const key = (Math.random() * 10) | 0;
  setTimeout(() => console.log('later', Math.random()), Math.random() * 100);
  await new Promise((resolve) => setTimeout(resolve, 200));
  if (seen === 3) for (;;) {}
  return Response.json({ id, key, previous: await env.KV.get(String(key)) });
} }";

fn log(seed: u64) -> Vec<Effect> {
    let mut environment = environment();
    environment.limits.cpu_steps = 10;
    let mut host = Host::with(SCRIPT, &environment, seed);
    for request in 0..6 {
        host.now = Time(host.now.0 + request * 1_500_000);
        host.request(&get(ENV));
    }
    host.log
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let first = log(7);
    assert_eq!(first, log(7));
    assert!(
        first.contains(&Effect::Restarted),
        "the run has a restart in it"
    );
}

#[test]
fn another_seed_gives_others() {
    assert_ne!(log(7), log(8));
}

#[test]
fn random_values_are_spread() {
    let body = "const draws = Array.from({ length: 1000 }, Math.random);
        const mean = draws.reduce((a, b) => a + b) / 1000;
        return Response.json([draws.every((x) => x >= 0 && x < 1), Math.abs(mean - 0.5) < 0.05, new Set(draws).size])";
    assert_eq!(text_of(body), "[true,true,1000]");
}

#[test]
fn an_isolate_started_anew_draws_on() {
    // It must not draw the same names again: sessions would collide.
    let mut environment = environment();
    environment.limits.cpu_steps = 10;
    let body =
        "if (request.url.endsWith('/spin')) for (;;) {} return new Response(crypto.randomUUID())";
    let mut host = Host::with(&module(body), &environment, 1);
    let first = host.text();
    host.request(&get("https://a.example/spin"));
    assert_ne!(first, host.text());
}

#[test]
fn a_uuid_is_of_version_4() {
    let uuid = text_of("return new Response(crypto.randomUUID())");
    let pattern: Vec<bool> = uuid.bytes().map(|byte| byte == b'-').collect();
    assert_eq!(uuid.len(), 36);
    assert!([8, 13, 18, 23].iter().all(|at| pattern[*at]), "{uuid}");
    assert_eq!(&uuid[14..15], "4");
    assert!("89ab".contains(&uuid[19..20]), "{uuid}");
}
