// API keys of teams. A team creates keys, sees them in a list, and revokes them; each call of the API is checked
// against its key, and the key's record says when it was last used.

const json = (body, status = 200) => Response.json(body, { status });

async function createKey(env, team, name) {
  const key = `sk_${crypto.randomUUID()}`;
  const now = new Date().toISOString();
  await env.KV.put(`apikey:${key}`, JSON.stringify({ team, name, created: now, lastUsed: null }));
  const list = (await env.KV.get(`team:${team}:apikeys`, "json")) ?? [];
  list.push({ key, name, created: now });
  await env.KV.put(`team:${team}:apikeys`, JSON.stringify(list));
  return json({ key, name }, 201);
}

async function validate(env, request) {
  const key = request.headers.get("authorization")?.replace(/^Bearer /, "");
  if (!key) return null;
  const record = await env.KV.get(`apikey:${key}`, "json");
  if (!record) return null;
  record.lastUsed = new Date().toISOString();
  await env.KV.put(`apikey:${key}`, JSON.stringify(record));
  return record;
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const team = request.headers.get("x-team");

    if (pathname === "/keys" && request.method === "POST") {
      return createKey(env, team, await request.text());
    }
    if (pathname === "/keys") {
      return json((await env.KV.get(`team:${team}:apikeys`, "json")) ?? []);
    }
    if (pathname.startsWith("/keys/") && request.method === "DELETE") {
      await env.KV.delete(`apikey:${pathname.slice("/keys/".length)}`);
      return json({ revoked: true });
    }

    const caller = await validate(env, request);
    if (!caller) return json({ error: "invalid API key" }, 401);
    return json({ orders: [], team: caller.team });
  },
};
