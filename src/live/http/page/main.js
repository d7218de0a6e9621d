// The page's beginning: it learns the world, follows a key, and hands each state to those who show a part of it.

import * as api from './api.js';
import { Client } from './client.js';
import * as controls from './controls.js';
import { copies } from './copies.js';
import { showAnswer, showCounters } from './counters.js';
import { Keys } from './keys.js';
import { Log } from './log.js';
import { WorldMap } from './map.js';
import { Pops } from './pops.js';
import { explain } from './story.js';

const element = (id) => document.getElementById(id);

const world = await api.get('/api/world');
element('title').textContent = world.title;
element('question').textContent = world.question ?? '';
document.title = `${world.title} – kvlag, live`;

const keys = new Keys(follow);
const map = new WorldMap(world, choose);
const pops = new Pops(world, choose);
const client = new Client(world, keys, explain);
const log = new Log(keys, explain);
controls.start((error) => mourn(`That did not work: ${error.message}`));

/** The state that is shown. */
let shown = null;
/** What was told already ends before these numbers. */
let [readsFrom, writesFrom] = [0, 0];
let stop = null;
let isLost = false;

choose(0);
follow();

function choose(pop) {
  for (const part of [map, pops, client]) part.select(pop);
  if (shown !== null) client.update(shown, copies(shown));
}

/** Listens to what happens, from now on with an eye to the copies of the key that is followed. */
function follow() {
  if (isLost) return;
  stop?.();
  stop = api.listen({ key: keys.key, namespace: keys.namespace, readsFrom, writesFrom }, hear, lose);
}

function hear(state) {
  const reads = state.reads.filter(({ number }) => number >= readsFrom);
  const writes = state.writes.filter(({ number }) => number >= writesFrom);
  const before = shown;
  [shown, readsFrom, writesFrom] = [state, state.read_count, state.write_count];
  element('gone').hidden = true;
  const all = copies(state);
  controls.showPace(state);
  showAnswer(world, state, all, keys.key);
  showCounters(state);
  map.update(state, before, all);
  pops.update(state, all);
  client.update(state, all);
  log.note(reads, writes);
  // What happened before the page was opened is no news.
  if (before !== null) writes.forEach(tellWrite);
  keys.note({ ...state, reads, writes });
}

function tellWrite(write) {
  const pop = world.pops.findIndex(({ code }) => code === write.pop);
  map.write(pop, write.version ?? 0, write.version !== null);
}

function mourn(text) {
  element('gone').textContent = text;
  element('gone').hidden = false;
}

/** The server is gone, or its connection is. */
async function lose(hasSaidSo) {
  isLost = true;
  mourn(hasSaidSo ? 'The session is over.' : 'kvlag does not answer: the session may be over. The page waits for it …');
  const other = await api.comesBack();
  // Another session has another world.
  if (other.session !== world.session) location.reload();
  isLost = false;
  follow();
}
