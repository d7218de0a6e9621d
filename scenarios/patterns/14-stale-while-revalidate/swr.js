// Exchange rates from a slow and expensive service, kept in KV with the time in the metadata. Up to five minutes old
// they are served as they are; up to ten, they are served and fetched anew meanwhile; beyond that the visitor waits.

const FRESH = 300_000;
const STALE = 600_000;
const RATES = "https://rates.example.com/latest/";

async function refresh(env, currency) {
  const response = await fetch(RATES + currency);
  const rates = await response.text();
  await env.KV.put(`rates:${currency}`, rates, { metadata: { cachedAt: Date.now() } });
  return rates;
}

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    const currency = pathname.match(/^\/rates\/([A-Z]{3})$/)?.[1];
    if (!currency) return new Response("not found", { status: 404 });

    const { value, metadata } = await env.KV.getWithMetadata(`rates:${currency}`);
    const age = metadata ? Date.now() - metadata.cachedAt : Infinity;
    let body = value;
    if (value === null || age >= STALE) {
      body = await refresh(env, currency);
    } else if (age >= FRESH) {
      ctx.waitUntil(refresh(env, currency));
    }
    return new Response(body, { headers: { "content-type": "application/json" } });
  },
};
