// Codes that a shop sends by mail, repaired: the code is part of the key. A new code is a key that no city has ever
// read, so no city has an old answer for it, and a mistyped code is another key. A new code deletes the earlier ones
// of its address, which costs a list each time, and each guess is now a read at the store.

const QUARTER_HOUR = 900;

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const [, codes, email, check] = pathname.split("/");
    if (codes !== "codes" || !email) return new Response("not found", { status: 404 });
    const prefix = `verify:${decodeURIComponent(email).toLowerCase()}:`;

    if (request.method === "PUT") {
      const { code } = await request.json();
      const earlier = await env.KV.list({ prefix });
      await env.KV.put(prefix + code, "sent", { expirationTtl: QUARTER_HOUR });
      await Promise.all(earlier.keys.map(({ name }) => env.KV.delete(name)));
      return new Response(null, { status: 204 });
    }

    if (request.method === "POST" && check === "check") {
      const { code } = await request.json();
      if (!/^\d{6}$/.test(code)) return Response.json({ error: "six digits, please" }, { status: 400 });
      if ((await env.KV.get(prefix + code)) === null) {
        return Response.json({ error: "wrong code, or expired" }, { status: 403 });
      }
      try {
        await env.KV.delete(prefix + code);
      } catch {
        return Response.json({ error: "used just now" }, { status: 403 }); // a key takes one write a second
      }
      return Response.json({ verified: true });
    }

    return new Response("method not allowed", { status: 405 });
  },
};
