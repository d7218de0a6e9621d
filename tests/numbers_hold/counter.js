// Adds one to a counter, some time after it has read it.
export default {
  async fetch(request, env) {
    const count = Number((await env.KV.get("counter", { cacheTtl: Number(env.CACHE_TTL) })) ?? 0);
    await new Promise((resolve) => setTimeout(resolve, Number(env.PAUSE_MS)));
    await env.KV.put("counter", String(count + 1));
    return new Response("");
  },
};
