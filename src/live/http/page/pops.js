// The list of PoPs: what each serves, and what was counted there; sorted, and filtered by code or city.

import { colour } from './copies.js';
import * as words from './words.js';

const element = (id) => document.getElementById(id);

const RANK = { superseded: 0, newest: 1, expired: 2, none: 3 };

/** Columns: a name, what it means, its text, and by what it is sorted, the most telling first. */
const COLUMNS = [
  { name: 'PoP', means: 'its code and city', text: () => '', by: ({ pop }) => pop.code, isText: true },
  { name: 'serves', means: 'the version of its copy (none: that there is no value); hatched: superseded', text: ({ copy }) => serves(copy), by: ({ copy }) => RANK[copy.kind] * 1e9 - (copy.left ?? 0), isText: true },
  { name: 'age', means: 'of its copy', text: ({ copy }) => (isServed(copy) ? words.short(copy.age) : '–'), by: ({ copy }) => -(isServed(copy) ? copy.age : -1) },
  { name: 'left', means: 'how long its copy is still served', text: ({ copy }) => (isServed(copy) ? words.short(copy.left) : '–'), by: ({ copy }) => -(isServed(copy) ? copy.left : -1) },
  { name: 'reads', means: 'of all keys', text: ({ counted }) => words.count(counted.reads), by: ({ counted }) => -counted.reads },
  { name: 'hits', means: 'share of its reads that its copies answered', text: ({ counted }) => words.share(counted.hits, counted.reads), by: ({ counted }) => (counted.reads === 0 ? 2 : counted.hits / counted.reads) },
  { name: 'stale', means: 'share of its reads that returned a superseded version', text: ({ counted }) => words.share(counted.stale_reads, counted.reads), by: ({ counted }) => (counted.reads === 0 ? 1 : -counted.stale_reads / counted.reads) },
  { name: 'latency', means: 'of its reads, on average', text: ({ counted }) => (counted.read_latency_mean_ms === null ? '–' : words.wait(counted.read_latency_mean_ms)), by: ({ counted }) => -(counted.read_latency_mean_ms ?? -1) },
];

const isServed = ({ kind }) => kind === 'newest' || kind === 'superseded';

function serves(copy) {
  if (copy.kind === 'none') return 'no copy';
  const missing = copy.isMissing ? ', none' : '';
  return `v${copy.version}${missing}${copy.kind === 'expired' ? ', expired' : ''}`;
}

export class Pops {
  #world;
  #rows = [];
  #sorted = { column: 1, isReversed: false };
  #shown = '';
  #last = null;
  /** Rows that are in sight: only these are written. */
  #inSight = new Set();

  /** `choose` is called with the PoP that somebody has clicked. */
  constructor(world, choose) {
    this.#world = world;
    this.#rows = world.pops.map((pop, index) => row(pop, () => choose(index)));
    const sight = new IntersectionObserver((changes) => this.#see(changes), { root: element('pops').closest('.wide') });
    for (const { node } of this.#rows) sight.observe(node);
    element('heads').replaceChildren(...COLUMNS.map((column, index) => this.#head(column, index)));
    element('filter').addEventListener('input', () => this.#refresh());
  }

  #head({ name, means, isText }, index) {
    const head = document.createElement('th');
    head.scope = 'col';
    if (!isText) head.className = 'number';
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.title = means;
    button.addEventListener('click', () => {
      const isReversed = this.#sorted.column === index && !this.#sorted.isReversed;
      this.#sorted = { column: index, isReversed };
      this.#refresh();
    });
    head.append(button);
    return head;
  }

  #see(changes) {
    for (const { target, isIntersecting } of changes) {
      const index = this.#rows.findIndex(({ node }) => node === target);
      if (!isIntersecting) this.#inSight.delete(index);
      else {
        this.#inSight.add(index);
        if (this.#last !== null) this.#write(index);
      }
    }
  }

  #write(index) {
    const [row, copy, counted] = [this.#rows[index], this.#last.copies[index], this.#last.state.pops[index]];
    COLUMNS.forEach(({ text }, column) => {
      if (column > 0) write(row.cells[column], text({ copy, counted }));
    });
    const look = isServed(copy) ? `sample ${colour(copy.version)} ${copy.kind}` : 'sample none';
    if (row.sample.className !== look) row.sample.className = look;
    row.node.classList.toggle('superseded', copy.kind === 'superseded');
  }

  update(state, copies) {
    this.#last = { state, copies };
    for (const index of this.#inSight) this.#write(index);
    const body = element('pops');
    // Nobody wants a row to run away from the pointer.
    const isHeld = body.matches(':hover') || body.querySelector(':focus-visible') !== null;
    element('pops-held').hidden = !isHeld;
    if (!isHeld) this.#refresh();
  }

  select(pop) {
    this.#rows.forEach(({ node, button }, index) => {
      node.classList.toggle('selected', index === pop);
      button.setAttribute('aria-pressed', index === pop);
    });
  }

  /** Puts the rows in order. */
  #refresh() {
    if (this.#last === null) return;
    const { state, copies } = this.#last;
    const { column, isReversed } = this.#sorted;
    const sought = element('filter').value.trim().toLowerCase();
    const listed = this.#world.pops
      .map((pop, index) => ({ pop, index, copy: copies[index], counted: state.pops[index] }))
      .filter(({ pop, counted }) => !pop.is_api || counted.reads + counted.puts + counted.deletes + counted.rejected_writes > 0)
      .filter(({ pop }) => `${pop.code} ${pop.city}`.toLowerCase().includes(sought));
    const { by } = COLUMNS[column];
    const compare = (a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0);
    listed.sort((a, b) => (isReversed ? compare(b, a) : compare(a, b)) || a.index - b.index);
    [...element('heads').children].forEach((head, index) => {
      if (index === column) head.setAttribute('aria-sort', isReversed ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
    const shown = listed.map(({ index }) => index).join();
    if (shown === this.#shown) return;
    this.#shown = shown;
    element('pops').replaceChildren(...listed.map(({ index }) => this.#rows[index].node));
  }
}

function row(pop, choose) {
  const node = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = pop.code;
  const city = document.createElement('span');
  city.className = 'city';
  city.textContent = pop.is_api ? 'REST API' : pop.city;
  head.append(button, ' ', city);
  node.append(head);
  const cells = [null];
  const sample = document.createElement('i');
  for (const { isText } of COLUMNS.slice(1)) {
    const cell = document.createElement('td');
    if (!isText) cell.className = 'number';
    const text = document.createElement('span');
    if (cells.length === 1) cell.append(sample, ' ');
    cell.append(text);
    cells.push(text);
    node.append(cell);
  }
  node.addEventListener('click', choose);
  return { node, button, cells, sample };
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
