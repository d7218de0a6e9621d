// The same limiter, which counts where it runs: each city has its share of the limit, and counts in memory. Nothing
// is read or written, so nothing is stale or refused. The price: a token that is used in one city alone gets a fifth
// of its limit there, and what a city counted is gone when the platform evicts the isolate or runs a second one.

const LIMIT = 20;
const CITIES = 5;
const counts = new Map();
let current = 0;

function allow(token) {
  const minute = Math.floor(Date.now() / 60_000);
  if (minute !== current) {
    counts.clear();
    current = minute;
  }
  const count = counts.get(token) ?? 0;
  if (count >= LIMIT / CITIES) return false;
  counts.set(token, count + 1);
  return true;
}

export default {
  async fetch(request) {
    const token = request.headers.get("authorization")?.replace("Bearer ", "") ?? "anonymous";
    if (!allow(token)) {
      return new Response("Too many requests", { status: 429, headers: { "retry-after": "60" } });
    }
    return Response.json({ data: "…" });
  },
};
