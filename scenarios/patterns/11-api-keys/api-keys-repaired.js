// API keys of teams, repaired. A key's record is written once and never again, so that nothing can bring it back; the
// last use stands in a key of its own for each city, written once in ten minutes and after the response. A team's list
// is the names of its keys. It costs a list for each look at the keys, and the last use is ten minutes coarse.

const json = (body, status = 200) => Response.json(body, { status });
const TEN_MINUTES = 600_000;
const noted = new Map(); // when this city last noted the use of a key

async function createKey(env, team, name) {
  const key = `sk_${crypto.randomUUID()}`;
  const record = { team, name, created: new Date().toISOString() };
  await env.KV.put(`apikey:${key}`, JSON.stringify(record));
  await env.KV.put(`team:${team}:apikey:${key}`, "", { metadata: record });
  return json({ key, name }, 201);
}

async function validate(request, env, ctx) {
  const key = request.headers.get("authorization")?.replace(/^Bearer /, "");
  if (!key) return null;
  const record = await env.KV.get(`apikey:${key}`, { type: "json", cacheTtl: 30 });
  if (record && !(Date.now() - noted.get(key) < TEN_MINUTES)) {
    noted.set(key, Date.now());
    const used = env.KV.put(`used:${key}:${request.cf.colo}`, new Date().toISOString(), { expirationTtl: 90 * 86400 });
    ctx.waitUntil(used.catch(() => noted.delete(key)));
  }
  return record;
}

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    const team = request.headers.get("x-team");

    if (pathname === "/keys" && request.method === "POST") {
      return createKey(env, team, await request.text());
    }
    if (pathname === "/keys") {
      const prefix = `team:${team}:apikey:`;
      const { keys } = await env.KV.list({ prefix });
      return json(keys.map(({ name, metadata }) => ({ key: name.slice(prefix.length), ...metadata })));
    }
    if (pathname.startsWith("/keys/") && request.method === "DELETE") {
      const key = pathname.slice("/keys/".length);
      await Promise.all([env.KV.delete(`apikey:${key}`), env.KV.delete(`team:${team}:apikey:${key}`)]);
      return json({ revoked: true });
    }

    const caller = await validate(request, env, ctx);
    if (!caller) return json({ error: "invalid API key" }, 401);
    return json({ orders: [], team: caller.team });
  },
};
