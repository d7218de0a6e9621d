// A limiter of fixed windows of a minute, each PoP on its own.
export default {
  async fetch(request, env) {
    const key = `rate:${request.cf.colo}:${Math.floor(Date.now() / 60000)}`;
    const count = Number((await env.KV.get(key)) ?? 0);
    if (count >= Number(env.LIMIT)) return new Response("", { status: 429 });
    await env.KV.put(key, String(count + 1), { expirationTtl: 120 });
    return new Response("");
  },
};
