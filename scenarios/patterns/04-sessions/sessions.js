// Sessions that last an hour. A visitor gets a session id with the first page; signing in stores who it is under that
// id, and signing out deletes it.

function sessionId(request) {
  return request.headers.get("cookie")?.match(/sid=([\w-]+)/)?.[1];
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    let id = sessionId(request);
    const headers = new Headers();
    if (!id) {
      id = crypto.randomUUID();
      headers.set("set-cookie", `sid=${id}; Path=/; HttpOnly`);
    }
    if (pathname === "/login") {
      await env.SESSIONS.put(`session:${id}`, await request.text(), { expirationTtl: 3600 });
      return new Response("Welcome", { headers });
    }
    if (pathname === "/logout") {
      await env.SESSIONS.delete(`session:${id}`);
      return new Response("Bye", { headers });
    }
    const user = await env.SESSIONS.get(`session:${id}`);
    return new Response(user ?? "Sign in first", { status: user ? 200 : 401, headers });
  },
};
