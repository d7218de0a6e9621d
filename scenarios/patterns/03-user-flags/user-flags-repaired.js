// The same flags, each in a key of its own: setting one writes that key and reads nothing, so that nothing is lost.
// The flags of a user are read together. The price: a read for each flag there is, and a city that has looked before
// still believes for half a minute that there is none.

const NAMES = ["beta", "refund"];

export default {
  async fetch(request, env) {
    const [, , id, name] = new URL(request.url).pathname.split("/");
    if (request.method === "PUT") {
      await env.FLAGS.put(`flags:user:${id}:${name}`, await request.text());
      return new Response("Saved");
    }
    const keys = NAMES.flatMap((flag) => [`flags:user:${id}:${flag}`, `flags:default:${flag}`]);
    const values = await env.FLAGS.get(keys, { cacheTtl: 30 });
    const flags = NAMES.map((flag) => [
      flag,
      values.get(`flags:user:${id}:${flag}`) ?? values.get(`flags:default:${flag}`),
    ]);
    return Response.json(Object.fromEntries(flags));
  },
};
