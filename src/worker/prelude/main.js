// The entry: puts the platform's names where scripts look for them, and takes each event from the host.

import { FormData, sent } from "kvlag:body";
import { Cache, caches } from "kvlag:cache";
import { structuredClone } from "kvlag:clone";
import { console } from "kvlag:console";
import { crypto } from "kvlag:crypto";
import { AbortController, AbortSignal, Event, EventTarget } from "kvlag:events";
import { Headers } from "kvlag:headers";
import { Request, Response, fetch, headersOf, incoming, responseState, setPlace, statusOf } from "kvlag:http";
import { KvNamespace } from "kvlag:kv";
import { IdentityTransformStream, ReadableStream, TransformStream, WritableStream } from "kvlag:streams";
import { TextDecoder, TextEncoder, atob, btoa } from "kvlag:text";
import { globals as timeGlobals } from "kvlag:time";
import { URL, URLSearchParams } from "kvlag:url";

export { gotFailure, gotList, gotValue, gotValues } from "kvlag:kv";
export { fire, forget } from "kvlag:time";

const host = globalThis.kvlagHost;

const NO_FETCH = "Handler does not export a fetch() function.";
const NOT_A_RESPONSE = "Incorrect type for Promise: the Promise did not resolve to 'Response'.";

const kvlag = {
  count(name, by = 1) {
    const number = Math.trunc(Number(by));
    if (!Number.isSafeInteger(number)) throw new TypeError("kvlag.count() takes a name and a whole number.");
    host.count(String(name), number);
  },
};

const navigator = { userAgent: "Cloudflare-Workers" };

const names = {
  AbortController, AbortSignal, Cache, Event, EventTarget, FormData, Headers, IdentityTransformStream, ReadableStream,
  Request, Response, TextDecoder, TextEncoder, TransformStream, URL, URLSearchParams, WritableStream, atob, btoa, caches,
  console, crypto, fetch, kvlag, navigator, structuredClone, ...timeGlobals,
  queueMicrotask: (callback) => void Promise.resolve().then(callback),
  self: globalThis,
};
for (const [name, value] of Object.entries(names)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}
Math.random = host.random;
delete globalThis.kvlagHost;

let handler;
let env;

/** Internal: takes the module's default export, what env is to hold, and the code of the PoP. */
export function setUp(defaultExport, namespaces, numbers, variables, texts, colo) {
  if (typeof defaultExport?.fetch !== "function") throw new TypeError(NO_FETCH);
  handler = defaultExport;
  if (typeof colo === "string") setPlace({ colo });
  env = {};
  for (let i = 0; i < variables.length; i++) env[variables[i]] = texts[i];
  for (let i = 0; i < namespaces.length; i++) env[namespaces[i]] = new KvNamespace(numbers[i]);
}

// Places in a context's state, an array as bodies have: its request, how many of its tasks are open, whether it was
// answered.
const REQUEST = 0;
const OPEN = 1;
const ANSWERED = 2;

class ExecutionContext {
  #state;

  constructor(state) {
    this.#state = state;
  }

  get props() {
    return {};
  }

  waitUntil(promise) {
    const state = this.#state;
    state[OPEN]++;
    Promise.resolve(promise).then(
      () => settled(state),
      (error) => {
        host.taskFailed(state[REQUEST], error);
        settled(state);
      },
    );
  }

  passThroughOnException() {}
}

function settled(state) {
  state[OPEN]--;
  if (state[ANSWERED] && state[OPEN] === 0) host.end(state[REQUEST]);
}

/** Internal: a request has come. */
export async function dispatch(number, method, url, headers, body) {
  const state = [number, 0, false];
  try {
    const context = new ExecutionContext(state);
    const response = await handler.fetch(incoming(method, url, headers, body), env, context);
    if (!(response instanceof Response)) throw new TypeError(NOT_A_RESPONSE);
    const given = responseState(response);
    const sending = sent(given);
    const [text, binary] = sending instanceof Promise ? await sending : sending;
    state[ANSWERED] = true;
    host.respond(number, statusOf(given), headersOf(given), text, binary, state[OPEN] === 0);
  } catch (error) {
    state[ANSWERED] = true;
    host.fail(number, error, state[OPEN] === 0);
  }
}
