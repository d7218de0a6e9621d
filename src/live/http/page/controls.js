// The pace of simulated time: pause, step, speed, and the clock.

import { post } from './api.js';
import * as words from './words.js';

const SPEEDS = [0.1, 0.5, 1, 2, 5, 10, 30, 60];

const element = (id) => document.getElementById(id);

/** Makes the buttons work; `complain` is told what goes wrong. */
export function start(complain) {
  const speed = element('speed');
  speed.replaceChildren(...SPEEDS.map(option));
  const tell = (path, body) => post(path, body).then(showPace, complain);
  element('pause').addEventListener('click', () => {
    tell(element('pause').dataset.paused === 'true' ? '/api/resume' : '/api/pause');
  });
  for (const button of document.querySelectorAll('[data-step]')) {
    button.addEventListener('click', () => tell('/api/step', { by: button.dataset.step }));
  }
  speed.addEventListener('change', () => tell('/api/speed', { speed: Number(speed.value) }));
}

const option = (speed) => new Option(`${speed}×`, speed);

/** Shows how time goes; also what a command answers, before the next state comes. */
export function showPace({ time_s, date_s, speed, paused }) {
  element('clock').textContent = words.clock(time_s);
  if (date_s !== undefined) element('date').textContent = words.date(date_s);
  element('paused').hidden = !paused;
  const button = element('pause');
  button.dataset.paused = paused;
  button.textContent = paused ? 'Go on' : 'Pause';
  document.body.classList.toggle('paused', paused);
  const select = element('speed');
  // Somebody else may have chosen a speed that is not in the list.
  const known = [...select.options].some((option) => Number(option.value) === speed);
  if (!known) select.add(option(speed));
  if (document.activeElement !== select) select.value = speed;
}
