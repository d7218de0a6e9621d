// Which key is followed: the one that somebody has chosen, or else the one that was written last.

/** So many keys are offered. */
const RECENT = 50;
/** Where keys are written one after the other, the page stays with each for so long. */
const STAY_MS = 3000;
const MAIN = 'main';

const element = (id) => document.getElementById(id);

export class Keys {
  key = null;
  namespace = MAIN;
  #recent = new Map();
  #changed = -Infinity;
  #follow;

  /** `follow` is called when the key changes. */
  constructor(follow) {
    this.#follow = follow;
    const chosen = () => {
      element('last-written').checked = false;
      const key = element('key').value;
      this.#choose(key === '' ? null : key, element('namespace').value || MAIN);
    };
    element('key').addEventListener('change', chosen);
    element('namespace').addEventListener('change', chosen);
    element('follow').addEventListener('submit', (event) => {
      event.preventDefault();
      chosen();
    });
  }

  /** Takes note of what was asked. */
  note(state) {
    this.#offerNamespaces(state.namespaces);
    const seen = [...state.reads, ...state.writes].filter(({ namespace }) => namespace !== null);
    const before = this.#recent.size;
    for (const { namespace, key } of seen) this.#remember(namespace, key);
    if (seen.length > 0 && (before < RECENT || this.#recent.size > before)) this.#offerKeys();
    if (element('last-written').checked) this.#followLast(state, seen);
  }

  #followLast(state, seen) {
    const written = state.writes.filter(({ namespace }) => namespace !== null).at(-1);
    const last = written ?? (this.key === null ? seen.at(-1) : undefined);
    const now = performance.now();
    const isTyping = document.activeElement === element('key');
    if (last === undefined || isTyping || now - this.#changed < STAY_MS) return;
    if (last.key === this.key && last.namespace === this.namespace) return;
    this.#changed = now;
    element('key').value = last.key;
    element('namespace').value = last.namespace;
    this.#choose(last.key, last.namespace);
  }

  #choose(key, namespace) {
    if (key === this.key && namespace === this.namespace) return;
    this.key = key;
    this.namespace = namespace;
    this.#follow();
  }

  #remember(namespace, key) {
    const name = JSON.stringify([namespace, key]);
    this.#recent.delete(name);
    this.#recent.set(name, { namespace, key });
    if (this.#recent.size > RECENT) this.#recent.delete(this.#recent.keys().next().value);
  }

  #offerKeys() {
    const own = [...this.#recent.values()].filter(({ namespace }) => namespace === this.namespace);
    const names = own.map(({ key }) => key).sort();
    const list = element('keys');
    const shown = [...list.children].map((option) => option.value);
    if (names.length === shown.length && names.every((name, at) => name === shown[at])) return;
    list.replaceChildren(...names.map((name) => new Option(name, name)));
  }

  #offerNamespaces(titles) {
    const select = element('namespace');
    const shown = [...select.options].map((option) => option.value);
    if (titles.length === shown.length && titles.every((title, at) => title === shown[at])) return;
    select.replaceChildren(...titles.map((title) => new Option(title, title)));
    select.value = this.namespace;
    element('namespace-label').hidden = titles.length < 2;
  }
}
