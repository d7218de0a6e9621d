// Numbers in words: times, counts, shares and sizes as people read them.

const whole = new Intl.NumberFormat('en');

export const count = (number) => whole.format(number);

/** "0.8 s", "12 s", "1 min 5 s", "2 h" */
export function span(seconds) {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  if (rounded < 3600) return both(rounded, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return both(minutes, 'h', 'min');
  return `${(seconds / 86400).toFixed(1)} d`;
}

function both(number, large, small) {
  const rest = number % 60 === 0 ? '' : ` ${number % 60} ${small}`;
  return `${Math.floor(number / 60)} ${large}${rest}`;
}

/** Likewise in a narrow column: "34 s", "5.2 min", "1.5 h" */
export function short(seconds) {
  if (seconds < 99.5) return `${seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 5970) return `${(seconds / 60).toFixed(1)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** What a client waits for: "1.0 ms", "254 ms", "1.2 s" */
export function wait(milliseconds) {
  if (milliseconds < 99.5) return `${milliseconds.toPrecision(2)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  return span(milliseconds / 1000);
}

/** The simulated clock: "4:05.2", "1:04:05.2" */
export function clock(seconds) {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  const two = (number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60];
  const rest = `${two(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

export const date = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** A part of a whole; of nothing there is none. */
export function share(part, all) {
  if (all === 0) return '–';
  const percent = (100 * part) / all;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent < 10 && percent > 0 ? percent.toFixed(1) : Math.round(percent)} %`;
}

export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

export const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;
