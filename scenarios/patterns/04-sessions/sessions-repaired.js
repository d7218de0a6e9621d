// The same sessions, with a new id at each sign-in: nobody has asked for it before, so no city believes that it is
// missing. (That is good against session fixation, too.) What stays: after a sign-out other cities do not know for as
// long as they hold a copy, half a minute here.

function sessionId(request) {
  return request.headers.get("cookie")?.match(/sid=([\w-]+)/)?.[1];
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const id = sessionId(request);
    if (pathname === "/login") {
      const fresh = crypto.randomUUID();
      await env.SESSIONS.put(`session:${fresh}`, await request.text(), { expirationTtl: 3600 });
      return new Response("Welcome", { headers: { "set-cookie": `sid=${fresh}; Path=/; HttpOnly` } });
    }
    if (pathname === "/logout") {
      if (id) await env.SESSIONS.delete(`session:${id}`);
      return new Response("Bye", { headers: { "set-cookie": "sid=; Max-Age=0" } });
    }
    const user = id ? await env.SESSIONS.get(`session:${id}`, { cacheTtl: 30 }) : null;
    return new Response(user ?? "Sign in first", { status: user ? 200 : 401 });
  },
};
