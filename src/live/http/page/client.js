// A client at the chosen PoP: it reads and writes the followed key there, and says what came of it.

import { asClient } from './api.js';
import { told } from './map.js';
import * as words from './words.js';

/** So many results stay on the page. */
const KEPT = 4;
/** So much of a value is shown. */
const SHOWN = 200;

const element = (id) => document.getElementById(id);

export class Client {
  #world;
  #keys;
  #pop = null;
  #explain;
  #isPaused = false;
  /** Results that are waited for, with their titles. */
  #waiting = new Map();

  /** `explain` is called with the number of a read whose story is wanted. */
  constructor(world, keys, explain) {
    this.#world = world;
    this.#keys = keys;
    this.#explain = explain;
    const on = (id, event, run) => element(id).addEventListener(event, (happened) => {
      happened.preventDefault();
      run();
    });
    on('client-read', 'submit', () => this.#ask('GET', { cacheTtl: element('cache-ttl').value }));
    on('client-write', 'submit', () => this.#ask('PUT', { value: element('value').value }));
    on('delete', 'click', () => this.#ask('DELETE', {}));
  }

  get pop() {
    return this.#pop;
  }

  select(pop) {
    this.#pop = pop;
    const { code, city } = this.#world.pops[pop];
    element('client-title').textContent = city === '' ? `A client at ${code}` : `A client at ${code}, ${city}`;
  }

  update(state, copies) {
    this.#isPaused = state.paused;
    for (const [result, title] of this.#waiting) this.#sayWaiting(result, title);
    const { key } = this.#keys;
    element('client-copy').textContent = key === null ? 'No key is followed yet.' : `The copy of ${key} here: ${told(copies[this.#pop])}`;
  }

  async #ask(method, { cacheTtl, value }) {
    const { key, namespace } = this.#keys;
    if (key === null) {
      element('key').focus();
      return;
    }
    const pop = this.#world.pops[this.#pop].code;
    const verb = { GET: 'Read', PUT: 'Write', DELETE: 'Delete' }[method];
    const result = this.#result();
    const title = `${verb} at ${pop}`;
    this.#waiting.set(result, title);
    this.#sayWaiting(result, title);
    try {
      const answer = await asClient({ pop, namespace, key, method, cacheTtl, value });
      this.#waiting.delete(result);
      if (method === 'GET') this.#showRead(result, title, answer);
      else showWrite(result, title, answer);
    } catch (error) {
      this.#waiting.delete(result);
      say(result, title, `failed: ${error.message}`, 'bad');
    }
  }

  #sayWaiting(result, title) {
    say(result, title, this.#isPaused ? 'waits until time goes on …' : 'waits for the answer …');
  }

  #result() {
    const results = element('results');
    const result = document.createElement('li');
    results.prepend(result);
    while (results.children.length > KEPT) results.lastChild.remove();
    return result;
  }

  #showRead(result, title, { status, reason, cache, read, text }) {
    if (read === null) {
      say(result, title, `refused: ${status} ${reason}`, 'bad');
      return;
    }
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text;
    const value = status === 404 ? 'no value' : `“${shown}”`;
    const { number, version, took_s: took, staleness_s: staleness } = read;
    const isStale = staleness !== undefined;
    const judged = isStale ? `stale: superseded for ${words.span(staleness)}` : 'fresh';
    say(result, title, `${value} (v${version}), ${cache}, took ${words.wait(1000 * took)}, ${judged}.`, isStale ? 'stale' : 'fresh');
    const why = document.createElement('button');
    why.type = 'button';
    why.className = 'why';
    why.textContent = 'Why?';
    why.addEventListener('click', () => this.#explain(number));
    result.append(' ', why);
  }
}

function showWrite(result, title, { status, reason, write }) {
  if (write !== null) say(result, title, `accepted as v${write.version}.`, 'fresh');
  else say(result, title, `refused: ${status} ${reason}${status === 429 ? ' – too soon after the write before' : ''}`, 'bad');
}

function say(result, title, text, look = '') {
  const name = document.createElement('b');
  name.textContent = title;
  result.className = look;
  result.replaceChildren(name, `: ${text}`);
}
