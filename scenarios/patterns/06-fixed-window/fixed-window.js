// A limiter in front of an API: each token may call twenty times a minute. The count of the current minute lives in
// KV, and goes away by itself.

const LIMIT = 20;

async function allow(env, token) {
  const minute = Math.floor(Date.now() / 60_000);
  const key = `rate:${token}:${minute}`;
  const count = parseInt((await env.KV.get(key)) ?? "0", 10);
  if (count >= LIMIT) return false;
  await env.KV.put(key, String(count + 1), { expirationTtl: 120 });
  return true;
}

export default {
  async fetch(request, env) {
    const token = request.headers.get("authorization")?.replace("Bearer ", "") ?? "anonymous";
    if (!(await allow(env, token))) {
      return new Response("Too many requests", { status: 429, headers: { "retry-after": "60" } });
    }
    return Response.json({ data: "…" });
  },
};
