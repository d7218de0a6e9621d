// Codes that a shop sends by mail, to see that an address is somebody's own. The mailer puts the code here that it has
// just sent; the sign-up page has here checked what was typed. A code is good for a quarter of an hour, and once.

const QUARTER_HOUR = 900;

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const [, codes, email, check] = pathname.split("/");
    if (codes !== "codes" || !email) return new Response("not found", { status: 404 });
    const key = `verify:${decodeURIComponent(email).toLowerCase()}`;

    if (request.method === "PUT") {
      const { code } = await request.json();
      await env.KV.put(key, code, { expirationTtl: QUARTER_HOUR });
      return new Response(null, { status: 204 });
    }

    if (request.method === "POST" && check === "check") {
      const { code } = await request.json();
      const sent = await env.KV.get(key);
      if (sent === null) return Response.json({ error: "no code, or expired" }, { status: 410 });
      if (code !== sent) return Response.json({ error: "wrong code" }, { status: 403 });
      await env.KV.delete(key);
      return Response.json({ verified: true });
    }

    return new Response("method not allowed", { status: 405 });
  },
};
