// A session that slides: whoever is active stays signed in for another day. Each request reads the session and writes
// it back with a new time to live; signing out deletes it.

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
      await env.KV.delete(`session:${id}`);
      return new Response("Bye", { headers: { "set-cookie": "sid=; Max-Age=0" } });
    }
    const session = await env.KV.get(`session:${id}`, "json");
    if (session === null) return new Response("Sign in first", { status: 401 });
    session.lastSeen = Date.now();
    await env.KV.put(`session:${id}`, JSON.stringify(session), { expirationTtl: DAY });
    return Response.json({ user: session.user });
  },
};
