// The map: each PoP with its copy and its age, writes on their way to the store, new versions on theirs, stale reads.

import { colour } from './copies.js';
import { around, beside, spread } from './layout.js';
import * as words from './words.js';

/** So many PoPs still have their codes beside them, and can be reached with the keyboard; others have the list. */
const MOST_NAMES = 40;
/** Of more PoPs, so many that serve what is superseded are named, on a wide map and on a narrow one. */
const MOST_TELLING = { wide: 12, narrow: 4 };
/** Below this many pixels a map is narrow. */
const NARROW = 600;
/** So many signs are on their way at once. */
const MOST_SIGNS = 40;
/** Of a crowd the rings run out in steps of so many hundredths: else all would be drawn anew all the time. */
const STEP = 5;
/** The width of a character of a code, to its height. */
const CHARACTER = 0.62;
/** How near a pointer must be, in pixels. */
const REACH = 14;

const SVG = 'http://www.w3.org/2000/svg';
/** Whether signs move: not where somebody wants rest, and not where nobody looks. */
const moves = () => !document.hidden && !matchMedia('(prefers-reduced-motion: reduce)').matches;

function draw(name, attributes = {}, parent = null) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent?.append(node);
  return node;
}

export class WorldMap {
  #world;
  #svg = document.getElementById('map');
  /** By PoP: what is drawn of it; none of those without a place. */
  #marks = [];
  #layers = {};
  #scale = 0;
  #radius = 0;
  /** Where the store is drawn, if it has a place. */
  #store = null;
  #copies = [];
  #selected = null;
  #hovered = null;
  #named = '';
  #choose;
  /** PoPs that have a place, with their indices. */
  #placed;
  #isCrowded;

