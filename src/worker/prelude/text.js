// Text and bytes: TextEncoder, TextDecoder, atob, btoa, and how content crosses to the host.

const host = globalThis.kvlagHost;
const PIECE = 8192;

/** The bytes of an ArrayBuffer or a view as a Uint8Array on the same memory, or undefined for anything else. */
export function bytesOf(value) {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return undefined;
}

/** Bytes as strings of one character each: the form in which the host takes them. */
export function piecesOf(bytes) {
  const pieces = [];
  for (let i = 0; i < bytes.length; i += PIECE) {
    pieces.push(String.fromCharCode.apply(null, bytes.subarray(i, i + PIECE)));
  }
  return pieces;
}

/** What the host takes as content: a string as it is, bytes in pieces. */
export function packed(content) {
  return typeof content === "string" ? content : piecesOf(content);
}

export function encode(text) {
  return new Uint8Array(host.encode(text));
}

export function decode(bytes) {
  return host.decode(piecesOf(bytes), false, false);
}

export class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(text = "") {
    return encode(String(text));
  }

  encodeInto(text, target) {
    let read = 0;
    let written = 0;
    for (const character of String(text)) {
      const bytes = encode(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

const UTF8_LABELS = ["utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"];

/** How many bytes at the end may be the beginning of a character that goes on in the next chunk. */
function unfinished(bytes) {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

export class TextDecoder {
  #fatal;
  #ignoreBom;
  #rest = null;
  #begun = false;

  constructor(label = "utf-8", options = {}) {
    const name = String(label).trim().toLowerCase();
    if (!UTF8_LABELS.includes(name)) throw new RangeError(`"${label}" is not a valid encoding.`);
    this.#fatal = Boolean(options.fatal);
    this.#ignoreBom = Boolean(options.ignoreBOM);
  }

  get encoding() {
    return "utf-8";
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBom;
  }

  decode(input, options = {}) {
    let bytes = input === undefined ? new Uint8Array(0) : bytesOf(input);
    if (bytes === undefined) throw new TypeError("decode() takes an ArrayBuffer or a view of one.");
    if (this.#rest !== null) {
      const joined = new Uint8Array(this.#rest.length + bytes.length);
      joined.set(this.#rest);
      joined.set(bytes, this.#rest.length);
      bytes = joined;
      this.#rest = null;
    }
    if (options.stream) {
      const kept = unfinished(bytes);
      if (kept > 0) {
        this.#rest = bytes.slice(bytes.length - kept);
        bytes = bytes.subarray(0, bytes.length - kept);
      }
    }
    const text = host.decode(piecesOf(bytes), this.#fatal, this.#ignoreBom || this.#begun);
    if (text === undefined) throw new TypeError("Failed to decode input.");
    this.#begun = Boolean(options.stream);
    return text;
  }
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function btoa(input) {
  const text = String(input);
  let encoded = "";
  for (let i = 0; i < text.length; i += 3) {
    const codes = [text.charCodeAt(i), text.charCodeAt(i + 1), text.charCodeAt(i + 2)];
    if (codes.some((code) => code > 255)) {
      throw new DOMException("btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range.", "InvalidCharacterError");
    }
    const bits = (codes[0] << 16) | ((codes[1] || 0) << 8) | (codes[2] || 0);
    encoded += BASE64[bits >> 18] + BASE64[(bits >> 12) & 63];
    encoded += i + 1 < text.length ? BASE64[(bits >> 6) & 63] : "=";
    encoded += i + 2 < text.length ? BASE64[bits & 63] : "=";
  }
  return encoded;
}

export function atob(input) {
  let text = String(input).replace(/[\t\n\f\r ]/g, "");
  if (text.length % 4 === 0) text = text.replace(/={1,2}$/, "");
  if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) {
    throw new DOMException("atob() called with invalid base64-encoded data. (Only whitespace, '+', '/', alphanumeric ASCII, and up to two terminal '=' signs when the input data length is divisible by 4 are allowed.)", "InvalidCharacterError");
  }
  let decoded = "";
  for (let i = 0; i < text.length; i += 4) {
    const values = [0, 1, 2, 3].map((j) => (i + j < text.length ? BASE64.indexOf(text[i + j]) : 0));
    const bits = (values[0] << 18) | (values[1] << 12) | (values[2] << 6) | values[3];
    decoded += String.fromCharCode(bits >> 16);
    if (i + 2 < text.length) decoded += String.fromCharCode((bits >> 8) & 255);
    if (i + 3 < text.length) decoded += String.fromCharCode(bits & 255);
  }
  return decoded;
}
