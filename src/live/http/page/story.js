// The story of a read in a dialog: what it returned and why, in words and as a figure.

import { get } from './api.js';

const element = (id) => document.getElementById(id);

/** The read whose story was asked for last. */
let asked = null;

/** Tells the story of a read by its number. */
export async function explain(number) {
  asked = number;
  element('story-title').textContent = 'Reading the record …';
  element('story-text').replaceChildren();
  element('story-figure').replaceChildren();
  if (!element('story').open) element('story').showModal();
  let story;
  try {
    story = await get(`/api/story/${number}`);
  } catch (error) {
    story = { headline: 'There is no story of this read.', why: error.message, svg: null };
  }
  if (asked !== number) return;
  element('story-title').textContent = story.headline;
  const parts = [['Why', story.why], ['That is', story.documented], ['To change it', story.change?.join(' ')], ['Besides', story.same]];
  const told = parts.filter(([, text]) => text !== undefined && text !== null);
  element('story-text').replaceChildren(...told.flatMap(([name, text]) => [node('dt', name), node('dd', text)]));
  if (story.svg !== null) element('story-figure').replaceChildren(figure(story.svg));
}

function node(name, text) {
  const node = document.createElement(name);
  node.textContent = text;
  return node;
}

const STYLE = /<style>([^<]*)<\/style>/;

/** The figure with its own style, which is for it alone: so it stands in a tree of its own. */
function figure(text) {
  const style = new CSSStyleSheet();
  style.replaceSync(`svg { display: block; width: 100%; height: auto; } ${STYLE.exec(text)[1]}`);
  // The page's policy forbids styles in what is parsed, even where it is not shown.
  const drawing = new DOMParser().parseFromString(text.replace(STYLE, ''), 'image/svg+xml').documentElement;
  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [style];
  root.append(document.importNode(drawing, true));
  return host;
}
