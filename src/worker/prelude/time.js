// Time: Date in simulated time and in UTC, performance, timers. Within an event time stands still, as on the platform.

const host = globalThis.kvlagHost;
const Native = globalThis.Date;

// Milliseconds since 1970. At a script's top level that is 0: the platform shows it no clock.
const now = host.now;

// A machine's own time zone must not show; the engine reads texts without a zone as local time, so they get one.
const HAS_ZONE = /(?:\b(?:z|utc?|gmt|[ecmp][sd]t)|\dz|[+-]\d\d:?\d\d)\s*(?:\([^)]*\))?\s*$/i;
const DAY_ALONE = /^\s*[+-]?\d{4,6}(?:-\d\d){0,2}\s*$/;
const ISO = /^\s*[+-]?\d{4,6}-\d\d(?:-\d\d)?[T ]/;

function parse(text) {
  const given = String(text);
  if (HAS_ZONE.test(given) || DAY_ALONE.test(given)) return Native.parse(given);
  return Native.parse(ISO.test(given) ? given.trimEnd() + "Z" : given + " GMT");
}

function Date(...parts) {
  if (new.target === undefined) return new Date(now()).toString();
  let time;
  if (parts.length === 0) {
    time = now();
  } else if (parts.length === 1) {
    const value = parts[0] instanceof Native ? parts[0].getTime() : parts[0];
    const primitive = typeof value === "object" && value !== null ? value[Symbol.toPrimitive]?.("default") ?? value.valueOf() : value;
    time = typeof primitive === "string" ? parse(primitive) : Number(primitive);
  } else {
    time = Native.UTC(...parts);
  }
  return Reflect.construct(Native, [time], new.target);
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number) => String(number).padStart(2, "0");
const valid = (date, text) => (Number.isNaN(date.getTime()) ? "Invalid Date" : text(date));
const day = (d) => `${DAYS[d.getUTCDay()]} ${MONTHS[d.getUTCMonth()]} ${two(d.getUTCDate())} ${String(d.getUTCFullYear()).padStart(4, "0")}`;
const clock = (d) => `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
const zoned = (d) => `${clock(d)} GMT+0000 (Coordinated Universal Time)`;
const localDay = (d) => `${d.getUTCMonth() + 1}/${d.getUTCDate()}/${d.getUTCFullYear()}`;
const localClock = (d) =>
  `${d.getUTCHours() % 12 || 12}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} ${d.getUTCHours() < 12 ? "AM" : "PM"}`;

const IN_UTC = {
  getTimezoneOffset: (date) => (Number.isNaN(date.getTime()) ? NaN : 0),
  toString: (date) => valid(date, (d) => `${day(d)} ${zoned(d)}`),
  toDateString: (date) => valid(date, day),
  toTimeString: (date) => valid(date, zoned),
  toLocaleString: (date) => valid(date, (d) => `${localDay(d)}, ${localClock(d)}`),
  toLocaleDateString: (date) => valid(date, localDay),
  toLocaleTimeString: (date) => valid(date, localClock),
  getYear: (date) => date.getUTCFullYear() - 1900,
};

Date.prototype = Native.prototype;
Date.now = () => now();
Date.parse = parse;
Date.UTC = Native.UTC;
Object.defineProperty(Date, "length", { value: 7 });
Object.defineProperty(Date, "prototype", { writable: false, enumerable: false });
Object.defineProperty(Native.prototype, "constructor", { value: Date, writable: true, configurable: true });
for (const unit of ["Date", "Day", "FullYear", "Hours", "Milliseconds", "Minutes", "Month", "Seconds"]) {
  for (const verb of ["get", "set"]) {
    const inUtc = Native.prototype[`${verb}UTC${unit}`];
    if (inUtc === undefined) continue;
    Object.defineProperty(Native.prototype, verb + unit, { value: inUtc, writable: true, configurable: true });
  }
}
for (const [name, text] of Object.entries(IN_UTC)) {
  const value = { [name]() { return text(this); } }[name];
  Object.defineProperty(Native.prototype, name, { value, writable: true, configurable: true });
}

const performance = {
  timeOrigin: 0,
  now: () => now(),
  toJSON: () => ({ timeOrigin: 0 }),
};

const timers = new Map();

function start(callback, delay, repeated, parts) {
  if (typeof callback !== "function") throw new TypeError("A timer needs a function to call.");
  const milliseconds = Math.max(0, Number(delay) || 0);
  const number = host.timer(milliseconds);
  const timer = { callback, milliseconds, repeated, parts, id: number };
  timers.set(number, timer);
  return number;
}

/** Internal: calls what a timer was set for. An interval goes on under another number, known by its first. */
export function fire(number) {
  const timer = timers.get(number);
  if (timer === undefined) return;
  timers.delete(number);
  if (timer.repeated) {
    timer.number = host.timer(timer.milliseconds);
    timers.set(timer.number, timer);
  }
  timer.callback(...timer.parts);
}

/** Internal: forgets a timer whose request has ended. */
export function forget(number) {
  timers.delete(number);
}

function clear(id) {
  const timer = timers.get(id) ?? [...timers.values()].find((other) => other.id === id);
  if (timer === undefined) return;
  const number = timer.number ?? timer.id;
  timers.delete(number);
  host.clearTimer(number);
}

export const globals = {
  Date,
  performance,
  setTimeout: (callback, delay, ...parts) => start(callback, delay, false, parts),
  setInterval: (callback, delay, ...parts) => start(callback, delay, true, parts),
  clearTimeout: clear,
  clearInterval: clear,
};
