// A shop's cart, repaired. Each item that is put in is a key of its own, with the item in its metadata, and the cart
// is the list of these keys: nobody writes what somebody else has written, and nothing is read before a write. Each
// look at the cart costs a list, ten times a read, and goes to the store; an order deletes key by key.

const WEEK = 604800;

async function loadCart(env, customer) {
  const { keys } = await env.KV.list({ prefix: `cart:${customer}:` });
  const items = keys.map(({ name, metadata }) => ({ ...metadata, key: name }));
  return { items: items.sort((a, b) => a.addedAt - b.addedAt) };
}

async function addItem(env, customer, item) {
  const key = `cart:${customer}:${crypto.randomUUID()}`;
  const metadata = { ...item, addedAt: Date.now() };
  await env.KV.put(key, "", { expirationTtl: WEEK, metadata });
  return { items: [{ ...metadata, key }] };
}

async function checkout(env, customer) {
  const { items } = await loadCart(env, customer);
  if (items.length === 0) return null;
  const order = { id: crypto.randomUUID(), customer, items };
  await env.KV.put(`order:${customer}:${order.id}`, JSON.stringify(order));
  await Promise.all(items.map((item) => env.KV.delete(item.key)));
  return order;
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const customer = request.headers.get("x-customer");
    if (!customer) return Response.json({ error: "sign in first" }, { status: 401 });

    switch (`${request.method} ${pathname}`) {
      case "GET /cart":
        return Response.json(await loadCart(env, customer));
      case "POST /cart/items":
        return Response.json(await addItem(env, customer, await request.json()), { status: 201 });
      case "POST /checkout": {
        const order = await checkout(env, customer);
        return order ? Response.json(order, { status: 201 }) : Response.json({ error: "empty cart" }, { status: 409 });
      }
      default:
        return new Response("not found", { status: 404 });
    }
  },
};
