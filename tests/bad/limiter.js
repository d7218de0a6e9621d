// Lets a client through so many times.
export default {
  async fetch(request, env) {
    const count = Number(await env.KV.get("count", { cacheTtl: 60 })) + 1;
    await env.KV.put("count", String(count));
    return new Response(count > Number(env.LIMIT) ? "no" : "yes");
  },
};
