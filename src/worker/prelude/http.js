// Request, Response and fetch.

import { Body, cloned, sent, typeOf } from "kvlag:body";
import { Headers, around, listOf } from "kvlag:headers";
import { URL } from "kvlag:url";

const host = globalThis.kvlagHost;
const FROM_HOST = Symbol("from the host");
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"];
const WITHOUT_BODY = [101, 204, 205, 304];
const REDIRECTS = [301, 302, 303, 307, 308];

function methodOf(given) {
  const upper = String(given).toUpperCase();
  if (!METHODS.includes(upper)) throw new TypeError(`Invalid HTTP method string: ${given}`);
  return upper;
}

/** Internal: a request as it came from a client, its headers still in one text. */
export let incoming;

export class Request extends Body {
  #method;
  #url;
  #headers;
  #signal = null;
  #redirect = "follow";
  cf;

  static {
    incoming = (method, url, headers, body) => new Request(FROM_HOST, method, url, headers, body);
  }

  constructor(input, init, url, headers, body) {
    if (input === FROM_HOST) {
      super(body);
      this.#method = init;
      this.#url = url;
      this.#headers = headers;
      return;
    }
    const original = typeof input === "object" && input !== null && #url in input ? input : null;
    const options = init ?? {};
    const method = options.method === undefined ? (original?.method ?? "GET") : methodOf(options.method);
    const body_ = options.body ?? (original === null ? null : cloned(original));
    if (body_ !== null && (method === "GET" || method === "HEAD") && options.body) {
      throw new TypeError("Request with a GET or HEAD method cannot have a body.");
    }
    super(body_);
    this.#method = method;
    this.#url = original === null ? new URL(input).href : original.#url;
    this.#headers = new Headers(options.headers ?? original?.headers);
    this.#signal = options.signal ?? original?.signal ?? null;
    this.#redirect = options.redirect ?? original?.redirect ?? "follow";
    this.cf = options.cf ?? original?.cf;
    const type = options.body === undefined ? undefined : typeOf(options.body);
    if (type !== undefined && !this.#headers.has("content-type")) this.#headers.set("content-type", type);
  }

  get method() {
    return this.#method;
  }

  get url() {
    return this.#url;
  }

  get headers() {
    // A client's headers come as names and values with line ends between them, taken apart when first looked at.
    if (typeof this.#headers === "string") {
      this.#headers = around(this.#headers === "" ? [] : this.#headers.split("\n"));
    }
    return this.#headers;
  }

  get signal() {
    return (this.#signal ??= new AbortController().signal);
  }

  get redirect() {
    return this.#redirect;
  }

  clone() {
    return new Request(this);
  }

  get [Symbol.toStringTag]() {
    return "Request";
  }
}

/** Internal: the status of a response, and its headers as a list or null where there are none. */
export let statusOf, headerListOf, answered;

export class Response extends Body {
  #status = 200;
  #statusText = "";
  #headers = null;
  #url = "";
  webSocket = null;

  static {
    statusOf = (response) => response.#status;
    headerListOf = (response) => (response.#headers === null ? null : listOf(response.#headers));
    answered = (url, status, headers, body) => {
      const response = new Response(WITHOUT_BODY.includes(status) ? null : body, { status });
      response.#headers = around(headers);
      response.#url = url;
      return response;
    };
  }

  constructor(body = null, init = undefined) {
    super(body);
    let headers;
    if (init !== undefined && init !== null) {
      if (typeof init !== "object") throw new TypeError("A Response's init must be an object.");
      if (init.status !== undefined) {
        const status = Number(init.status);
        if (!(status >= 200 && status <= 599) && status !== 101) {
          throw new RangeError("Responses may only be constructed with status codes in the range 200 to 599, inclusive.");
        }
        if (body !== null && WITHOUT_BODY.includes(status)) {
          throw new TypeError(`Response with null body status (101, 204, 205, or 304) cannot have a body.`);
        }
        this.#status = Math.trunc(status);
      }
      if (init.statusText !== undefined) this.#statusText = String(init.statusText);
      headers = init.headers;
    }
    const type = typeof body === "string" ? "text/plain;charset=UTF-8" : typeOf(body);
    if (headers !== undefined) {
      this.#headers = new Headers(headers);
      if (type !== undefined && !this.#headers.has("content-type")) this.#headers.set("content-type", type);
    } else if (type !== undefined) {
      this.#headers = around(["content-type", type]);
    }
  }

  static json(value, init = undefined) {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError("The value cannot be written as JSON.");
    if (init === undefined) {
      const response = new Response(text);
      response.#headers = around(["content-type", "application/json"]);
      return response;
    }
    const headers = new Headers(init.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new Response(text, { status: init.status, statusText: init.statusText, headers });
  }

  static redirect(url, status = 302) {
    if (!REDIRECTS.includes(status)) throw new RangeError(`${status} is not a redirect status code.`);
    return new Response(null, { status, headers: { location: new URL(url).href } });
  }

  static error() {
    throw new Error("Response.error() is not available: nothing could be sent.");
  }

  get status() {
    return this.#status;
  }

  get statusText() {
    return this.#statusText;
  }

  get ok() {
    return this.#status >= 200 && this.#status <= 299;
  }

  get headers() {
    return (this.#headers ??= new Headers());
  }

  get url() {
    return this.#url;
  }

  get redirected() {
    return false;
  }

  get type() {
    return "default";
  }

  clone() {
    const copy = new Response(cloned(this), { status: this.#status, statusText: this.#statusText });
    copy.#headers = new Headers(this.headers);
    copy.#url = this.#url;
    return copy;
  }

  get [Symbol.toStringTag]() {
    return "Response";
  }
}

export async function fetch(input, init) {
  const request = new Request(input, init);
  if (request.signal.aborted) throw request.signal.reason;
  const [body, binary] = await sent(request);
  const asked = host.fetch(request.url, request.method, listOf(request.headers), body, binary);
  const [status, headers, bytes] = await untilAborted(request.signal, asked);
  return answered(request.url, status, headers, new Uint8Array(bytes));
}

function untilAborted(signal, promise) {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    promise.then(resolve, reject);
  });
}
