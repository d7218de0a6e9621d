// A shop's cart. Signed-in customers have one cart, whatever device they use; it is kept for a week, and empty after
// the order is placed.

const WEEK = 604800;

async function loadCart(env, customer) {
  return (await env.KV.get(`cart:${customer}`, "json")) ?? { items: [] };
}

async function addItem(env, customer, item) {
  const cart = await loadCart(env, customer);
  cart.items.push({ ...item, addedAt: Date.now() });
  await env.KV.put(`cart:${customer}`, JSON.stringify(cart), { expirationTtl: WEEK });
  return cart;
}

async function checkout(env, customer) {
  const cart = await loadCart(env, customer);
  if (cart.items.length === 0) return null;
  const order = { id: crypto.randomUUID(), customer, items: cart.items };
  await env.KV.put(`order:${customer}:${order.id}`, JSON.stringify(order));
  await env.KV.delete(`cart:${customer}`);
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
