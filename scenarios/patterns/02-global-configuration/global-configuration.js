// A shop that asks one key with each order whether it is open. The operator closes it by writing that key.

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/admin/sale") {
      await env.CONFIG.put("config:sale", await request.text());
      return new Response("Saved");
    }
    const sale = (await env.CONFIG.get("config:sale")) ?? "open";
    if (sale !== "open") return new Response("Sold out", { status: 503 });
    return new Response("Ordered", { status: 201 });
  },
};
