// Short links, which move from one KV namespace to another: the links are served from STORE, OLD at first; a call
// copies all keys; then the Worker is deployed again, with STORE set to NEW.

async function migrate(env) {
  let moved = 0;
  let cursor;
  do {
    const page = await env.OLD.list({ limit: 100, cursor });
    for (const { name } of page.keys) {
      const value = await env.OLD.get(name);
      if (value === null) continue;
      await env.NEW.put(name, value);
      moved++;
    }
    cursor = page.cursor;
  } while (cursor);
  return Response.json({ moved });
}

async function show(store, slug) {
  const { value, metadata } = await store.getWithMetadata(slug);
  if (value === null) return new Response("no such link", { status: 404 });
  return Response.json({ url: value, owner: metadata?.owner ?? null });
}

async function save(store, slug, request) {
  const { url, owner, days } = await request.json();
  await store.put(slug, url, { metadata: { owner }, expirationTtl: days && days * 86400 });
  return new Response(null, { status: 204 });
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const store = env[env.STORE];
    if (request.method === "POST" && pathname === "/admin/migrate") return migrate(env);
    const slug = pathname.slice("/links/".length);
    switch (request.method) {
      case "PUT":
        return save(store, slug, request);
      case "DELETE":
        await store.delete(slug);
        return new Response(null, { status: 204 });
      default:
        return show(store, slug);
    }
  },
};
