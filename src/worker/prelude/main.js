// The entry: puts the platform's names where scripts look for them, and takes each event from the host.

import { FormData } from "kvlag:body";
import { Cache, caches } from "kvlag:cache";
import { structuredClone } from "kvlag:clone";
import { console } from "kvlag:console";
import { crypto } from "kvlag:crypto";
import { AbortController, AbortSignal, Event, EventTarget } from "kvlag:events";
import { Headers } from "kvlag:headers";
import { Request, Response, fetch, incoming, respond, setPlace } from "kvlag:http";
import { KvNamespace } from "kvlag:kv";
import { IdentityTransformStream, ReadableStream, TransformStream, WritableStream } from "kvlag:streams";
import { TextDecoder, TextEncoder, atob, btoa } from "kvlag:text";
import { globals as timeGlobals } from "kvlag:time";
import { URL, URLSearchParams } from "kvlag:url";

export { gotFailure, gotList, gotValue, gotValues } from "kvlag:kv";
export { fire, forget } from "kvlag:time";

const host = globalThis.kvlagHost;

const NO_FETCH = "Handler does not export a fetch() function.";

const kvlag = {
  count(name, by = 1) {
    const number = Math.trunc(Number(by));
    if (!(Math.abs(number) <= 1e9)) {
      throw new TypeError("kvlag.count() takes a name and a whole number of at most a thousand million.");
    }
    host.count(String(name), number);
  },
};

const scheduler = { wait: (milliseconds) => new Promise((resolve) => timeGlobals.setTimeout(resolve, milliseconds)) };

const navigator = { userAgent: "Cloudflare-Workers" };

const names = {
  AbortController, AbortSignal, Cache, Event, EventTarget, FormData, Headers, IdentityTransformStream, ReadableStream,
  Request, Response, TextDecoder, TextEncoder, TransformStream, URL, URLSearchParams, WritableStream, atob, btoa, caches,
  console, crypto, fetch, kvlag, navigator, scheduler, structuredClone, ...timeGlobals,
  queueMicrotask: (callback) => void Promise.resolve().then(callback),
  self: globalThis,
};
for (const [name, value] of Object.entries(names)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}
Math.random = host.random;
delete globalThis.kvlagHost;
// Code is made of strings nowhere on the platform.
const forbidden = () => {
  throw new EvalError("Code generation from strings disallowed for this context");
};
function NoFunction() {
  forbidden();
}
NoFunction.prototype = Function.prototype;
for (const [holder, name, value] of [
  [globalThis, "eval", forbidden],
  [globalThis, "Function", NoFunction],
  [Function.prototype, "constructor", NoFunction],
]) {
  Object.defineProperty(holder, name, { value, writable: true, configurable: true, enumerable: false });
}

/** Internal: lets stacks begin with the error itself, as elsewhere; the engine's own hold the frames alone. Where there
 *  is no stack left to ask this, in a recursion without end, it costs the places: it is for scripts that look. */
export function showErrorsInStacks() {
  Error.prepareStackTrace = (error, frames) => {
    const place = (frame) => `${frame.getFileName()}:${frame.getLineNumber()}:${frame.getColumnNumber()}`;
    const lines = frames.map((frame) => `    at ${frame.getFunctionName() || "<anonymous>"} (${place(frame)})`);
    return [String(error), ...lines].join("\n");
  };
}

let handler;
let env;

/** Internal: takes the module's default export, what env is to hold, and the code of the PoP. */
export function setUp(defaultExport, namespaces, numbers, variables, texts, colo, country) {
  if (typeof defaultExport?.fetch !== "function") throw new TypeError(NO_FETCH);
  handler = defaultExport;
  if (colo !== undefined) setPlace({ colo, country });
  env = {};
  for (let i = 0; i < variables.length; i++) env[variables[i]] = texts[i];
  for (let i = 0; i < namespaces.length; i++) env[namespaces[i]] = new KvNamespace(numbers[i]);
}

class ExecutionContext {
  #request;

  constructor(request) {
    this.#request = request;
  }

  get props() {
    return {};
  }

  waitUntil(promise) {
    const request = this.#request;
    host.taskStarted(request);
    Promise.resolve(promise).then(
      () => host.taskEnded(request),
      (error) => host.taskFailed(request, error),
    );
  }

  passThroughOnException() {}
}

/** Internal: a request has come. */
export async function dispatch(number, method, url, headers, body) {
  try {
    const context = new ExecutionContext(number);
    const sending = respond(number, await handler.fetch(incoming(method, url, headers, body), env, context));
    if (sending !== undefined) await sending;
  } catch (error) {
    host.fail(number, error);
  }
}
