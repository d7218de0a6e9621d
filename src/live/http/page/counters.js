// The answer at a glance, whether the last write has reached everybody, and the counters.

import { colour, named, superseded } from './copies.js';
import * as words from './words.js';

/** From so far behind the wall clock on, the delays that clients see are not those of the scenario. */
const LAG_TOLERANCE_S = 0.005;

const element = (id) => document.getElementById(id);

/** When each version of the followed key was first seen to be everywhere; the page must have seen it elsewhere before. */
let watched = { name: null, version: null, wasElsewhere: false, everywhere: null };

function watch(state, old) {
  const name = JSON.stringify([state.key.namespace, state.key.name]);
  if (watched.name !== name || watched.version !== state.key.version) {
    watched = { name, version: state.key.version, wasElsewhere: false, everywhere: null };
  }
  if (old > 0) watched.wasElsewhere = true;
  if (old === 0 && watched.wasElsewhere && watched.everywhere === null) {
    watched.everywhere = state.time_s - state.key.committed_s;
  }
  return watched.everywhere;
}

/** Shows who still serves the old value. */
export function showAnswer(world, state, copies, key) {
  const { answer, details, announced } = answerOf(world, state, copies, key);
  element('answer').textContent = answer;
  element('details').textContent = details;
  if (element('announced').textContent !== announced) element('announced').textContent = announced;
  showBar(state, copies);
}

function answerOf(world, state, copies, key) {
  if (key === null && state.pops.some(({ reads }) => reads > 0)) {
    return said('One moment.', 'The key that was asked for last comes with the next look.');
  }
  if (key === null) {
    return said('Nobody has asked for anything yet.', 'Name a key, choose a PoP on the map, and write to it.');
  }
  if (state.key === null) {
    return said(`Nobody has asked for ${key} yet.`, 'Choose a PoP on the map, and read or write it there.');
  }
  const { version, missing, committed_s: committed } = state.key;
  const old = superseded(copies);
  const holders = copies.filter(({ kind }) => kind === 'newest').length;
  const current = holders === 1 ? '1 PoP has the current copy' : `${holders} PoPs have the current copy`;
  if (committed === null) {
    return said(`Nobody has written ${key} yet.`, `${current}, and all reads are fresh.`);
  }
  const ago = words.span(Math.max(0, state.time_s - committed));
  const what = missing ? `The delete (v${version})` : `v${version}`;
  const everywhere = watch(state, old.length);
  if (old.length === 0) {
    const after = everywhere === null ? '' : ` It took ${words.span(everywhere)} until nobody was served an old one.`;
    const details = `${what} was committed ${ago} ago; ${current}.${after}`;
    return said(`Nobody serves an old value of ${key} any more.`, details);
  }
  const last = old[0];
  // The REST API asks the store itself.
  const all = world.pops.filter(({ is_api: isApi }) => !isApi).length;
  const verb = old.length === 1 ? 'serves' : 'serve';
  const answer = `${old.length} of ${words.plural(all, 'PoP', 'PoPs')} still ${verb} an old value of ${key}.`;
  const details = `${what} was committed ${ago} ago; ${current}. The last old copy, at ${world.pops[last.pop].code}, has ${words.span(last.left)} to go.`;
  return { answer, details, announced: answer };
}

const said = (answer, details) => ({ answer, details, announced: answer });

/** One stretch for each version that is served. */
function showBar(state, copies) {
  const stretches = new Map();
  for (const { kind, version, isMissing } of copies) {
    if (kind !== 'newest' && kind !== 'superseded') continue;
    const name = `${named(version, isMissing)}${kind === 'superseded' ? ', superseded' : ', the newest'}`;
    const stretch = stretches.get(name) ?? { version, kind, pops: 0 };
    stretches.set(name, { ...stretch, pops: stretch.pops + 1 });
  }
  const bar = element('bar');
  const ordered = [...stretches].sort(([, a], [, b]) => b.version - a.version);
  bar.setAttribute('aria-label', ordered.map(([name, { pops }]) => `${name}: ${words.plural(pops, 'PoP', 'PoPs')}`).join('; '));
  bar.hidden = ordered.length === 0;
  while (bar.children.length < ordered.length) bar.append(document.createElement('span'));
  while (bar.children.length > ordered.length) bar.lastChild.remove();
  ordered.forEach(([name, { version, kind, pops }], at) => {
    const stretch = bar.children[at];
    stretch.className = `${colour(version)} ${kind}`;
    stretch.style.flexGrow = pops;
    stretch.title = name;
    stretch.replaceChildren(tag(`v${version} · ${pops}`));
  });
}

function tag(text) {
  const tag = document.createElement('b');
  tag.textContent = text;
  return tag;
}

const CARDS = [
  ['reads', 'reads', (sum) => words.count(sum('reads'))],
  ['hits', 'of reads are hits', (sum) => words.share(sum('hits'), sum('reads'))],
  ['stale', 'stale reads', (sum) => words.count(sum('stale_reads'))],
  ['stale-share', 'of reads are stale', (sum) => words.share(sum('stale_reads'), sum('reads'))],
  ['latency', 'a read takes on average', (sum, state) => latency(state)],
  ['writes', 'writes accepted', (sum) => words.count(sum('puts') + sum('deletes'))],
  ['rejected', 'writes refused', (sum) => words.count(sum('rejected_writes'))],
  ['store-reads', 'reads at the store', (sum) => words.count(sum('store_reads'))],
  ['lag', 'behind the clock', (sum, state) => words.wait(1000 * state.lag.now_s)],
  ['memory', 'of memory', (sum, state) => words.size(state.memory_bytes)],
];

function latency({ pops }) {
  const reads = pops.reduce((sum, pop) => sum + pop.reads, 0);
  const waited = pops.reduce((sum, pop) => sum + pop.reads * (pop.read_latency_mean_ms ?? 0), 0);
  return reads === 0 ? '–' : words.wait(waited / reads);
}

/** Shows the counters, and says so when kvlag cannot keep up. */
export function showCounters(state) {
  const sum = (name) => state.pops.reduce((sum, pop) => sum + pop[name], 0);
  const cards = element('cards');
  if (cards.children.length === 0) cards.append(...CARDS.map(card));
  CARDS.forEach(([, , value], at) => {
    cards.children[at].firstChild.textContent = value(sum, state);
  });
  const { now_s: lag } = state.lag;
  const isBehind = lag > LAG_TOLERANCE_S && !state.paused;
  element('card-lag').classList.toggle('bad', isBehind);
  const behind = element('behind');
  behind.classList.toggle('bad', isBehind);
  const text = isBehind ? `kvlag is behind by ${words.wait(1000 * lag)}: the delays are not right at this load.` : 'kvlag keeps up: delays are right to within 5 ms.';
  if (behind.textContent !== text) behind.textContent = text;
}

function card([name, what]) {
  const card = document.createElement('p');
  card.className = 'card';
  card.id = `card-${name}`;
  const text = document.createElement('span');
  text.textContent = what;
  card.append(document.createElement('b'), text);
  return card;
}