  /** `choose` is called with the PoP that somebody has clicked. */
  constructor(world, choose) {
    this.#world = world;
    this.#choose = choose;
    this.#placed = world.pops.map((pop, index) => ({ ...pop, index })).filter(({ on_map: at }) => at !== null);
    this.#isCrowded = this.#placed.length > MOST_NAMES;
    new ResizeObserver(() => this.#build()).observe(this.#svg.parentElement);
    this.#svg.addEventListener('click', (event) => this.#pick(event));
    this.#svg.addEventListener('pointermove', (event) => this.#hover(this.#nearest(event)));
    this.#svg.addEventListener('pointerleave', () => this.#hover(null));
    this.#build();
  }

  /** Draws everything anew, for another width. */
  #build() {
    const { width, height, land } = this.#world.map;
    const wide = this.#svg.parentElement.clientWidth;
    const scale = wide / width;
    if (scale === this.#scale || wide === 0) return;
    this.#scale = scale;
    this.#svg.setAttribute('viewBox', `0 0 ${wide} ${height * scale}`);
    this.#svg.replaceChildren();
    this.#svg.classList.toggle('crowded', this.#isCrowded);
    draw('path', { class: 'land', d: land, transform: `scale(${scale})` }, this.#svg);
    for (const layer of ['ways', 'store', 'signs', 'marks', 'names']) {
      this.#layers[layer] = draw('g', { class: layer }, this.#svg);
    }
    this.#named = '';
    this.#marks = [];
    this.#place();
    this.#copies.forEach((copy, pop) => this.#show(pop, copy));
    this.#name();
  }

  #place() {
    const scaled = ([x, y]) => [x * this.#scale, y * this.#scale];
    const wide = this.#world.map.width * this.#scale;
    const isNarrow = wide < NARROW;
    this.#radius = this.#isCrowded ? (isNarrow ? 2 : 3.5) : (isNarrow ? 5 : 8);
    const size = this.#isCrowded ? 8 : 12;
    this.#store = this.#world.store_on_map === null ? null : scaled(this.#world.store_on_map);
    const fixed = this.#store === null ? [] : [this.#store];
    const at = spread(this.#placed.map((pop) => scaled(pop.on_map)), fixed, this.#radius * (this.#isCrowded ? 2.2 : 3.6));
    if (this.#store !== null) {
      const [x, y] = this.#store;
      const square = draw('rect', { class: 'store', x: x - size / 2, y: y - size / 2, width: size, height: size }, this.#layers.store);
      draw('title', {}, square).textContent = `the store, at ${this.#world.store}`;
    }
    this.#placed.forEach((pop, order) => this.#mark(pop, at[order]));
  }

  #mark(pop, at) {
    const mark = draw('g', { class: 'mark', transform: `translate(${at[0]} ${at[1]})` }, this.#layers.marks);
    if (!this.#isCrowded) {
      mark.setAttribute('tabindex', '0');
      mark.setAttribute('role', 'button');
      mark.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        this.#choose(pop.index);
      });
      if (this.#store !== null) {
        const [[x, y], [left, top]] = [at, this.#store];
        draw('path', { class: 'way', d: `M${x} ${y}L${left} ${top}` }, this.#layers.ways);
      }
    }
    const radius = this.#radius;
    const ring = draw('circle', { class: 'ring', r: radius + (this.#isCrowded ? 1.5 : 3.5), pathLength: 100 }, mark);
    const shape = draw('path', { class: 'shape none' }, mark);
    const over = draw('path', { class: 'over' }, mark);
    const flash = draw('circle', { class: 'flash', r: radius + (this.#isCrowded ? 1.5 : 2) }, mark);
    const name = draw('text', { class: 'code' }, this.#layers.names);
    name.textContent = pop.code;
    this.#marks[pop.index] = { at, mark, ring, shape, over, flash, name, kind: null, version: null };
    this.#show(pop.index, { kind: 'none' });
  }

  /** Shows the copies as they are now, and what has happened since the state before. */
  update(state, before, copies) {
    const isSameKey = before !== null && state.key?.name === before.key?.name && state.key?.namespace === before.key?.namespace;
    copies.forEach((copy, pop) => {
      const was = this.#copies[pop];
      if (isSameKey && was !== undefined && copy.kind === 'newest' && copy.version > (was.version ?? -1)) this.#arrive(pop, copy.version);
      this.#show(pop, copy);
    });
    this.#copies = copies;
    if (before !== null) {
      state.pops.forEach((counted, pop) => {
        if (counted.stale_reads > before.pops[pop].stale_reads) this.#flash(pop);
      });
    }
    this.#name();
  }

  #show(pop, copy) {
    const mark = this.#marks[pop];
    if (mark === undefined) return;
    const radius = this.#radius;
    const isHeld = copy.kind === 'newest' || copy.kind === 'superseded';
    const part = isHeld ? Math.max(0, Math.min(100, (100 * copy.left) / copy.life)) : 0;
    const step = Math.round(part / (this.#isCrowded ? STEP : 0.5));
    if (mark.step !== step) mark.ring.setAttribute('stroke-dasharray', `${part.toFixed(1)} 100`);
    mark.step = step;
    if (mark.kind !== copy.kind || mark.version !== copy.version) {
      const path = copy.kind === 'superseded' ? diamond(radius * 1.3) : disc(isHeld ? radius : radius * 0.8);
      mark.shape.setAttribute('d', path);
      // Of a small one no hatching is seen.
      mark.over.setAttribute('d', copy.kind === 'superseded' && !this.#isCrowded ? path : '');
      mark.shape.setAttribute('class', `shape ${isHeld ? colour(copy.version) : 'none'}`);
      mark.mark.classList.toggle('superseded', copy.kind === 'superseded');
      // The telling ones lie on top.
      if (copy.kind === 'superseded' && this.#isCrowded) this.#layers.marks.append(mark.mark);
      [mark.kind, mark.version] = [copy.kind, copy.version];
    }
    if (!this.#isCrowded) mark.mark.setAttribute('aria-label', `${this.#world.pops[pop].code}: ${told(copy)}`);
  }

  /** A stale read: for a moment it cannot be overlooked. */
  #flash(pop) {
    const mark = this.#marks[pop];
    if (mark === undefined) return;
    clearTimeout(mark.calming);
    mark.flash.classList.add('shown');
    mark.name.classList.toggle('crying', !this.#isCrowded);
    mark.calming = setTimeout(() => {
      mark.flash.classList.remove('shown');
      mark.name.classList.remove('crying');
    }, 1200);
    if (!moves() || this.#isCrowded) return;
    const far = this.#radius * 2.6 + 4;
    mark.flash.animate([{ r: this.#radius, opacity: 1 }, { r: far, opacity: 0 }], { duration: 600, iterations: 2, easing: 'ease-out' });
  }

  /** A write goes from its PoP to the store, where rings spread. */
  async write(pop, version, isAccepted) {
    const from = this.#marks[pop]?.at ?? this.#store;
    if (this.#store === null || !moves()) return;
    await this.#travel(from, this.#store, `sign ${isAccepted ? colour(version) : 'refused'}`);
    const ring = draw('circle', { class: `landing ${isAccepted ? 'accepted' : 'refused'}`, cx: this.#store[0], cy: this.#store[1], r: 6 }, this.#layers.signs);
    await ring.animate([{ r: 6, opacity: 1 }, { r: 40, opacity: 0 }], { duration: 900, easing: 'ease-out' }).finished;
    ring.remove();
  }

  /** A new version has come to a PoP. */
  async #arrive(pop, version) {
    const mark = this.#marks[pop];
    if (mark === undefined || this.#store === null || !moves()) return;
    await this.#travel(this.#store, mark.at, `sign ${colour(version)}`);
    mark.shape.animate([{ transform: 'scale(1.7)' }, { transform: 'scale(1)' }], { duration: 400, easing: 'ease-out' });
  }

  async #travel(from, to, look) {
    if (this.#layers.signs.childElementCount >= MOST_SIGNS) return;
    const sign = draw('circle', { class: look, r: this.#isCrowded ? 2.5 : 5 }, this.#layers.signs);
    const place = ([x, y]) => ({ transform: `translate(${x}px, ${y}px)` });
    await sign.animate([place(from), place(to)], { duration: 600, easing: 'ease-in-out', fill: 'forwards' }).finished;
    sign.remove();
  }

  select(pop) {
    this.#marks[this.#selected]?.mark.classList.remove('selected');
    this.#selected = pop;
    this.#marks[pop]?.mark.classList.add('selected');
    this.#name();
  }

  #nearest(event) {
    const box = this.#svg.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = { pop: null, distance: Math.max(REACH, this.#radius * 2) };
    this.#marks.forEach(({ at }, pop) => {
      const distance = Math.hypot(at[0] - x, at[1] - y);
      if (distance < best.distance) best = { pop, distance };
    });
    return best.pop;
  }

  #pick(event) {
    const pop = this.#nearest(event);
    if (pop !== null) this.#choose(pop);
  }

  #hover(pop) {
    if (pop === this.#hovered) return;
    this.#hovered = pop;
    this.#svg.classList.toggle('over-pop', pop !== null);
    this.#name();
  }

  /** Writes codes beside PoPs: all of them where they are few, else those that tell most. */
  #name() {
    const first = [this.#hovered, this.#selected].filter((pop) => pop !== null && this.#marks[pop] !== undefined);
    const rest = this.#isCrowded ? this.#telling() : this.#placed.map(({ index }) => index);
    const wanted = [...new Set([...first, ...rest])];
    const names = wanted.map((pop) => this.#text(pop));
    const asked = JSON.stringify([this.#scale, wanted, names]);
    if (asked === this.#named) return;
    this.#named = asked;
    const size = this.#isCrowded ? 12 : 13;
    const { width, height } = this.#world.map;
    const limits = { radius: this.#radius + (this.#isCrowded ? 2 : 4), height: size, right: width * this.#scale, bottom: height * this.#scale };
    const marks = this.#isCrowded ? wanted.map((pop) => this.#marks[pop]) : this.#marks.filter((mark) => mark !== undefined);
    const taken = marks.map(({ at }) => around(at, this.#radius));
    if (this.#store !== null) taken.push(around(this.#store, 7));
    const boxes = beside(wanted.map((pop, order) => ({ at: this.#marks[pop].at, width: names[order].length * size * CHARACTER })), taken, limits);
    for (const { name } of this.#marks.filter((mark) => mark !== undefined)) name.classList.remove('shown');
    wanted.forEach((pop, order) => {
      const [{ name }, box] = [this.#marks[pop], boxes[order]];
      if (box === null) return;
      name.textContent = names[order];
      name.setAttribute('x', (box.left + box.right) / 2);
      name.setAttribute('y', box.bottom - 2);
      name.classList.add('shown');
    });
  }

  #telling() {
    const old = this.#copies.map((copy, pop) => ({ copy, pop })).filter(({ copy, pop }) => copy.kind === 'superseded' && this.#marks[pop] !== undefined);
    old.sort((a, b) => b.copy.left - a.copy.left);
    const isNarrow = this.#world.map.width * this.#scale < NARROW;
    return old.slice(0, isNarrow ? MOST_TELLING.narrow : MOST_TELLING.wide).map(({ pop }) => pop);
  }

  #text(pop) {
    const { code, city } = this.#world.pops[pop];
    return pop === this.#hovered && city !== '' ? `${code} ${city}` : code;
  }
}

/** What a copy is, in a few words. */
export function told(copy) {
  if (copy.kind === 'none') return 'no copy';
  const version = `v${copy.version}${copy.isMissing ? ' (no value)' : ''}`;
  if (copy.kind === 'expired') return `${version}, expired`;
  const left = `served for up to ${words.span(copy.left)} more`;
  return copy.kind === 'newest' ? `${version}, ${left}` : `${version}, superseded for ${words.span(copy.supersededFor)}, ${left}`;
}

const disc = (r) => `M${-r} 0a${r} ${r} 0 1 1 ${2 * r} 0a${r} ${r} 0 1 1 ${-2 * r} 0z`;
const diamond = (r) => `M0 ${-r}L${r} 0L0 ${r}L${-r} 0z`;
