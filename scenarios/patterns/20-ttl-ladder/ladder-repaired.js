// A chat that keeps things in KV, repaired. The key of somebody who is online outlives what it says, and the time in
// its metadata says whether that is still so: for 150 s, which is a minute to the next beat, a minute of a copy, and
// some time for the way. Whoever leaves is shown as online for that long, instead of a minute. What was loaded is
// given out at once; if the store refuses it, another city has just stored the same.

const TTL = { online: 300, weather: 300, settings: 86400 };
const ONLINE_FOR = 150_000;
const API = "https://api.example.com/";

async function remember(env, ctx, key, ttl, load) {
  const kept = await env.KV.get(key, "json");
  if (kept) return kept;
  const loaded = await load();
  const stored = env.KV.put(key, JSON.stringify(loaded), { expirationTtl: ttl });
  ctx.waitUntil(stored.catch((error) => console.warn(`${key}: ${error.message}`)));
  return loaded;
}

async function beat(env, user) {
  await env.KV.put(`online:${user}`, "1", { expirationTtl: TTL.online, metadata: { at: Date.now() } });
  return new Response(null, { status: 204 });
}

async function whoIsOnline(env, users) {
  const found = await Promise.all(users.map((user) => env.KV.getWithMetadata(`online:${user}`)));
  const isOnline = ({ metadata }) => metadata !== null && Date.now() - metadata.at < ONLINE_FOR;
  return Response.json(users.map((user, i) => ({ user, status: isOnline(found[i]) ? "online" : "offline" })));
}

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    const load = async () => (await fetch(API + pathname.slice(1))).json();
    switch (pathname) {
      case "/beat":
        return beat(env, request.headers.get("x-user"));
      case "/online":
        return whoIsOnline(env, searchParams.get("users").split(","));
      case "/weather":
        return Response.json(await remember(env, ctx, "api:weather", TTL.weather, load));
      case "/settings":
        return Response.json(await remember(env, ctx, "config:settings", TTL.settings, load));
      default:
        return new Response("not found", { status: 404 });
    }
  },
};
