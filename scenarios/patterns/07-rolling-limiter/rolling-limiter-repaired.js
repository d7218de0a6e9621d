// The same limiter with windows that end: a counter knows when its minute began, and a call after that begins a new
// one, whatever KV still holds. The counter is kept no longer than its window. A key takes one write a second, so
// calls that come faster than that cannot all be counted: they are refused, instead of failing. Calls from other cities
// are still not counted.

const LIMIT = 100;
const WINDOW_S = 60;

export default {
  async fetch(request, env) {
    const ip = request.headers.get("cf-connecting-ip");
    const key = `ratelimit:${ip}`;
    const now = Date.now();
    let window = await env.KV.get(key, "json");
    if (window === null || now - window.start >= WINDOW_S * 1000) window = { start: now, count: 0 };
    if (window.count >= LIMIT) {
      return new Response("Slow down", { status: 429, headers: { "retry-after": String(WINDOW_S) } });
    }
    window.count++;
    try {
      await env.KV.put(key, JSON.stringify(window), { expirationTtl: 2 * WINDOW_S });
    } catch {
      return new Response("Slow down", { status: 429, headers: { "retry-after": "1" } });
    }
    return new Response("OK");
  },
};
