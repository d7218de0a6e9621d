// Headers: names and values as a flat list in the order they were set, which is short and quick to search.

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const BAD_VALUE = /[\0\r\n]|[^\0-\xff]/;
// Names and values come again and again: checking each once is worth a table, a small one.
const LOWERED = new Map();
const CLEANED = new Map();
const MOST_KNOWN = 512;

function lower(name) {
  const known = LOWERED.get(name);
  if (known !== undefined) return known;
  const text = String(name);
  if (!NAME.test(text)) throw new TypeError("Invalid header name.");
  const lowered = text.toLowerCase();
  if (LOWERED.size < MOST_KNOWN && typeof name === "string") LOWERED.set(name, lowered);
  return lowered;
}

function clean(value) {
  if (typeof value === "number") return String(value);
  const known = CLEANED.get(value);
  if (known !== undefined) return known;
  const text = String(value).trim();
  if (BAD_VALUE.test(text)) throw new TypeError("Invalid header value.");
  if (CLEANED.size < MOST_KNOWN && typeof value === "string") CLEANED.set(value, text);
  return text;
}

const IMMUTABLE = "Can't modify immutable headers.";

/** Internal: the list of a Headers; a Headers around a list, which nobody may change if it is frozen; a list of what
 *  somebody gave as headers. */
export let listOf, around, listFrom;

/** Internal: whether a list has a name, given in lower case. */
export function listHas(list, name) {
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) return true;
  return false;
}

export class Headers {
  #list;

  static {
    listOf = (headers) => headers.#list;
    around = (list) => {
      const headers = new Headers();
      headers.#list = list;
      return headers;
    };
    listFrom = (init) => {
      if (init === undefined || init === null) return [];
      if (typeof init !== "object") throw new TypeError("Headers must be given as an object or as pairs.");
      if (#list in init) return init.#list.slice();
      const list = [];
      if (typeof init[Symbol.iterator] !== "function") {
        for (const name of Object.keys(init)) list.push(lower(name), clean(init[name]));
        return list;
      }
      for (const pair of init) {
        const [name, value, ...rest] = pair;
        if (value === undefined || rest.length > 0) {
          throw new TypeError("Sequence initializer must contain pairs of name and value.");
        }
        list.push(lower(name), clean(value));
      }
      return list;
    };
  }

  constructor(init) {
    this.#list = listFrom(init);
  }

  /** The list, to be changed. */
  #own() {
    if (Object.isFrozen(this.#list)) throw new TypeError(IMMUTABLE);
    return this.#list;
  }

  append(name, value) {
    this.#own().push(lower(name), clean(value));
  }

  delete(name) {
    const wanted = lower(name);
    const list = this.#own();
    for (let i = list.length - 2; i >= 0; i -= 2) if (list[i] === wanted) list.splice(i, 2);
  }

  get(name) {
    const wanted = lower(name);
    const list = this.#list;
    let found = null;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === wanted) found = found === null ? list[i + 1] : found + ", " + list[i + 1];
    }
    return found;
  }

  getAll(name) {
    if (lower(name) !== "set-cookie") {
      throw new TypeError('getAll() can only be used with the header name "Set-Cookie".');
    }
    return this.getSetCookie();
  }

  getSetCookie() {
    return this.#list.filter((_, i, list) => i % 2 === 1 && list[i - 1] === "set-cookie");
  }

  has(name) {
    return listHas(this.#list, lower(name));
  }

  set(name, value) {
    const wanted = lower(name);
    const text = clean(value);
    const list = this.#own();
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] !== wanted) continue;
      list[i + 1] = text;
      for (let j = list.length - 2; j > i; j -= 2) if (list[j] === wanted) list.splice(j, 2);
      return;
    }
    list.push(wanted, text);
  }

  /** Pairs sorted by name, equal names joined, cookies one by one. */
  #sorted() {
    const joined = new Map();
    const cookies = [];
    const list = this.#list;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === "set-cookie") cookies.push([list[i], list[i + 1]]);
      else joined.set(list[i], joined.has(list[i]) ? joined.get(list[i]) + ", " + list[i + 1] : list[i + 1]);
    }
    return [...joined, ...cookies].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  }

  entries() {
    return this.#sorted()[Symbol.iterator]();
  }

  keys() {
    return this.#sorted().map((pair) => pair[0])[Symbol.iterator]();
  }

  values() {
    return this.#sorted().map((pair) => pair[1])[Symbol.iterator]();
  }

  forEach(callback, self) {
    for (const [name, value] of this.#sorted()) callback.call(self, value, name, this);
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return "Headers";
  }
}
