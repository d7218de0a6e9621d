// Request, Response and fetch.

import {
  BODY, PLAIN, STREAM, bodyBytes, bodyForm, bodyJson, bodyStream, bodyText, cloned, isUsed, moveBody, setBody, take, typeOf,
} from "kvlag:body";
import { Headers, around, listFrom, listHas, listOf } from "kvlag:headers";
import { packed, piecesOf } from "kvlag:text";
import { URL } from "kvlag:url";

const host = globalThis.kvlagHost;
const FROM_HOST = Symbol("from the host");
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"];
const WITHOUT_BODY = [101, 204, 205, 304];
const REDIRECTS = [301, 302, 303, 307, 308];

const NOT_A_RESPONSE = "Incorrect type for Promise: the Promise did not resolve to 'Response'.";

// Places in a state behind those of the body. Headers are a list, which the Headers shares once somebody asks for it.
// Before that a request may have a client's text, and a response its content type alone, or null.
const HEADERS = 3;
const URL_ = 4;
const METHOD = 5;
const SIGNAL = 6;
const REDIRECT = 7;
const CF = 8;
const STATUS = 5;
const STATUS_TEXT = 6;
const SHOWN = 9;

function methodOf(given) {
  const upper = String(given).toUpperCase();
  if (!METHODS.includes(upper)) throw new TypeError(`Invalid HTTP method string: ${given}`);
  return upper;
}

/** Internal: a request as it came from a client, its headers still in one text; a request's state. */
export let incoming, requestState;

let place;

/** Internal: what `cf` of each incoming request says of the place where it came in. */
export function setPlace(cf) {
  place = cf;
}

export class Request {
  #state;

  static {
    incoming = (method, url, headers, body) =>
      new Request(FROM_HOST, [body, null, false, headers, url, method, null, "follow", place]);
    requestState = (request) => request.#state;
  }

  constructor(input, init) {
    if (input === FROM_HOST) {
      this.#state = init;
      return;
    }
    const original = typeof input === "object" && input !== null && #state in input ? input.#state : null;
    const options = init ?? {};
    const method = options.method === undefined ? (original?.[METHOD] ?? "GET") : methodOf(options.method);
    const body = options.body ?? null;
    if (body !== null && (method === "GET" || method === "HEAD")) {
      throw new TypeError("Request with a GET or HEAD method cannot have a body.");
    }
    const state = [
      null,
      null,
      false,
      listFrom(options.headers ?? (original === null ? undefined : input.headers)),
      original === null ? new URL(input).href : original[URL_],
      method,
      options.signal ?? original?.[SIGNAL] ?? null,
      options.redirect ?? original?.[REDIRECT] ?? "follow",
      options.cf ?? original?.[CF],
    ];
    if (body !== null) setBody(state, body);
    else if (original !== null) moveBody(original, state);
    const type = typeOf(body);
    if (type !== undefined && !listHas(state[HEADERS], "content-type")) state[HEADERS].push("content-type", type);
    this.#state = state;
  }

  get method() {
    return this.#state[METHOD];
  }

  get url() {
    return this.#state[URL_];
  }

  get headers() {
    const state = this.#state;
    if (state[SHOWN] === undefined) {
      // A client's headers come as names and values with line ends between them.
      if (typeof state[HEADERS] === "string") {
        state[HEADERS] = Object.freeze(state[HEADERS] === "" ? [] : state[HEADERS].split("\n"));
      }
      state[SHOWN] = around(state[HEADERS]);
    }
    return state[SHOWN];
  }

