// KvNamespace: the binding's methods; the host takes their arguments as the platform does, checks limits and asks.

import { drain } from "kvlag:body";
import { ReadableStream, isDisturbed, streamOf } from "kvlag:streams";
import { bytesOf, piecesOf } from "kvlag:text";

const host = globalThis.kvlagHost;
const ILLEGAL =
  "Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.";
const PUT_TYPES =
  "KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.";
const UNKNOWN_TYPE =
  'Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".';

// Kinds of values as the host numbers them; a kind that does not exist is refused only when there is a value.
const JSON_KIND = 1;
const STREAM_KIND = 3;
const UNKNOWN_KIND = 4;

/** Puts bytes; texts, and what becomes one, the host takes itself. */
function putObject(namespace, key, value, options) {
  if (value instanceof ReadableStream) {
    if (value.locked || isDisturbed(value)) {
      throw new TypeError("This ReadableStream is disturbed (has already been read from), and cannot be used as a body.");
    }
    return drain(value).then((all) => host.putBytes(namespace, key, piecesOf(all), options));
  }
  const bytes = bytesOf(value);
  if (bytes === undefined) throw new TypeError(PUT_TYPES);
  return host.putBytes(namespace, key, piecesOf(bytes), options);
}

export class KvNamespace {
  #namespace;

  constructor(namespace) {
    this.#namespace = namespace;
  }

  /** What a call with bad arguments gives: a rejected promise, as all methods that return promises do. */
  static #refused(self, error) {
    return Promise.reject(typeof self === "object" && self !== null && #namespace in self ? error : new TypeError(ILLEGAL));
  }

  get(key, options) {
    try {
      return host.get(this.#namespace, key, options, false);
    } catch (error) {
      return KvNamespace.#refused(this, error);
    }
  }

  getWithMetadata(key, options) {
    try {
      return host.get(this.#namespace, key, options, true);
    } catch (error) {
      return KvNamespace.#refused(this, error);
    }
  }

  put(key, value, options) {
    try {
      return host.put(this.#namespace, key, value, options) ?? putObject(this.#namespace, key, value, options);
    } catch (error) {
      return KvNamespace.#refused(this, error);
    }
  }

  delete(key) {
    try {
      return host.delete(this.#namespace, key);
    } catch (error) {
      return KvNamespace.#refused(this, error);
    }
  }

  list(options) {
    try {
      return host.list(this.#namespace, options);
    } catch (error) {
      return KvNamespace.#refused(this, error);
    }
  }

  get [Symbol.toStringTag]() {
    return "KvNamespace";
  }
}

/** Internal: an error without a place in a script yet: the engine gives it the place of the `await` that throws it.
 *  (It gives none to errors made while it asks how to print a stack.) */
export function bareError(message) {
  const saved = Error.prepareStackTrace;
  let error;
  Error.prepareStackTrace = () => void (error = new Error(message));
  new Error();
  Error.prepareStackTrace = saved;
  return error ?? new Error(message);
}

/** Internal: hands a value that was read to the script. `raw` is null, a text, or bytes in an ArrayBuffer. */
export function gotValue(resolve, reject, kind, raw, metadata, withMetadata, cacheStatus) {
  let value = raw;
  try {
    if (raw !== null) {
      if (kind === JSON_KIND) value = JSON.parse(raw);
      else if (kind === STREAM_KIND) value = streamOf(new Uint8Array(raw));
      else if (kind === UNKNOWN_KIND) throw new TypeError(UNKNOWN_TYPE);
    }
    if (withMetadata) {
      value = { value, metadata: metadata === undefined ? null : JSON.parse(metadata), cacheStatus: cacheStatus ?? null };
    }
  } catch (error) {
    reject(error);
    return;
  }
  resolve(value);
}

// The runtime drops names that are array indices when it takes the answer apart.
const INDEX = /^(?:0|[1-9]\d{0,9})$/;
const isIndex = (key) => INDEX.test(key) && Number(key) < 4294967295;
const MOST_BULK = 25 * 1024 * 1024;

/** Internal: hands the values of several keys to the script, as a Map; `metadata` is undefined where they are not wanted. */
export function gotValues(resolve, reject, keys, texts, metadata, json, enforced) {
  const found = new Map();
  let length = 0;
  for (let i = 0; i < keys.length; i++) {
    let value = texts[i];
    if (value !== null) {
      length += value.length;
      if (json) {
        try {
          value = JSON.parse(value);
        } catch {
          reject(bareError("KV GET_BULK failed: 400 At least one of the requested keys corresponds to a non-json value"));
          return;
        }
      }
      if (metadata !== undefined) value = { value, metadata: metadata[i] === undefined ? null : JSON.parse(metadata[i]) };
    }
    if (!isIndex(keys[i])) found.set(keys[i], value);
  }
  if (enforced && length > MOST_BULK) {
    reject(bareError("KV GET_BULK failed: 413 Total size of request exceeds the limit of 25MB"));
    return;
  }
  resolve(found);
}

/** Internal: hands a page of keys to the script. */
export function gotList(resolve, reject, names, expirations, metadata, cursor, cacheStatus) {
  try {
    const keys = names.map((name, i) => {
      const key = { name };
      if (expirations[i] !== undefined) key.expiration = expirations[i];
      if (metadata[i] !== undefined) key.metadata = JSON.parse(metadata[i]);
      return key;
    });
    const page = cursor === undefined ? { keys, list_complete: true } : { keys, list_complete: false, cursor };
    resolve({ ...page, cacheStatus: cacheStatus ?? null });
  } catch (error) {
    reject(error);
  }
}

/** Internal: an operation failed: the promise is rejected. */
export function gotFailure(reject, message) {
  reject(bareError(message));
}
