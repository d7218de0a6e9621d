// Does everything with a KV binding that a Worker can, one step for each path, and answers what came of it as JSON.

const MIB = 1 << 20;

/** What became of a call: its value, or the message of its error. */
async function outcome(call) {
  try {
    return await call();
  } catch (error) {
    return { error: error.message };
  }
}

/** So many bytes, a chunk at a time, of a length that nobody is told. */
function streamOf(length) {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      const size = Math.min(64 * 1024, length - sent);
      if (size === 0) return controller.close();
      controller.enqueue(new Uint8Array(size).fill(sent / 65536));
      sent += size;
    },
  });
}

/** In however many chunks it comes. */
async function lengthAndDigest(stream) {
  const digest = new crypto.DigestStream("SHA-256");
  const writer = digest.getWriter();
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    await writer.write(chunk);
  }
  await writer.close();
  return { length, digest: [...new Uint8Array(await digest.digest)] };
}

const steps = {
  async types(KV) {
    await KV.put("text", "grüße");
    await KV.put("json", JSON.stringify({ a: [1, "ü"] }));
    await KV.put("bytes", new Uint8Array([0, 255, 10, 13, 128]));
    return {
      text: await KV.get("text"),
      json: await KV.get("json", "json"),
      bytes: [...new Uint8Array(await KV.get("bytes", "arrayBuffer"))],
      stream: await new Response(await KV.get("text", "stream")).text(),
      missing: await KV.get("nobody wrote this"),
      missingWithMetadata: await KV.getWithMetadata("nor this"),
      empty: (await KV.put("empty", ""), await KV.get("empty")),
    };
  },

  async keys(KV) {
    const names = ["ключ/é y?&#%+", "a/../b", "./x", "bulk/get", "a+b&c=d", "emoji 🙂", "%2F", "nul\0", "x".repeat(512)];
    const read = {};
    for (const name of names) {
      await KV.put(name, `value of ${name}`);
      read[name] = (await KV.get(name)) === `value of ${name}`;
    }
    let gone = 0;
    for (const name of names) {
      // A second after it was written, when the store takes another write of it.
      while (await outcome(() => KV.delete(name))) await scheduler.wait(200);
      if ((await KV.get(name)) === null) gone += 1;
    }
    return { read, gone };
  },

  async metadata(KV) {
    const metadata = { city: "Zürich 🙂", list: [1, 2], text: 'a "quoted" one' };
    await KV.put("with", "v", { metadata, expirationTtl: 3600 });
    const found = await KV.getWithMetadata("with");
    const again = await KV.getWithMetadata("with");
    return { ...found, again: again.cacheStatus };
  },

  async list(KV) {
    for (let n = 0; n < 25; n += 1) {
      await KV.put(`item:${String(n).padStart(2, "0")} ü`, "v", { metadata: n % 2 ? { n } : undefined });
    }
    const pages = [];
    let cursor;
    do {
      const page = await KV.list({ prefix: "item:", limit: 10, cursor });
      pages.push(page.keys.length);
      cursor = page.cursor;
      if (page.list_complete) cursor = undefined;
    } while (cursor);
    const page = await KV.list({ prefix: "item:0" });
    return { pages, first: page.keys.slice(0, 2), complete: page.list_complete };
  },

  async many(KV) {
    await KV.put("m1", '{"a":1}', { metadata: { m: 1 } });
    await KV.put("m2", '"two"');
    const plain = await KV.get(["m1", "m2", "m3"]);
    const json = await KV.get(["m1", "m2"], { type: "json", cacheTtl: 60 });
    const withMetadata = await KV.getWithMetadata(["m1", "m3"]);
    return {
      plain: [...plain],
      json: [...json],
      withMetadata: [...withMetadata],
      tooMany: await outcome(() => KV.get(Array.from({ length: 101 }, (_, n) => `k${n}`))),
    };
  },

  async large(KV) {
    await KV.put("large", streamOf(25 * MIB));
    const sent = await lengthAndDigest(streamOf(25 * MIB));
    const got = await lengthAndDigest(await KV.get("large", "stream"));
    return { sent, got, tooLarge: await outcome(() => KV.put("larger", new Uint8Array(25 * MIB + 1))) };
  },

  async refusals(KV) {
    return {
      cacheTtl: await outcome(() => KV.get("k", { cacheTtl: 10 })),
      expirationTtl: await outcome(() => KV.put("k", "v", { expirationTtl: 30 })),
      expiration: await outcome(() => KV.put("k", "v", { expiration: 1000 })),
      metadata: await outcome(() => KV.put("k", "v", { metadata: "x".repeat(2000) })),
      limit: await outcome(() => KV.list({ limit: 1001 })),
      key: await outcome(() => KV.put("x".repeat(513), "v")),
      deleteMissing: (await outcome(() => KV.delete("nobody wrote this"))) === undefined,
      tooOften: await outcome(async () => {
        await KV.put("often", "1");
        await KV.put("often", "2");
      }),
    };
  },

  async missesInARow(KV) {
    for (let n = 0; n < 20; n += 1) await KV.get(`miss ${n}`);
    return "done";
  },
};

export default {
  async fetch(request, env) {
    const step = steps[new URL(request.url).pathname.slice(1)];
    if (!step) return new Response("no such step", { status: 404 });
    return Response.json(await outcome(() => step(env.KV)));
  },
};
