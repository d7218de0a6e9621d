// structuredClone.

import { bytesOf } from "kvlag:text";

function refuse(value) {
  throw new DOMException(`${String(typeof value)} could not be cloned.`, "DataCloneError");
}

function copied(value, seen) {
  if (typeof value === "function" || typeof value === "symbol") refuse(value);
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const keep = (copy) => {
    seen.set(value, copy);
    return copy;
  };
  if (value instanceof Date) return keep(new Date(value.getTime()));
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
  if (value instanceof ArrayBuffer) return keep(value.slice(0));
  if (value instanceof DataView) return keep(new DataView(bytesOf(value).slice().buffer));
  if (ArrayBuffer.isView(value)) return keep(value.slice());
  if (value instanceof Map) {
    const copy = keep(new Map());
    for (const [key, item] of value) copy.set(copied(key, seen), copied(item, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set());
    for (const item of value) copy.add(copied(item, seen));
    return copy;
  }
  if (value instanceof Error) {
    const copy = keep(new value.constructor(value.message));
    if (value.cause !== undefined) copy.cause = copied(value.cause, seen);
    return copy;
  }
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return keep(Object(value.valueOf()));
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) refuse(value);
  const copy = keep(Array.isArray(value) ? new Array(value.length) : {});
  for (const key of Object.keys(value)) copy[key] = copied(value[key], seen);
  return copy;
}

export function structuredClone(value) {
  return copied(value, new Map());
}
