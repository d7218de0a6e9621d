// Articles of a magazine, repaired. Each publication has a number that is never used again: the article stands in KV
// under slug and number, the page in the Cache API likewise, and `current:` says which number is in force. Nothing
// that is kept for long ever changes. It costs a read of `current:` with each request, and old numbers remain in the
// store.

const DAY = 86400;

function render(slug, article) {
  return `<!doctype html><title>${slug}</title><h1>${article.title}</h1><main>${article.text}</main>`;
}

async function show(request, env, ctx, slug) {
  const current = await env.KV.get(`current:${slug}`, { cacheTtl: 30 });
  const source = current ? `article:${slug}@${current}` : `article:${slug}`; // articles from before the repair
  const page = new URL(`/pages/${source}`, request.url);
  const cache = caches.default;
  const cached = await cache.match(page);
  if (cached) return cached;

  const article = await env.KV.get(source, "json");
  if (!article) return new Response("not found", { status: 404 });
  const response = new Response(render(slug, article), {
    headers: { "content-type": "text/html;charset=utf-8", "cache-control": `public, s-maxage=${DAY}` },
  });
  ctx.waitUntil(cache.put(page, response.clone()));
  return response;
}

async function publish(request, env, slug) {
  const article = await request.json();
  const number = crypto.randomUUID();
  await env.KV.put(`article:${slug}@${number}`, JSON.stringify(article)); // first what is pointed at,
  await env.KV.put(`current:${slug}`, number); // then what points
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
