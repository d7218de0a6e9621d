// Streams: ReadableStream, WritableStream and TransformStream, as much of them as Workers commonly use.

const NOTHING = () => {};

/** Internal: a promise with its two ends, whose rejection nobody has to handle. */
function deferred() {
  const ends = Promise.withResolvers();
  ends.promise.catch(NOTHING);
  return ends;
}

/** Internal: whether a stream was read from or cancelled; a stream of one piece of bytes. */
export let isDisturbed, streamOf;

export class ReadableStream {
  #source;
  #queue = [];
  #waiting = [];
  #state = "readable";
  #error;
  #reader = null;
  #disturbed = false;
  #controller;
  #started = false;
  #pulling = false;
  #again = false;
  #closing = false;

  static {
    isDisturbed = (stream) => stream.#disturbed;
    streamOf = (bytes) =>
      new ReadableStream({
        start(controller) {
          if (bytes.length > 0) controller.enqueue(bytes);
          controller.close();
        },
      });
  }

  constructor(source = {}) {
    this.#source = source;
    const stream = this;
    const controller = {
      enqueue(chunk) {
        if (stream.#closing || stream.#state !== "readable") {
          throw new TypeError("This ReadableStream is closed.");
        }
        if (stream.#waiting.length > 0) stream.#waiting.shift().resolve({ value: chunk, done: false });
        else stream.#queue.push(chunk);
        stream.#pull();
      },
      close() {
        if (stream.#closing || stream.#state !== "readable") {
          throw new TypeError("This ReadableStream is closed.");
        }
        stream.#closing = true;
        if (stream.#queue.length === 0) stream.#close();
      },
      error(reason) {
        stream.#fail(reason);
      },
      get desiredSize() {
        return stream.#state === "readable" ? 1 - stream.#queue.length : 0;
      },
    };
    this.#controller = controller;
    const begun = typeof source.start === "function" ? source.start(controller) : undefined;
    Promise.resolve(begun).then(
      () => {
        this.#started = true;
        this.#pull();
      },
      (reason) => this.#fail(reason),
    );
  }

  /** Asks the source for more if somebody waits or nothing is kept. One asking at a time; what comes up meanwhile is
   *  asked when that is over, so that a source which gives nothing yet is not asked for ever. */
  #pull() {
    const wanted = this.#state === "readable" && !this.#closing && (this.#waiting.length > 0 || this.#queue.length === 0);
    if (!wanted || !this.#started || typeof this.#source.pull !== "function") return;
    if (this.#pulling) {
      this.#again = true;
      return;
    }
    this.#pulling = true;
    let pulled;
    try {
      pulled = Promise.resolve(this.#source.pull(this.#controller));
    } catch (reason) {
      pulled = Promise.reject(reason);
    }
    pulled.then(
      () => {
        this.#pulling = false;
        if (!this.#again) return;
        this.#again = false;
        this.#pull();
      },
      (reason) => this.#fail(reason),
    );
  }

  #close() {
    this.#state = "closed";
    for (const waiting of this.#waiting.splice(0)) waiting.resolve({ value: undefined, done: true });
    this.#reader?.ends.resolve();
  }

  #fail(reason) {
    if (this.#state !== "readable") return;
    this.#state = "errored";
    this.#error = reason;
    this.#queue.length = 0;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(reason);
    this.#reader?.ends.reject(reason);
  }

  #read() {
    this.#disturbed = true;
    if (this.#queue.length > 0) {
      const value = this.#queue.shift();
      if (this.#closing && this.#queue.length === 0) this.#close();
      else this.#pull();
      return Promise.resolve({ value, done: false });
    }
    if (this.#state === "closed") return Promise.resolve({ value: undefined, done: true });
    if (this.#state === "errored") return Promise.reject(this.#error);
    const ends = Promise.withResolvers();
    this.#waiting.push(ends);
    this.#pull();
    return ends.promise;
  }

  get locked() {
    return this.#reader !== null;
  }

  getReader() {
    if (this.#reader !== null) {
      throw new TypeError("This ReadableStream is currently locked to a reader.");
    }
    const stream = this;
    const ends = deferred();
    if (this.#state === "closed") ends.resolve();
    if (this.#state === "errored") ends.reject(this.#error);
    const mine = (this.#reader = { ends });
    const released = () => new TypeError("This ReadableStream reader has been released.");
    return {
      closed: ends.promise,
      read: () => (stream.#reader === mine ? stream.#read() : Promise.reject(released())),
      cancel: (reason) => (stream.#reader === mine ? stream.#cancel(reason) : Promise.reject(released())),
      releaseLock() {
        if (stream.#reader === mine) stream.#reader = null;
      },
    };
  }

  #cancel(reason) {
    this.#disturbed = true;
    if (this.#state === "errored") return Promise.reject(this.#error);
    if (this.#state === "closed") return Promise.resolve();
    this.#queue.length = 0;
    this.#close();
    const cancelled = typeof this.#source.cancel === "function" ? this.#source.cancel(reason) : undefined;
    return Promise.resolve(cancelled).then(NOTHING);
  }

  cancel(reason) {
    if (this.locked) {
      return Promise.reject(new TypeError("This ReadableStream is currently locked to a reader."));
    }
    return this.#cancel(reason);
  }

  tee() {
    const reader = this.getReader();
    const controllers = [];
    let pulling = null;
    const source = {
      start: (controller) => void controllers.push(controller),
      pull: () =>
        (pulling ??= reader.read().then(
          ({ value, done }) => {
            pulling = null;
            for (const controller of controllers) done ? controller.close() : controller.enqueue(value);
          },
          (reason) => controllers.forEach((controller) => controller.error(reason)),
        )),
    };
    return [new ReadableStream(source), new ReadableStream(source)];
  }

  async pipeTo(target, options = {}) {
    const reader = this.getReader();
    const writer = target.getWriter();
    try {
      for (let step = await reader.read(); !step.done; step = await reader.read()) await writer.write(step.value);
      if (!options.preventClose) await writer.close();
    } catch (reason) {
      if (!options.preventAbort) await writer.abort(reason);
      throw reason;
    } finally {
      reader.releaseLock();
      writer.releaseLock();
    }
  }

  pipeThrough(pair, options) {
    this.pipeTo(pair.writable, options).catch(NOTHING);
    return pair.readable;
  }

  async *[Symbol.asyncIterator]() {
    const reader = this.getReader();
    try {
      for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
    } finally {
      reader.releaseLock();
    }
  }

  values() {
    return this[Symbol.asyncIterator]();
  }

  static from(iterable) {
    const steps = (iterable[Symbol.asyncIterator] ?? iterable[Symbol.iterator]).call(iterable);
    return new ReadableStream({
      async pull(controller) {
        const { value, done } = await steps.next();
        if (done) controller.close();
        else controller.enqueue(await value);
      },
    });
  }

  get [Symbol.toStringTag]() {
    return "ReadableStream";
  }
}

export class WritableStream {
  #sink;
  #last;
  #state = "writable";
  #writer = false;
  #closed = deferred();
  #controller;

  constructor(sink = {}) {
    this.#sink = sink;
    this.#controller = { error: (reason) => this.#fail(reason) };
    this.#last = Promise.resolve(sink.start?.(this.#controller));
    this.#last.catch((reason) => this.#fail(reason));
  }

  #fail(reason) {
    if (this.#state === "errored") return;
    this.#state = "errored";
    this.#closed.reject(reason);
  }

  /** One step after the other, each when the one before is done. */
  #then(step) {
    if (this.#state !== "writable") {
      return Promise.reject(new TypeError("This WritableStream has been closed."));
    }
    this.#last = this.#last.then(step);
    this.#last.catch((reason) => this.#fail(reason));
    return this.#last;
  }

  get locked() {
    return this.#writer;
  }

  getWriter() {
    if (this.#writer) throw new TypeError("This WritableStream is currently locked to a writer.");
    this.#writer = true;
    const stream = this;
    return {
      closed: this.#closed.promise,
      ready: Promise.resolve(),
      desiredSize: 1,
      write: (chunk) => stream.#then(() => stream.#sink.write?.(chunk, stream.#controller)),
      close: () => stream.close(),
      abort: (reason) => stream.abort(reason),
      releaseLock: () => void (stream.#writer = false),
    };
  }

  close() {
    const done = this.#then(() => this.#sink.close?.());
    this.#state = "closed";
    done.then(() => this.#closed.resolve(), NOTHING);
    return done;
  }

  abort(reason) {
    this.#fail(reason);
    return Promise.resolve(this.#sink.abort?.(reason)).then(NOTHING);
  }
}

export class TransformStream {
  constructor(transformer = {}) {
    let controller;
    let wanted = deferred();
    this.readable = new ReadableStream({
      start: (given) => void (controller = given),
      pull: () => wanted.resolve(),
      cancel: (reason) => transformer.cancel?.(reason),
    });
    const ends = {
      enqueue: (chunk) => controller.enqueue(chunk),
      error: (reason) => controller.error(reason),
      terminate: () => controller.close(),
    };
    this.writable = new WritableStream({
      start: () => transformer.start?.(ends),
      async write(chunk) {
        await wanted.promise;
        wanted = deferred();
        if (typeof transformer.transform === "function") await transformer.transform(chunk, ends);
        else controller.enqueue(chunk);
      },
      async close() {
        await transformer.flush?.(ends);
        controller.close();
      },
      abort: (reason) => controller.error(reason),
    });
  }
}

export class IdentityTransformStream extends TransformStream {}
