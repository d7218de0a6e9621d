// The last reads and writes, stale ones marked; a click on a read asks for its story.

import { colour } from './copies.js';
import * as words from './words.js';

/** So many of each kind are remembered. */
const KEPT = 60;
/** So many rows are shown: all of them are drawn anew four times a second. */
const ROWS = 30;

const element = (id) => document.getElementById(id);

export class Log {
  #kept = { stale: [], fresh: [], write: [] };
  #explain;
  #keys;

  /** `explain` is called with the number of a read whose story is wanted. */
  constructor(keys, explain) {
    this.#keys = keys;
    this.#explain = explain;
    for (const id of ['log-kind', 'log-key']) element(id).addEventListener('change', () => this.#draw());
  }

  /** Takes note of reads and writes that are new. */
  note(reads, writes) {
    this.#keep('stale', reads.filter(({ staleness_s: staleness }) => staleness !== null));
    this.#keep('fresh', reads.filter(({ staleness_s: staleness }) => staleness === null));
    this.#keep('write', writes);
    const body = element('log');
    // Nobody wants a row to run away from the pointer.
    const isHeld = body.matches(':hover') || body.querySelector(':focus-visible') !== null;
    element('log-held').hidden = !isHeld;
    if (!isHeld && reads.length + writes.length > 0) this.#draw();
  }

  #keep(kind, seen) {
    const told = seen.map((one) => ({ ...one, kind, at: kind === 'write' ? one.committed_s : one.end_s }));
    this.#kept[kind] = [...this.#kept[kind], ...told].slice(-KEPT);
  }

  #draw() {
    const { stale, fresh, write } = this.#kept;
    const wanted = { all: [stale, fresh, write], stale: [stale], write: [write] }[element('log-kind').value];
    const { key, namespace } = this.#keys;
    const isWanted = (one) => !element('log-key').checked || (one.key === key && one.namespace === namespace);
    const rows = wanted.flat().filter(isWanted).sort((a, b) => b.at - a.at).slice(0, ROWS);
    element('log').replaceChildren(...rows.map((one) => (one.kind === 'write' ? this.#write(one) : this.#read(one))));
  }

  #read(read) {
    const isStale = read.kind === 'stale';
    const how = isStale ? `${read.status}, stale: superseded for ${words.span(read.staleness_s)}` : read.status;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'read';
    button.title = 'Why did it return this?';
    const row = line(isStale ? 'stale' : '', [words.clock(read.at), read.pop, [button, version(read.version, isStale)], read.key, how, words.wait(1000 * (read.end_s - read.start_s))]);
    row.addEventListener('click', () => this.#explain(read.number));
    return row;
  }

  #write(write) {
    const isRefused = write.version === null;
    const how = isRefused ? 'refused: too soon after the write before' : `committed, ${words.size(write.size_bytes)}`;
    const what = isRefused ? [write.delete ? 'delete' : 'write'] : [write.delete ? 'delete' : 'write', version(write.version, false)];
    return line(isRefused ? 'write refused' : 'write', [words.clock(write.at), write.pop, what, write.key, write.delete && !isRefused ? 'committed' : how, '']);
  }
}

function version(number, isStale) {
  const node = document.createElement('span');
  const sample = document.createElement('i');
  sample.className = `sample ${colour(number)}${isStale ? ' superseded' : ''}`;
  node.append(' ', sample, ` v${number}`);
  return node;
}

function line(look, cells) {
  const row = document.createElement('tr');
  row.className = look;
  for (const cell of cells) {
    const node = document.createElement('td');
    node.append(...(Array.isArray(cell) ? cell : [cell]));
    row.append(node);
  }
  return row;
}