  get signal() {
    return (this.#state[SIGNAL] ??= new AbortController().signal);
  }

  get redirect() {
    return this.#state[REDIRECT];
  }

  get cf() {
    return this.#state[CF];
  }

  get body() {
    return bodyStream(this.#state);
  }

  get bodyUsed() {
    return isUsed(this.#state);
  }

  text() {
    return bodyText(this.#state);
  }

  json() {
    return bodyJson(this.#state);
  }

  bytes() {
    return bodyBytes(this.#state);
  }

  async arrayBuffer() {
    return (await bodyBytes(this.#state)).buffer;
  }

  formData() {
    return bodyForm(this.#state, this.headers.get("content-type"));
  }

  clone() {
    const copy = new Request(this.url, { method: this.method, headers: this.headers, redirect: this.redirect });
    const state = copy.#state;
    setBody(state, cloned(this.#state));
    state[SIGNAL] = this.#state[SIGNAL];
    state[CF] = this.#state[CF];
    return copy;
  }

  get [Symbol.toStringTag]() {
    return "Request";
  }
}

/** Internal: a response's state; a response as it came from a cache or an origin; what sends a handler's response to
 *  the client, at once or, as a promise, when its body has come. */
export let responseState, answered, respond;

export class Response {
  #state;

  static {
    responseState = (response) => response.#state;
    answered = (url, status, headers, body) => {
      const response = new Response(WITHOUT_BODY.includes(status) ? null : body, { status });
      response.#state[HEADERS] = Object.freeze(headers);
      response.#state[URL_] = url;
      return response;
    };
    respond = (number, response) => {
      let state;
      try {
        state = response.#state;
      } catch {
        throw new TypeError(NOT_A_RESPONSE);
      }
      const body = take(state);
      if (state[STREAM] === null) {
        host.respond(number, state[STATUS], state[HEADERS], packed(body));
        return undefined;
      }
      return body.then((bytes) => host.respond(number, state[STATUS], state[HEADERS], piecesOf(bytes)));
    };
  }

  constructor(body, init) {
    if (typeof body === "string" && init === undefined) {
      this.#state = [body, null, false, PLAIN, "", 200, ""];
      return;
    }
    const state = [null, null, false, null, "", 200, ""];
    if (body !== undefined && body !== null) setBody(state, body);
    takeInit(state, init, typeOf(body));
    this.#state = state;
  }

  static json(value, init) {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError("The value cannot be written as JSON.");
    const response = new Response(text);
    takeInit(response.#state, init, "application/json");
    return response;
  }

  static redirect(url, status = 302) {
    if (!REDIRECTS.includes(status)) throw new RangeError(`${status} is not a redirect status code.`);
    return new Response(null, { status, headers: { location: new URL(url).href } });
  }

  static error() {
    throw new Error("Response.error() is not available: nothing could be sent.");
  }

  get status() {
    return this.#state[STATUS];
  }

  get statusText() {
    return this.#state[STATUS_TEXT];
  }

  get ok() {
    const status = this.#state[STATUS];
    return status >= 200 && status <= 299;
  }

  get headers() {
    const state = this.#state;
    if (state[SHOWN] === undefined) {
      if (typeof state[HEADERS] === "string") state[HEADERS] = ["content-type", state[HEADERS]];
      state[HEADERS] ??= [];
      state[SHOWN] = around(state[HEADERS]);
    }
    return state[SHOWN];
  }

  get url() {
    return this.#state[URL_];
  }

  get redirected() {
    return false;
  }

  get type() {
    return "default";
  }

  get webSocket() {
    return null;
  }

  get body() {
    return bodyStream(this.#state);
  }

  get bodyUsed() {
    return isUsed(this.#state);
  }

  text() {
    return bodyText(this.#state);
  }

  json() {
    return bodyJson(this.#state);
  }

  bytes() {
    return bodyBytes(this.#state);
  }

  async arrayBuffer() {
    return (await bodyBytes(this.#state)).buffer;
  }

  formData() {
    return bodyForm(this.#state, this.headers.get("content-type"));
  }

  clone() {
    const { status, statusText } = this;
    const copy = new Response(cloned(this.#state), { status, statusText });
    copy.#state[HEADERS] = listOf(this.headers).slice();
    copy.#state[URL_] = this.#state[URL_];
    return copy;
  }

  get [Symbol.toStringTag]() {
    return "Response";
  }
}

/** Takes what a Response is given besides its body, whose type is used if the headers name none. */
function takeInit(state, init, type) {
  if (init === undefined || init === null) {
    state[HEADERS] = type ?? null;
    return;
  }
  if (typeof init !== "object") throw new TypeError("A Response's init must be an object.");
  const { status, statusText, headers } = init;
  if (status !== undefined) {
    const number = Math.trunc(Number(status));
    if (!(number >= 200 && number <= 599) && number !== 101) {
      throw new RangeError("Responses may only be constructed with status codes in the range 200 to 599, inclusive.");
    }
    if (state[BODY] !== null && state[BODY] !== "" && WITHOUT_BODY.includes(number)) {
      throw new TypeError("Response with null body status (101, 204, 205, or 304) cannot have a body.");
    }
    state[STATUS] = number;
  }
  if (statusText !== undefined) state[STATUS_TEXT] = String(statusText);
  if (headers === undefined) {
    state[HEADERS] = type ?? null;
    return;
  }
  const list = listFrom(headers);
  if (type !== undefined && !listHas(list, "content-type")) list.push("content-type", type);
  state[HEADERS] = list;
}

/** Nothing here awaits the answer: an error that comes instead gets its place where it is first thrown. */
export function fetch(input, init) {
  return ask(input, init).then(({ request, asked }) =>
    untilAborted(request.signal, asked).then(([status, headers, bytes]) =>
      answered(request.url, status, headers, new Uint8Array(bytes)),
    ),
  );
}

async function ask(input, init) {
  const request = new Request(input, init);
  if (request.signal.aborted) throw request.signal.reason;
  const body = await take(requestState(request));
  const asked = host.fetch(request.url, request.method, listOf(request.headers), packed(body));
  return { request, asked };
}

function untilAborted(signal, promise) {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    promise.then(resolve, reject);
  });
}
