// A limiter whose window rolls: a hundred calls, and then a minute of rest. The counter lives for a minute after each
// call.

const LIMIT = 100;
const WINDOW_S = 60;

export default {
  async fetch(request, env) {
    const ip = request.headers.get("cf-connecting-ip");
    const key = `ratelimit:${ip}`;
    const count = parseInt((await env.KV.get(key)) ?? "0", 10);
    if (count >= LIMIT) {
      return new Response("Slow down", { status: 429, headers: { "retry-after": String(WINDOW_S) } });
    }
    await env.KV.put(key, String(count + 1), { expirationTtl: WINDOW_S });
    return new Response("OK");
  },
};
