// crypto: random values from the run's seed, digests, and HMAC, with which people sign what they hand out.

import { bytesOf, piecesOf } from "kvlag:text";

const host = globalThis.kvlagHost;
const BLOCK = { "SHA-1": 64, "SHA-256": 64, "SHA-384": 128, "SHA-512": 128 };

function hashName(algorithm) {
  const name = String(typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm).toUpperCase();
  if (BLOCK[name] === undefined) {
    throw new DOMException(`Unrecognized or unimplemented digest algorithm requested: ${name}.`, "NotSupportedError");
  }
  return name;
}

function bytesGiven(data) {
  const bytes = bytesOf(data);
  if (bytes === undefined) throw new TypeError("Data must be an ArrayBuffer or a view of one.");
  return bytes;
}

const digest = (name, bytes) => new Uint8Array(host.digest(name, piecesOf(bytes)));

function joined(a, b) {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** HMAC by RFC 2104. */
function hmac(name, key, data) {
  const block = new Uint8Array(BLOCK[name]);
  block.set(key.length > block.length ? digest(name, key) : key);
  const inner = digest(name, joined(block.map((byte) => byte ^ 0x36), data));
  return digest(name, joined(block.map((byte) => byte ^ 0x5c), inner));
}

class CryptoKey {
  #bytes;

  constructor(bytes, hash, extractable, usages) {
    this.#bytes = bytes;
    this.type = "secret";
    this.algorithm = { name: "HMAC", hash: { name: hash }, length: bytes.length * 8 };
    this.extractable = extractable;
    this.usages = usages;
  }

  static bytesOf(key) {
    return key.#bytes;
  }
}

function requireHmac(algorithm) {
  const name = String(typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm).toUpperCase();
  if (name !== "HMAC") {
    throw new DOMException(`Unrecognized or unimplemented algorithm requested: ${name}; only HMAC is simulated.`, "NotSupportedError");
  }
}

function equal(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

const subtle = {
  async digest(algorithm, data) {
    return digest(hashName(algorithm), bytesGiven(data)).buffer;
  },
  async importKey(format, data, algorithm, extractable, usages) {
    requireHmac(algorithm);
    if (format !== "raw") throw new DOMException("Only raw keys are simulated.", "NotSupportedError");
    return new CryptoKey(bytesGiven(data).slice(), hashName(algorithm.hash), Boolean(extractable), [...usages]);
  },
  async sign(algorithm, key, data) {
    requireHmac(algorithm);
    return hmac(key.algorithm.hash.name, CryptoKey.bytesOf(key), bytesGiven(data)).buffer;
  },
  async verify(algorithm, key, signature, data) {
    requireHmac(algorithm);
    return equal(hmac(key.algorithm.hash.name, CryptoKey.bytesOf(key), bytesGiven(data)), bytesGiven(signature));
  },
  timingSafeEqual(a, b) {
    const [left, right] = [bytesGiven(a), bytesGiven(b)];
    if (left.length !== right.length) throw new TypeError("Input buffers must have the same byte length.");
    return equal(left, right);
  },
};

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export const crypto = {
  subtle,
  getRandomValues(view) {
    const integers = ArrayBuffer.isView(view) && !(view instanceof DataView || view instanceof Float32Array || view instanceof Float64Array);
    if (!integers) throw new DOMException("getRandomValues() takes an array of integers.", "TypeMismatchError");
    if (view.byteLength > 65536) {
      throw new DOMException(`getRandomValues() only accepts buffers of size <= 64K but provided ${view.byteLength} bytes.`, "QuotaExceededError");
    }
    bytesOf(view).set(new Uint8Array(host.randomBytes(view.byteLength)));
    return view;
  },
  randomUUID() {
    const bytes = new Uint8Array(host.randomBytes(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => HEX[byte]).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  },
};
