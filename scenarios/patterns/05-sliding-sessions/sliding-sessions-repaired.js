// The same session, written back only when half of its day is gone: hardly any request writes, and so none brings a
// session back. Signing out does not delete but marks, so that a late write is seen for what it is. The price: a
// session ends between half a day and a day after its last use, and elsewhere it still lives as long as a copy does.

const DAY = 86_400;

function sessionId(request) {
  return request.headers.get("cookie")?.match(/sid=([\w-]+)/)?.[1];
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const id = sessionId(request);
    if (!id) return new Response("Sign in first", { status: 401 });
    if (pathname === "/logout") {
      await env.KV.put(`session:${id}`, JSON.stringify({ signedOut: true }), { expirationTtl: DAY });
      return new Response("Bye", { headers: { "set-cookie": "sid=; Max-Age=0" } });
    }
    const session = await env.KV.get(`session:${id}`, { type: "json", cacheTtl: 30 });
    if (session === null || session.signedOut) return new Response("Sign in first", { status: 401 });
    if (Date.now() - session.lastSeen > (DAY / 2) * 1000) {
      session.lastSeen = Date.now();
      await env.KV.put(`session:${id}`, JSON.stringify(session), { expirationTtl: DAY });
    }
    return Response.json({ user: session.user });
  },
};
