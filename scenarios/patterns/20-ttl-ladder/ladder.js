// A chat keeps things in KV for as long as they are good: who is online for a minute, answers of the weather service
// for five, settings for a day. Each open chat says every minute that it is there.

const TTL = { online: 60, weather: 300, settings: 86400 };
const API = "https://api.example.com/";

async function remember(env, key, ttl, load) {
  const kept = await env.KV.get(key, "json");
  if (kept) return kept;
  const loaded = await load();
  await env.KV.put(key, JSON.stringify(loaded), { expirationTtl: ttl });
  return loaded;
}

async function beat(env, user) {
  await env.KV.put(`online:${user}`, "1", { expirationTtl: TTL.online });
  return new Response(null, { status: 204 });
}

async function whoIsOnline(env, users) {
  const found = await Promise.all(users.map((user) => env.KV.get(`online:${user}`)));
  return Response.json(users.map((user, i) => ({ user, status: found[i] === null ? "offline" : "online" })));
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const load = async () => (await fetch(API + pathname.slice(1))).json();
    switch (pathname) {
      case "/beat":
        return beat(env, request.headers.get("x-user"));
      case "/online":
        return whoIsOnline(env, searchParams.get("users").split(","));
      case "/weather":
        return Response.json(await remember(env, "api:weather", TTL.weather, load));
      case "/settings":
        return Response.json(await remember(env, "config:settings", TTL.settings, load));
      default:
        return new Response("not found", { status: 404 });
    }
  },
};
