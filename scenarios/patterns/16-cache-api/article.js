// Articles of a magazine. A page is rendered from what KV holds and kept for an hour by the Cache API, in front of KV,
// since rendering takes time; whoever publishes an article clears its page from the cache.

const HOUR = 3600;

function render(slug, article) {
  return `<!doctype html><title>${slug}</title><h1>${article.title}</h1><main>${article.text}</main>`;
}

async function show(request, env, ctx, slug) {
  const cache = caches.default;
  const cached = await cache.match(request);
  if (cached) return cached;

  const article = await env.KV.get(`article:${slug}`, "json");
  if (!article) return new Response("not found", { status: 404 });
  const response = new Response(render(slug, article), {
    headers: { "content-type": "text/html;charset=utf-8", "cache-control": `public, s-maxage=${HOUR}` },
  });
  ctx.waitUntil(cache.put(request, response.clone()));
  return response;
}

async function publish(request, env, slug) {
  const article = await request.json();
  await env.KV.put(`article:${slug}`, JSON.stringify(article));
  await caches.default.delete(request.url, { ignoreMethod: true });
  return new Response(null, { status: 204 });
}

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    const slug = pathname.match(/^\/articles\/([\w-]+)$/)?.[1];
    if (!slug) return new Response("not found", { status: 404 });
    if (request.method === "PUT") return publish(request, env, slug);
    return show(request, env, ctx, slug);
  },
};
