//! What a page in a browser must not do: each check finds what is wrong, as a list of what it is.

use crate::devtools::Browser;
use serde_json::json;

/// At these widths, in pixels, a page is looked at: a telephone, a tablet, a projector.
pub const WIDTHS: [u32; 3] = [360, 1024, 1920];

/// Events that a quiet page does not cause.
pub const LOUD: [&str; 3] = [
    "Runtime.consoleAPICalled",
    "Runtime.exceptionThrown",
    "Log.entryAdded",
];

/// What sticks out of the window: elements that do not lie in a box of their own that scrolls, or in a figure that
/// cuts off what it does not show.
pub const STICKING_OUT: &str = "[...document.querySelectorAll('main *')]
  .filter(e => !(e.ownerSVGElement && getComputedStyle(e.ownerSVGElement).overflow === 'hidden'))
  .filter(e => !e.closest('.wide') && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.tagName + ': ' + e.textContent.slice(0, 40))";

/// Pairs of words in a figure of which one covers a good part of the other.
pub const COVERED: &str = "[...document.querySelectorAll('figure svg')].flatMap(svg => {
  const seen = [...svg.querySelectorAll('text')].filter(t => getComputedStyle(t).visibility === 'visible');
  const words = seen.map(t => ({ text: t.textContent, box: t.getBoundingClientRect() }));
  return words.flatMap((a, i) => words.slice(i + 1).filter(b => {
    const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    const least = Math.min(a.box.width * a.box.height, b.box.width * b.box.height);
    return width > 0 && height > 0 && width * height > 0.25 * least;
  }).map(b => svg.getAttribute('aria-labelledby') + ': ' + a.text + ' / ' + b.text));
})";

/// Texts whose colour is too near that of the ground (WCAG 2, 1.4.3: 4.5 to 1).
pub const PALE: &str = "(() => {
  const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = light(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll('h1, h2, p, td, th, small, svg .tick, svg .label')]
    .filter(e => e.textContent.trim() && !e.closest('[class^=h]'))
    .map(e => [e, light(e.closest('svg') ? getComputedStyle(e).fill : getComputedStyle(e).color)])
    .filter(([, l]) => (Math.max(l, ground) + 0.05) / (Math.min(l, ground) + 0.05) < 4.5)
    .map(([e]) => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 40));
})()";

/// Words of figures that are smaller than 7 pixels.
pub const TINY: &str = "[...document.querySelectorAll('figure svg')].flatMap(svg => {
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  return [...svg.querySelectorAll('text')].filter(t => parseFloat(getComputedStyle(t).fontSize) * scale < 7)
    .map(t => svg.getAttribute('aria-labelledby') + ': ' + t.textContent);
})";

/// Ids that are given twice.
pub const TWICE: &str = "(ids => ids.filter((id, at) => ids.indexOf(id) !== at))([...document.querySelectorAll('[id]')].map(e => e.id))";

/// Fails if an expression finds something on the page.
pub fn nothing(browser: &mut Browser, expression: &str, what: &str) {
    let found = browser.value(expression);
    assert_eq!(found, json!([]), "{what}");
}
