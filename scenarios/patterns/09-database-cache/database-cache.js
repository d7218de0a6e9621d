// Rows of a database, cached in KV for five minutes. Whoever changes a row writes the database and deletes the cached
// one, so that the next reader loads it anew.

const DB = "https://db.example.com/users/";

export default {
  async fetch(request, env) {
    const id = new URL(request.url).pathname.split("/").pop();
    const key = `user:${id}`;
    if (request.method === "PUT") {
      await fetch(DB + id, { method: "PUT", body: await request.text() });
      await env.KV.delete(key);
      return new Response("Saved");
    }
    const cached = await env.KV.get(key, { cacheTtl: 300 });
    if (cached !== null) return new Response(cached);
    const row = await (await fetch(DB + id)).text();
    await env.KV.put(key, row, { expirationTtl: 300 });
    return new Response(row);
  },
};
