// Flags for single users: what support has set for somebody goes over the defaults. Setting one flag reads the user's
// flags, changes one and writes them all.

export default {
  async fetch(request, env) {
    const [, , id, name] = new URL(request.url).pathname.split("/");
    const key = `flags:user:${id}`;
    if (request.method === "PUT") {
      const flags = (await env.FLAGS.get(key, "json")) ?? {};
      flags[name] = await request.text();
      await env.FLAGS.put(key, JSON.stringify(flags));
      return new Response("Saved");
    }
    const own = (await env.FLAGS.get(key, "json")) ?? {};
    const defaults = (await env.FLAGS.get("flags:default", "json")) ?? {};
    return Response.json({ ...defaults, ...own });
  },
};
