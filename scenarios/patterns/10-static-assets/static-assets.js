// A site in KV: a file under each path, with its content type in the metadata. A deploy sends the files in the order
// of their names, and then removes those that are no longer used.

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/deploy") {
      const { put, remove } = await request.json();
      for (const [path, { body, contentType }] of Object.entries(put).sort()) {
        await env.SITE.put(`site:${path}`, body, { metadata: { contentType } });
      }
      for (const path of remove) await env.SITE.delete(`site:${path}`);
      return new Response("Deployed");
    }
    const path = pathname === "/" ? "/index.html" : pathname;
    const { value, metadata } = await env.SITE.getWithMetadata(`site:${path}`, "text");
    if (value === null) return new Response("Not found", { status: 404 });
    return new Response(value, { headers: { "content-type": metadata.contentType } });
  },
};
