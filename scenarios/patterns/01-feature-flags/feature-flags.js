// Feature flags with a helper that caches anything. Nobody has set flags yet: then the defaults hold.

const DEFAULTS = { checkout: "old" };

async function withCache(env, key, ttl, load) {
  const cached = await env.KV.get(key, "json");
  if (cached !== null) return cached;
  const value = await load();
  await env.KV.put(key, JSON.stringify(value), { expirationTtl: ttl }).catch(() => {});
  return value;
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/admin/flags") {
      await env.KV.put("feature-flags", await request.text());
      await env.KV.delete("feature-flags:cache");
      return new Response("Saved");
    }
    const flags = await withCache(env, "feature-flags", 60, async () => DEFAULTS);
    return new Response(`checkout: ${flags.checkout}`);
  },
};
