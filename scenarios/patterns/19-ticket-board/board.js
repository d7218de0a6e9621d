// Tickets of a help desk. What a ticket says is its value; its status and who works on it stand in the metadata, so
// that the board can filter the list by them without reading the tickets.

const ticketKey = (id) => `ticket:${id}`;

async function board(env, status) {
  const tickets = [];
  let cursor;
  do {
    const page = await env.KV.list({ prefix: "ticket:", cursor });
    for (const { name, metadata } of page.keys) {
      if (metadata?.status === status) tickets.push({ id: name.slice("ticket:".length), ...metadata });
    }
    cursor = page.cursor;
  } while (cursor);
  return Response.json(tickets);
}

async function change(env, id, changes) {
  const { value, metadata } = await env.KV.getWithMetadata(ticketKey(id));
  if (value === null) return new Response("no such ticket", { status: 404 });
  const changed = { ...metadata, ...changes };
  await env.KV.put(ticketKey(id), value, { metadata: changed });
  return Response.json({ id, ...changed });
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const [, tickets, id] = pathname.split("/");
    if (tickets !== "tickets") return new Response("not found", { status: 404 });
    if (!id) return board(env, searchParams.get("status") ?? "open");

    switch (request.method) {
      case "PUT": {
        await env.KV.put(ticketKey(id), await request.text(), { metadata: { status: "open", assignee: null } });
        return new Response(null, { status: 201 });
      }
      case "PATCH":
        return change(env, id, await request.json());
      default: {
        const { value, metadata } = await env.KV.getWithMetadata(ticketKey(id));
        if (value === null) return new Response("no such ticket", { status: 404 });
        return Response.json({ id, text: value, ...metadata });
      }
    }
  },
};
