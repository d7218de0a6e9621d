// Prices of a shop. Each article is a key, with its base price in the metadata; a new season gives all of them a new
// price, a hundred at a time. A basket's prices are read in one go.

const CHUNK = 100;

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
  for (let i = 0; i < articles.length; i += CHUNK) {
    await Promise.all(
      articles.slice(i, i + CHUNK).map(({ name, metadata }) => {
        const price = Math.round((metadata.base * (100 - discount)) / 100);
        return env.KV.put(name, JSON.stringify({ price, season }), { metadata });
      }),
    );
  }
  return Response.json({ season, articles: articles.length });
}

async function basket(env, articles) {
  const prices = await env.KV.get(articles.map((article) => `article:${article}`), "json");
  const rows = articles.map((article) => ({ article, ...prices.get(`article:${article}`) }));
  return Response.json({ rows, total: rows.reduce((sum, row) => sum + row.price, 0) });
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
