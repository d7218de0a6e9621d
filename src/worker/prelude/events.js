// Events: Event, EventTarget, AbortController and AbortSignal.

export class Event {
  #type;
  defaultPrevented = false;
  target = null;

  constructor(type) {
    this.#type = String(type);
  }

  get type() {
    return this.#type;
  }

  preventDefault() {
    this.defaultPrevented = true;
  }
}

export class EventTarget {
  #listeners = [];

  addEventListener(type, callback, options = {}) {
    if (this.#listeners.some((known) => known.type === type && known.callback === callback)) return;
    this.#listeners.push({ type, callback, once: options === true ? false : Boolean(options?.once) });
  }

  removeEventListener(type, callback) {
    this.#listeners = this.#listeners.filter((known) => known.type !== type || known.callback !== callback);
  }

  dispatchEvent(event) {
    event.target = this;
    for (const listener of this.#listeners.slice()) {
      if (listener.type !== event.type) continue;
      if (listener.once) this.removeEventListener(listener.type, listener.callback);
      if (typeof listener.callback === "function") listener.callback.call(this, event);
      else listener.callback.handleEvent(event);
    }
    return !event.defaultPrevented;
  }
}

const HIDDEN = Symbol("constructor");
let abort;

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  onabort = null;

  static {
    abort = (signal, reason) => {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason === undefined ? new DOMException("The operation was aborted", "AbortError") : reason;
      const event = new Event("abort");
      signal.onabort?.(event);
      signal.dispatchEvent(event);
    };
  }

  constructor(hidden) {
    if (hidden !== HIDDEN) throw new TypeError("Illegal constructor");
    super();
  }

  get aborted() {
    return this.#aborted;
  }

  get reason() {
    return this.#reason;
  }

  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  static abort(reason) {
    const signal = new AbortSignal(HIDDEN);
    abort(signal, reason);
    return signal;
  }

  static timeout(milliseconds) {
    const signal = new AbortSignal(HIDDEN);
    const reason = () => new DOMException("The operation was aborted due to timeout", "TimeoutError");
    globalThis.setTimeout(() => abort(signal, reason()), milliseconds);
    return signal;
  }

  static any(signals) {
    const all = [...signals];
    const first = all.find((signal) => signal.aborted);
    if (first !== undefined) return AbortSignal.abort(first.reason);
    const signal = new AbortSignal(HIDDEN);
    for (const other of all) other.addEventListener("abort", () => abort(signal, other.reason));
    return signal;
  }
}

export class AbortController {
  #signal = new AbortSignal(HIDDEN);

  get signal() {
    return this.#signal;
  }

  abort(reason) {
    abort(this.#signal, reason);
  }
}
