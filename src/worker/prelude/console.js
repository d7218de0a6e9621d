// console: what a script prints becomes text and goes to the host.

const host = globalThis.kvlagHost;
const LEVELS = { debug: 0, log: 1, info: 1, trace: 0, warn: 2, error: 3 };

function shown(value) {
  if (typeof value === "string") return value;
  if (value instanceof Error) {
    const head = `${value.name}: ${value.message}`;
    return value.stack ? `${head}\n${value.stack.trimEnd()}` : head;
  }
  if (typeof value === "function") return `[function ${value.name || "anonymous"}]`;
  if (typeof value === "object" && value !== null) {
    if (value instanceof Map) return `Map(${value.size}) ${shown([...value])}`;
    if (value instanceof Set) return `Set(${value.size}) ${shown([...value])}`;
    if (value instanceof Promise) return "Promise {}";
    try {
      return JSON.stringify(value) ?? "undefined";
    } catch {
      return String(value);
    }
  }
  return typeof value === "bigint" ? `${value}n` : String(value);
}

export const console = {};
for (const [name, level] of Object.entries(LEVELS)) {
  console[name] = (...values) => host.console(level, values.map(shown).join(" ").toWellFormed());
}
console.assert = (condition, ...values) => void (condition || console.error("Assertion failed:", ...values));
for (const name of ["group", "groupEnd", "table", "time", "timeEnd", "timeLog", "count", "dir", "clear"]) {
  console[name] = () => {};
}
console.dir = console.log;
console.table = console.log;
