// Short links that move, repaired. Until the switch each change is made in both namespaces; the copier writes keys of
// its own (copy:), so that it cannot overwrite a change, and takes metadata and expiration along; a deleted link
// leaves a tombstone. It costs a deploy before the copying begins, a second write with each change, and two reads for
// each link until the copies are cleared away, which must be done before the tombstones end.

const WEEK = 7 * 86400;

async function migrate(env) {
  let moved = 0;
  let cursor;
  do {
    const page = await env.OLD.list({ limit: 100, cursor });
    const values = page.keys.length > 0 ? await env.OLD.get(page.keys.map(({ name }) => name)) : new Map();
    const soon = Date.now() / 1000 + 120;
    const alive = page.keys.filter(({ name, expiration }) => values.get(name) != null && !(expiration < soon));
    const copy = ({ name, expiration, metadata }) => {
      return env.NEW.put(`copy:${name}`, values.get(name), { expiration, metadata });
    };
    await Promise.all(alive.map(copy));
    moved += alive.length;
    cursor = page.cursor;
  } while (cursor);
  return Response.json({ moved });
}

async function show(env, slug) {
  const { value, metadata } = env.STORE === "OLD" ? await env.OLD.getWithMetadata(slug) : await found(env, slug);
  if (value === null || metadata?.deleted) return new Response("no such link", { status: 404 });
  return Response.json({ url: value, owner: metadata?.owner ?? null });
}

async function found(env, slug) {
  const both = await env.NEW.getWithMetadata([`link:${slug}`, `copy:${slug}`]);
  return both.get(`link:${slug}`) ?? both.get(`copy:${slug}`) ?? { value: null };
}

async function save(env, slug, value, options) {
  const writes = [env.NEW.put(`link:${slug}`, value, options)];
  if (env.STORE === "OLD" && options.metadata.deleted) writes.push(env.OLD.delete(slug));
  if (env.STORE === "OLD" && !options.metadata.deleted) writes.push(env.OLD.put(slug, value, options));
  await Promise.all(writes);
  return new Response(null, { status: 204 });
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (request.method === "POST" && pathname === "/admin/migrate") return migrate(env);
    const slug = pathname.slice("/links/".length);
    if (request.method === "DELETE") {
      return save(env, slug, "", { metadata: { deleted: true }, expirationTtl: WEEK });
    }
    if (request.method === "PUT") {
      const { url, owner, days } = await request.json();
      return save(env, slug, url, { metadata: { owner }, expirationTtl: days && days * 86400 });
    }
    return show(env, slug);
  },
};
