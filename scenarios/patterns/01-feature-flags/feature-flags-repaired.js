// The same flags. Only the admin writes them; whoever finds none uses the defaults and writes nothing. KV is a cache
// already: there is no need for another one in the same key.

const DEFAULTS = { checkout: "old" };

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/admin/flags") {
      await env.KV.put("feature-flags", await request.text());
      return new Response("Saved");
    }
    const flags = { ...DEFAULTS, ...(await env.KV.get("feature-flags", "json")) };
    return new Response(`checkout: ${flags.checkout}`);
  },
};
