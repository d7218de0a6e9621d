// Body: what Request and Response share, a body that is read once: as text, JSON, bytes, a form or a stream.

import { binaryOf, bytesOf, decode, encode } from "kvlag:text";
import { ReadableStream, isDisturbed, streamOf } from "kvlag:streams";
import { URLSearchParams } from "kvlag:url";

const USED =
  "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.";

export const FORM = "application/x-www-form-urlencoded;charset=UTF-8";
export const PLAIN = "text/plain;charset=UTF-8";

/** Internal: the type that a body asks for if nobody names one. */
export function typeOf(body) {
  if (typeof body === "string") return PLAIN;
  if (body instanceof URLSearchParams) return FORM;
  if (body instanceof FormData) return FORM;
  if (typeof body === "object" && body !== null && (body instanceof ReadableStream || bytesOf(body) !== undefined)) {
    return undefined;
  }
  return body === undefined || body === null ? undefined : PLAIN;
}

/** Internal: a body as it is kept: null, a string, bytes that nobody else holds, or a stream. */
function kept(body) {
  if (typeof body === "string") return body;
  if (body === undefined || body === null) return null;
  if (body instanceof ReadableStream) {
    if (body.locked || isDisturbed(body)) {
      throw new TypeError("This ReadableStream is disturbed (has already been read from), and cannot be used as a body.");
    }
    return body;
  }
  const bytes = bytesOf(body);
  return bytes === undefined ? String(body) : bytes.slice();
}

/** Internal: all of a stream as bytes. */
export async function drain(stream) {
  const reader = stream.getReader();
  const chunks = [];
  let length = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    const chunk = typeof step.value === "string" ? encode(step.value) : bytesOf(step.value);
    if (chunk === undefined) throw new TypeError("This ReadableStream did not return bytes.");
    chunks.push(chunk);
    length += chunk.length;
  }
  if (chunks.length === 1) return chunks[0];
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Internal: takes a body to send it away, in the form the host wants: a string with the flag whether it is of
 *  bytes; or a promise of that where it streams. */
export let sent, cloned;

export class Body {
  #body;
  #used = false;
  #stream = null;

  static {
    sent = (owner) => {
      if (owner.#used || (owner.#stream !== null && (owner.#stream.locked || isDisturbed(owner.#stream)))) {
        throw new TypeError(USED);
      }
      owner.#used = owner.#body !== null;
      const body = owner.#stream ?? owner.#body;
      if (body === null) return ["", false];
      if (typeof body === "string") return [body, false];
      if (body instanceof Uint8Array) return [binaryOf(body), true];
      return drain(body).then((bytes) => [binaryOf(bytes), true]);
    };
    cloned = (owner) => {
      if (owner.bodyUsed) throw new TypeError(USED);
      if (owner.#stream === null && !(owner.#body instanceof ReadableStream)) return owner.#body;
      const [mine, other] = (owner.#stream ?? owner.#body).tee();
      owner.#body = owner.#stream = mine;
      return other;
    };
  }

  constructor(body) {
    this.#body = typeof body === "string" ? body : kept(body);
  }

  get body() {
    if (this.#body === null) return null;
    if (this.#stream === null) {
      const body = this.#body;
      if (body instanceof ReadableStream) this.#stream = body;
      else this.#stream = streamOf(typeof body === "string" ? encode(body) : body);
    }
    return this.#stream;
  }

  get bodyUsed() {
    return this.#used || (this.#stream !== null && isDisturbed(this.#stream));
  }

  /** The body, which counts as read from now on: a string or bytes, or a promise of bytes. */
  #take() {
    if (this.#body === null) return "";
    const stream = this.#stream ?? this.#body;
    if (this.#used || (stream instanceof ReadableStream && (stream.locked || isDisturbed(stream)))) {
      throw new TypeError(USED);
    }
    this.#used = true;
    if (this.#stream !== null) return drain(this.#stream);
    return this.#body instanceof ReadableStream ? drain(this.#body) : this.#body;
  }

  async text() {
    const body = await this.#take();
    return typeof body === "string" ? body : decode(body);
  }

  async json() {
    return JSON.parse(await this.text());
  }

  async bytes() {
    const body = await this.#take();
    return typeof body === "string" ? encode(body) : body.slice();
  }

  async arrayBuffer() {
    return (await this.bytes()).buffer;
  }

  async formData() {
    const type = this.headers.get("content-type") ?? "";
    if (!type.startsWith("application/x-www-form-urlencoded")) {
      throw new TypeError(`Unrecognized Content-Type header value. FormData can only parse the following MIME types: application/x-www-form-urlencoded.`);
    }
    const form = new FormData();
    for (const [name, value] of new URLSearchParams(await this.text())) form.append(name, value);
    return form;
  }
}

/** Forms of texts; files are not kept here. */
export class FormData extends URLSearchParams {
  constructor() {
    super();
  }

  get [Symbol.toStringTag]() {
    return "FormData";
  }
}
