// The Cache API: caches.default and caches.open. Responses live at the PoP, for as long as their headers say.

import { take } from "kvlag:body";
import { listOf } from "kvlag:headers";
import { Request, answered, responseState } from "kvlag:http";
import { packed } from "kvlag:text";

const host = globalThis.kvlagHost;

// How long a response without word of its own stays (the platform's default edge TTLs), in seconds by status.
const DEFAULT_TTL = { 200: 7200, 301: 7200, 302: 1200, 303: 1200, 404: 180, 410: 180 };

function keyOf(request) {
  const { url } = request;
  const hash = url.indexOf("#");
  return hash < 0 ? url : url.slice(0, hash);
}

function requestOf(input) {
  return input instanceof Request ? input : new Request(input);
}

/** Seconds that a response may stay; 0 if it may not. */
function ttlOf(response) {
  const { headers } = response;
  if (headers.has("set-cookie")) return 0;
  const control = headers.get("cache-control");
  if (control !== null) {
    if (/(?:^|[\s,])(?:no-store|private|no-cache)(?:[\s,=]|$)/i.test(control)) return 0;
    const age = /(?:^|[\s,])s-maxage="?(\d+)/i.exec(control) ?? /(?:^|[\s,])max-age="?(\d+)/i.exec(control);
    if (age !== null) return Number(age[1]);
  }
  const expires = headers.get("expires");
  if (expires !== null) return Math.max(0, (Date.parse(expires) - Date.now()) / 1000) || 0;
  return DEFAULT_TTL[response.status] ?? 0;
}

export class Cache {
  #name;

  constructor(name) {
    this.#name = name;
  }

  async match(input, options = {}) {
    const request = requestOf(input);
    if (request.method !== "GET" && !options.ignoreMethod) return undefined;
    const found = host.cacheMatch(this.#name, keyOf(request));
    if (found === undefined) return undefined;
    const [status, headers, bytes] = found;
    headers.push("cf-cache-status", "HIT");
    return answered(request.url, status, headers, new Uint8Array(bytes));
  }

  async put(input, response) {
    const request = requestOf(input);
    if (request.method !== "GET") throw new TypeError("Cannot cache response to non-GET request.");
    if (response.status === 206) {
      throw new TypeError("Cannot cache response to a range request (206 Partial Content).");
    }
    if ((response.headers.get("vary") ?? "").includes("*")) {
      throw new TypeError("Cannot cache response with 'Vary: *' header.");
    }
    const ttl = ttlOf(response);
    const headers = listOf(response.headers).slice();
    const body = await take(responseState(response));
    host.cachePut(this.#name, keyOf(request), response.status, headers, packed(body), ttl);
  }

  async delete(input, options = {}) {
    const request = requestOf(input);
    if (request.method !== "GET" && !options.ignoreMethod) return false;
    return host.cacheDelete(this.#name, keyOf(request));
  }
}

export const caches = {
  default: new Cache("default"),
  open: async (name) => new Cache(`open ${name}`),
};
