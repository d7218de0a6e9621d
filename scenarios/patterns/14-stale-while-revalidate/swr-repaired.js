// Exchange rates, repaired. One city (HOME) fetches anew, the others only if nobody has for ten minutes; a city has
// one fetch under way at a time; and a refused write harms nobody, since the visitor has the answer already. Where
// HOME has no visitors, rates are up to ten minutes old instead of five. What nobody asks for is gone after a day.

const FRESH = 300_000;
const STALE = 600_000;
const RATES = "https://rates.example.com/latest/";
const underWay = new Set(); // what this city is fetching

async function load(currency) {
  return (await fetch(RATES + currency)).text();
}

async function store(env, currency, rates) {
  try {
    await env.KV.put(`rates:${currency}`, rates, { metadata: { cachedAt: Date.now() }, expirationTtl: 86400 });
  } catch (error) {
    console.warn(`${currency} not stored: ${error.message}`);
  }
}

async function refresh(env, currency) {
  underWay.add(currency);
  try {
    await store(env, currency, await load(currency));
  } finally {
    underWay.delete(currency);
  }
}

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    const currency = pathname.match(/^\/rates\/([A-Z]{3})$/)?.[1];
    if (!currency) return new Response("not found", { status: 404 });

    const { value, metadata } = await env.KV.getWithMetadata(`rates:${currency}`);
    let body = value;
    if (value === null) {
      body = await load(currency);
      ctx.waitUntil(store(env, currency, body));
    } else {
      const limit = request.cf.colo === env.HOME ? FRESH : STALE;
      const isOld = Date.now() - metadata.cachedAt >= limit;
      if (isOld && !underWay.has(currency)) ctx.waitUntil(refresh(env, currency));
    }
    return new Response(body, { headers: { "content-type": "application/json" } });
  },
};
