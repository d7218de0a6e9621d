// The entry: puts the platform's names where scripts look for them, and takes each event from the host.

import { FormData, sent } from "kvlag:body";
import { Cache, caches } from "kvlag:cache";
import { structuredClone } from "kvlag:clone";
import { console } from "kvlag:console";
import { crypto } from "kvlag:crypto";
import { AbortController, AbortSignal, Event, EventTarget } from "kvlag:events";
import { Headers } from "kvlag:headers";
import { Request, Response, fetch, headerListOf, incoming, statusOf } from "kvlag:http";
import { KvNamespace } from "kvlag:kv";
import { IdentityTransformStream, ReadableStream, TransformStream, WritableStream } from "kvlag:streams";
import { TextDecoder, TextEncoder, atob, btoa } from "kvlag:text";
import { fire, globals as timeGlobals, setNow } from "kvlag:time";
import { URL, URLSearchParams } from "kvlag:url";

export { gotFailure, gotList, gotValue, gotValues } from "kvlag:kv";
export { forget } from "kvlag:time";

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

/** Internal: what env holds, and the module's default export. */
export function setUp(defaultExport, namespaces, numbers, variables, texts) {
  handler = defaultExport;
  env = {};
  for (let i = 0; i < variables.length; i++) env[variables[i]] = texts[i];
  for (let i = 0; i < namespaces.length; i++) env[namespaces[i]] = new KvNamespace(numbers[i]);
}

/** Whether the default export can take requests. */
export function hasFetch(defaultExport) {
  return typeof defaultExport === "object" && defaultExport !== null && typeof defaultExport.fetch === "function";
}

class ExecutionContext {
  #request;
  #open = 0;
  #answered = false;
  props = {};

  constructor(request) {
    this.#request = request;
  }

  waitUntil(promise) {
    this.#open++;
    Promise.resolve(promise).then(
      () => this.#settled(),
      (error) => {
        host.taskFailed(this.#request, error);
        this.#settled();
      },
    );
  }

  passThroughOnException() {}

  #settled() {
    this.#open--;
    if (this.#answered && this.#open === 0) host.end(this.#request);
  }

  static answer(context, response) {
    if (!(response instanceof Response)) throw new TypeError(NOT_A_RESPONSE);
    const body = sent(response);
    if (body instanceof Promise) return body.then(([text, binary]) => ExecutionContext.#send(context, response, text, binary));
    ExecutionContext.#send(context, response, body[0], body[1]);
  }

  static #send(context, response, text, binary) {
    context.#answered = true;
    host.respond(context.#request, statusOf(response), headerListOf(response), text, binary, context.#open === 0);
  }

  static fail(context, error) {
    context.#answered = true;
    host.fail(context.#request, error, context.#open === 0);
  }
}

const { answer, fail } = ExecutionContext;

/** Internal: a request has come. */
export async function dispatch(now, number, method, url, headers, body) {
  setNow(now);
  const context = new ExecutionContext(number);
  try {
    if (typeof handler?.fetch !== "function") throw new TypeError(NO_FETCH);
    const response = await handler.fetch(incoming(method, url, headers, body), env, context);
    const sending = answer(context, response);
    if (sending !== undefined) await sending;
  } catch (error) {
    fail(context, error);
  }
}

/** Internal: a timer has come to its time. */
export function fireTimer(now, number) {
  setNow(now);
  fire(number);
}

export { setNow };
