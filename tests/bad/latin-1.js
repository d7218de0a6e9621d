export default { fetch: () => new Response("café") };
