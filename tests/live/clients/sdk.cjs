// The official TypeScript SDK against a live session: all that it knows of KV.
// Asked with the address, the token and the account in the SDK's own variables.

const assert = require("node:assert/strict");
const { Cloudflare } = require("cloudflare");

const account_id = process.env.CLOUDFLARE_ACCOUNT_ID;
const client = new Cloudflare();
const { namespaces } = client.kv;
const KEY = "a/b c+d&é?#%../x";

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

/** Waits for a refusal with a status and a code. */
async function refused(promise, status, code) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.status, status);
    assert.equal(error.errors[0].code, code);
    return true;
  });
}

async function titles() {
  const first = await namespaces.create({ account_id, title: "ts" });
  assert.match(first.id, /^[0-9a-f]{32}$/);
  assert.equal(first.supports_url_encoding, true);
  await refused(namespaces.create({ account_id, title: "ts" }), 400, 10014);
  for (let n = 0; n < 5; n++) await namespaces.create({ account_id, title: `ts ${n}` });
  const listed = await all(namespaces.list({ account_id, order: "title", direction: "desc", per_page: 2 }));
  const own = listed.map(({ title }) => title).filter((title) => title.startsWith("ts"));
  assert.deepEqual(own, ["ts 4", "ts 3", "ts 2", "ts 1", "ts 0", "ts"]);
  const renamed = await namespaces.update(first.id, { account_id, title: "ts renamed" });
  assert.equal(renamed.title, "ts renamed");
  assert.deepEqual(await namespaces.get(first.id, { account_id }), renamed);
  await namespaces.delete(first.id, { account_id });
  await refused(namespaces.get(first.id, { account_id }), 404, 10013);
  return listed.find(({ title }) => title === "ts 0").id;
}

async function values(id) {
  const { values, metadata, keys } = namespaces;
  const here = { account_id, namespace_id: id };
  const before = Math.floor(Date.now() / 1000);
  const terms = { ...here, expiration_ttl: 600, metadata: '{"n": [1, "é"]}' };
  await values.update(KEY, { ...terms, value: "text é" });
  const response = await values.get(KEY, here);
  assert.equal(await response.text(), "text é");
  const expiration = Number(response.headers.get("expiration"));
  assert.ok(expiration >= before + 600 && expiration <= before + 660, `${expiration}`);
  assert.deepEqual(await metadata.get(KEY, here), { n: [1, "é"] });
  assert.deepEqual(await all(keys.list(id, { account_id })), [
    { name: KEY, expiration, metadata: { n: [1, "é"] } },
  ]);

  const bytes = Buffer.from(Array.from({ length: 3 << 20 }, (_, at) => (at * 31) & 255));
  await values.update("bytes", { ...here, value: new File([bytes], "bytes.bin") });
  const back = Buffer.from(await (await values.get("bytes", here)).arrayBuffer());
  assert.ok(back.equals(bytes));
  assert.equal(await metadata.get("bytes", here), null);

  // Metadata as an object, the SDK cuts into parts of which none is JSON.
  await refused(values.update("cut", { ...here, value: "v", metadata: { a: 1 } }), 400, 10147);
  await values.delete("bytes", here);
  await refused(values.get("bytes", here), 404, 10009);
  await refused(values.update("k", { ...here, value: "v", expiration_ttl: 1 }), 400, 10034);
  await refused(values.update("k", { ...here, value: "v", expiration: 1 }), 400, 10033);
}

async function several(id) {
  const body = Array.from({ length: 120 }, (_, n) => ({ key: `bulk/${n}`, value: `${n}` }));
  body[0] = { key: "bulk/0", value: "AP8=", base64: true, metadata: { m: 1 }, expiration_ttl: 90 };
  const put = await namespaces.bulkUpdate(id, { account_id, body });
  assert.deepEqual(put, { successful_key_count: 120, unsuccessful_keys: [] });
  const listed = await all(namespaces.keys.list(id, { account_id, prefix: "bulk/", limit: 50 }));
  assert.equal(listed.length, 120);
  const names = ["bulk/1", "bulk/2", "none"];
  const got = await namespaces.bulkGet(id, { account_id, keys: names });
  assert.deepEqual(got.values, { "bulk/1": "1", "bulk/2": "2", none: null });
  const more = await namespaces.bulkGet(id, { account_id, keys: ["bulk/7"], type: "json", withMetadata: true });
  assert.deepEqual(more.values, { "bulk/7": { value: 7, metadata: null } });
  const raw = await namespaces.values.get("bulk/0", { account_id, namespace_id: id });
  assert.deepEqual([...new Uint8Array(await raw.arrayBuffer())], [0, 255]);
  const gone = listed.map(({ name }) => name);
  // A key is written once a second.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const deleted = await namespaces.bulkDelete(id, { account_id, body: gone });
  assert.deepEqual(deleted, { successful_key_count: 120, unsuccessful_keys: [] });
  assert.deepEqual(await all(namespaces.keys.list(id, { account_id, prefix: "bulk/" })), []);
}

async function often(id) {
  const here = { account_id, namespace_id: id };
  const once = new Cloudflare({ maxRetries: 0 }).kv.namespaces.values;
  await once.update("often", { ...here, value: "1" });
  await refused(once.update("often", { ...here, value: "2" }), 429, 971);
  // With retries, as it is made, it gets through.
  await namespaces.values.update("often", { ...here, value: "3" });
  assert.equal(await (await namespaces.values.get("often", here)).text(), "3");
}

async function main() {
  const stranger = new Cloudflare({ apiToken: "wrong" });
  await refused(stranger.kv.namespaces.create({ account_id, title: "x" }), 401, 10000);
  const id = await titles();
  await values(id);
  await several(id);
  await often(id);
  console.log("The TypeScript SDK got what it asked for.");
}

main();
