// Accounts of a service: create, read, change, delete, and a list for the support desk.

async function listUsers(env) {
  const { keys } = await env.KV.list({ prefix: "user:" });
  const users = await Promise.all(keys.map(({ name }) => env.KV.get(name, "json")));
  return users.sort((a, b) => a.name.localeCompare(b.name));
}

async function createUser(env, id, user) {
  if (await env.KV.get(`user:${id}`)) return new Response("taken", { status: 409 });
  await env.KV.put(`user:${id}`, JSON.stringify({ id, plan: "free", ...user }));
  return new Response(null, { status: 201 });
}

async function changeUser(env, id, changes) {
  const user = await env.KV.get(`user:${id}`, "json");
  if (!user) return new Response("no such user", { status: 404 });
  const changed = { ...user, ...changes, changedAt: Date.now() };
  await env.KV.put(`user:${id}`, JSON.stringify(changed));
  return Response.json(changed);
}

async function readUser(env, id) {
  const user = await env.KV.get(`user:${id}`, "json");
  return user ? Response.json(user) : new Response("no such user", { status: 404 });
}

export default {
  async fetch(request, env) {
    const [, users, id] = new URL(request.url).pathname.split("/");
    if (users !== "users") return new Response("not found", { status: 404 });
    if (!id) return Response.json(await listUsers(env));
    switch (request.method) {
      case "GET":
        return readUser(env, id);
      case "PUT":
        return createUser(env, id, await request.json());
      case "PATCH":
        return changeUser(env, id, await request.json());
      case "DELETE":
        await env.KV.delete(`user:${id}`);
        return new Response(null, { status: 204 });
      default:
        return new Response("method not allowed", { status: 405 });
    }
  },
};
