// Tickets of a help desk, repaired. An open ticket has a marker, a key `open:`, which whoever closes it deletes; the
// assignee is a key of its own. So nobody writes what somebody else has decided, and the board lists the open tickets
// alone, however many are closed. It costs two writes for a new ticket and three reads for one that is looked at, and
// there is no list of the closed ones.

const fieldsOf = (id) => [`ticket:${id}`, `open:${id}`, `assignee:${id}`];

async function board(env) {
  const tickets = [];
  let cursor;
  do {
    const page = await env.KV.list({ prefix: "open:", limit: 100, cursor });
    const ids = page.keys.map(({ name }) => name.slice("open:".length));
    const assignees = ids.length > 0 ? await env.KV.get(ids.map((id) => `assignee:${id}`)) : new Map();
    tickets.push(...ids.map((id) => ({ id, status: "open", assignee: assignees.get(`assignee:${id}`) })));
    cursor = page.cursor;
  } while (cursor);
  return Response.json(tickets);
}

async function ticket(env, id) {
  const [textKey, openKey, assigneeKey] = fieldsOf(id);
  const found = await env.KV.get(fieldsOf(id));
  if (found.get(textKey) === null) return null;
  const status = found.get(openKey) === null ? "closed" : "open";
  return { id, text: found.get(textKey), status, assignee: found.get(assigneeKey) };
}

async function change(env, id, { status, assignee }) {
  const [, openKey, assigneeKey] = fieldsOf(id);
  const writes = [];
  if (status === "closed") writes.push(env.KV.delete(openKey));
  if (status === "open") writes.push(env.KV.put(openKey, "open"));
  if (assignee) writes.push(env.KV.put(assigneeKey, assignee));
  await Promise.all(writes);
  return new Response(null, { status: 204 });
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const [, tickets, id] = pathname.split("/");
    if (tickets !== "tickets") return new Response("not found", { status: 404 });
    if (!id) return board(env);
    if (request.method === "PATCH") return change(env, id, await request.json());
    if (request.method === "PUT") {
      const [textKey, openKey] = fieldsOf(id);
      await env.KV.put(textKey, await request.text());
      await env.KV.put(openKey, "open");
      return new Response(null, { status: 201 });
    }
    const found = await ticket(env, id);
    return found ? Response.json(found) : new Response("no such ticket", { status: 404 });
  },
};
