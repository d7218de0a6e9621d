// The same site. A deploy sends what pages need before the pages, waits until no copy of the time before is left, and
// only then sends the pages; what is no longer used stays, with a day to live, for those who still have the old page.
// The price: a deploy takes a minute, and old files take room for a day.

const DAY = 86_400;
const COPY_MS = 61_000;

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/deploy") {
      const { put, remove } = await request.json();
      const files = Object.entries(put);
      const isPage = ([path]) => path.endsWith(".html");
      const send = async ([path, { body, contentType }], options) =>
        env.SITE.put(`site:${path}`, body, { metadata: { contentType }, ...options });
      for (const file of files.filter((file) => !isPage(file))) await send(file);
      for (const path of remove) {
        const { value, metadata } = await env.SITE.getWithMetadata(`site:${path}`, "text");
        if (value !== null) await send([path, { body: value, ...metadata }], { expirationTtl: DAY });
      }
      await new Promise((resolve) => setTimeout(resolve, COPY_MS));
      for (const file of files.filter(isPage)) await send(file);
      return new Response("Deployed");
    }
    const path = pathname === "/" ? "/index.html" : pathname;
    const { value, metadata } = await env.SITE.getWithMetadata(`site:${path}`, "text");
    if (value === null) return new Response("Not found", { status: 404 });
    return new Response(value, { headers: { "content-type": metadata.contentType } });
  },
};
