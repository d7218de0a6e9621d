// The same cache, which remembers what it has just loaded: for the minute in which its city may still be told that
// the key is missing, visits get the answer from memory, and those who come while it is loaded wait for it together.
// Writing is left to the time after the response, and a write that is refused matters to nobody. The price: memory
// for what was loaded, and answers that are up to a minute older.

const loading = new Map();

async function cached(env, ctx, key, ttl, load) {
  const near = loading.get(key);
  if (near !== undefined && Date.now() < near.until) return near.answer;
  const hit = await env.KV.get(key);
  if (hit !== null) return hit;
  const other = loading.get(key);
  if (other !== undefined && Date.now() < other.until) return other.answer;
  const answer = load();
  loading.set(key, { answer, until: Date.now() + 60_000 });
  const fresh = await answer;
  ctx.waitUntil(env.KV.put(key, fresh, { expirationTtl: ttl }).catch(() => {}));
  return fresh;
}

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    const body = await cached(env, ctx, `cache:${pathname}`, 300, async () => {
      const response = await fetch(`https://shop.example.com${pathname}`);
      return response.text();
    });
    return new Response(body, { headers: { "content-type": "application/json" } });
  },
};
