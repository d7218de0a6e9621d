// URL and URLSearchParams. The host parses; here are slices of what it wrote down, and the list of parameters.

const host = globalThis.kvlagHost;

// Positions in the array that the host answers with: the whole address, then where its parts begin and end.
const HREF = 0;
const USER = 1;
const PASSWORD = 3;
const HOST = 5;
const PORT = 7;
const PATH = 9;
const QUERY = 11;
const HASH = 13;

/** Internal: gives a URLSearchParams an owner that hears of its changes, or a new text. */
let adopt, reload;

function percentDecoded(text) {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return host.percentDecode(spaced);
  }
}

function formEncoded(text) {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll("%20", "+")
    .replace(/[!'()~]/g, (character) => "%" + character.charCodeAt(0).toString(16).toUpperCase());
}

function parsed(text) {
  const pairs = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    if (at < 0) pairs.push([percentDecoded(part), ""]);
    else pairs.push([percentDecoded(part.slice(0, at)), percentDecoded(part.slice(at + 1))]);
  }
  return pairs;
}

export class URLSearchParams {
  #pairs = [];
  #owner = null;

  static {
    adopt = (params, owner) => void (params.#owner = owner);
    reload = (params, text) => void (params.#pairs = parsed(text));
  }

  constructor(init = "") {
    if (init !== null && typeof init === "object") {
      if (typeof init[Symbol.iterator] === "function") {
        for (const pair of init) {
          if (pair.length !== 2) {
            throw new TypeError("Invalid URLSearchParams init iterable: expected pairs of name and value.");
          }
          this.#pairs.push([String(pair[0]), String(pair[1])]);
        }
      } else {
        for (const name of Object.keys(init)) this.#pairs.push([name, String(init[name])]);
      }
      return;
    }
    const text = String(init);
    this.#pairs = parsed(text.startsWith("?") ? text.slice(1) : text);
  }

  #changed() {
    if (this.#owner !== null) this.#owner(this.toString());
  }

  get size() {
    return this.#pairs.length;
  }

  append(name, value) {
    this.#pairs.push([String(name), String(value)]);
    this.#changed();
  }

  delete(name, value) {
    const wanted = String(name);
    this.#pairs = this.#pairs.filter(
      (pair) => pair[0] !== wanted || (value !== undefined && pair[1] !== String(value)),
    );
    this.#changed();
  }

  get(name) {
    const wanted = String(name);
    for (const pair of this.#pairs) if (pair[0] === wanted) return pair[1];
    return null;
  }

  getAll(name) {
    const wanted = String(name);
    return this.#pairs.filter((pair) => pair[0] === wanted).map((pair) => pair[1]);
  }

  has(name, value) {
    const wanted = String(name);
    return this.#pairs.some((pair) => pair[0] === wanted && (value === undefined || pair[1] === String(value)));
  }

  set(name, value) {
    const wanted = String(name);
    const first = this.#pairs.findIndex((pair) => pair[0] === wanted);
    if (first < 0) {
      this.#pairs.push([wanted, String(value)]);
    } else {
      this.#pairs[first][1] = String(value);
      this.#pairs = this.#pairs.filter((pair, i) => i <= first || pair[0] !== wanted);
    }
    this.#changed();
  }

  sort() {
    this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#changed();
  }

  forEach(callback, self) {
    for (const [name, value] of this.#pairs) callback.call(self, value, name, this);
  }

  entries() {
    return this.#pairs.map((pair) => [pair[0], pair[1]])[Symbol.iterator]();
  }

  keys() {
    return this.#pairs.map((pair) => pair[0])[Symbol.iterator]();
  }

  values() {
    return this.#pairs.map((pair) => pair[1])[Symbol.iterator]();
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  toString() {
    return this.#pairs.map(([name, value]) => formEncoded(name) + "=" + formEncoded(value)).join("&");
  }

  get [Symbol.toStringTag]() {
    return "URLSearchParams";
  }
}

export class URL {
  #parts;
  #params = null;

  constructor(input, base) {
    const parts = host.urlParse(String(input), base === undefined ? undefined : String(base));
    if (parts === undefined) throw new TypeError("Invalid URL string.");
    this.#parts = parts;
  }

  static canParse(input, base) {
    return host.urlParse(String(input), base === undefined ? undefined : String(base)) !== undefined;
  }

  static parse(input, base) {
    return URL.canParse(input, base) ? new URL(input, base) : null;
  }

  #slice(part) {
    const parts = this.#parts;
    return parts[HREF].slice(parts[part], parts[part + 1]);
  }

  #set(part, value) {
    const parts = host.urlSet(this.#parts[HREF], part, String(value));
    if (parts === undefined) return;
    this.#parts = parts;
    if (this.#params !== null && (part === "href" || part === "search")) reload(this.#params, this.#slice(QUERY).slice(1));
  }

  get href() {
    return this.#parts[HREF];
  }

  set href(value) {
    if (!URL.canParse(value)) throw new TypeError("Invalid URL string.");
    this.#set("href", value);
  }

  get origin() {
    return host.urlOrigin(this.#parts[HREF]);
  }

  get protocol() {
    const href = this.#parts[HREF];
    return href.slice(0, href.indexOf(":") + 1);
  }

  set protocol(value) {
    this.#set("protocol", value);
  }

  get username() {
    return this.#slice(USER);
  }

  set username(value) {
    this.#set("username", value);
  }

  get password() {
    return this.#slice(PASSWORD);
  }

  set password(value) {
    this.#set("password", value);
  }

  get host() {
    const parts = this.#parts;
    return parts[HREF].slice(parts[HOST], parts[PORT + 1]);
  }

  set host(value) {
    this.#set("host", value);
  }

  get hostname() {
    return this.#slice(HOST);
  }

  set hostname(value) {
    this.#set("hostname", value);
  }

  get port() {
    return this.#slice(PORT);
  }

  set port(value) {
    this.#set("port", value);
  }

  get pathname() {
    return this.#slice(PATH);
  }

  set pathname(value) {
    this.#set("pathname", value);
  }

  get search() {
    const search = this.#slice(QUERY);
    return search === "?" ? "" : search;
  }

  set search(value) {
    this.#set("search", value);
  }

  get hash() {
    const hash = this.#slice(HASH);
    return hash === "#" ? "" : hash;
  }

  set hash(value) {
    this.#set("hash", value);
  }

  get searchParams() {
    if (this.#params === null) {
      this.#params = new URLSearchParams(this.#slice(QUERY));
      adopt(this.#params, (text) => {
        this.#parts = host.urlSet(this.#parts[HREF], "search", text);
      });
    }
    return this.#params;
  }

  toString() {
    return this.#parts[HREF];
  }

  toJSON() {
    return this.#parts[HREF];
  }

  get [Symbol.toStringTag]() {
    return "URL";
  }
}
