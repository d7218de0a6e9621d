// Prices of a shop, repaired. A season's prices are one value under a name that is never used again, and one small key
// says which is in force: all prices change with it at once, for each reader. It costs a read of that key with each
// basket, and whoever changes one price writes them all; beyond 25 MiB the list must be cut into parts of that name.

let kept = { name: null, prices: null }; // what a name stands for never changes, so it may stay in memory

async function allArticles(env) {
  const articles = [];
  let cursor;
  do {
    const page = await env.KV.list({ prefix: "article:", cursor });
    articles.push(...page.keys);
    cursor = page.cursor;
  } while (cursor);
  return articles;
}

async function startSeason(env, season, discount) {
  const articles = await allArticles(env);
  const prices = articles.map(({ name, metadata }) => {
    return [name.slice("article:".length), Math.round((metadata.base * (100 - discount)) / 100)];
  });
  const name = `prices:${season}:${crypto.randomUUID()}`;
  await env.KV.put(name, JSON.stringify({ season, prices: Object.fromEntries(prices) }));
  await env.KV.put("prices", name); // only now is it in force
  return Response.json({ season, articles: articles.length });
}

async function row(env, list, article) {
  if (list) return { article, price: list.prices[article], season: list.season };
  return { article, ...(await env.KV.get(`article:${article}`, "json")) }; // before the first season of this kind
}

async function basket(env, articles) {
  const name = await env.KV.get("prices");
  if (name !== kept.name) kept = { name, prices: name && (await env.KV.get(name, "json")) };
  const { prices } = kept;
  const rows = await Promise.all(articles.map((article) => row(env, prices, article)));
  return Response.json({ rows, total: rows.reduce((sum, { price }) => sum + price, 0) });
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "POST" && pathname === "/seasons") {
      const { season, discount } = await request.json();
      return startSeason(env, season, discount);
    }
    if (pathname === "/basket") return basket(env, searchParams.get("articles").split(","));
    return new Response("not found", { status: 404 });
  },
};
