// Where things go on the map so that they do not cover each other: markers apart, codes beside them.

/**
 * Moves points apart until they are `apart`, as far as that goes; `fixed` stay. In pixels. Each stays near its place:
 * what has moved is drawn back a little at every turn.
 */
export function spread(places, fixed, apart) {
  const points = places.map(([x, y]) => ({ x, y }));
  const others = fixed.map(([x, y]) => ({ x, y, isFixed: true }));
  const all = [...points, ...others];
  for (let turn = 0; turn < 60; turn += 1) {
    points.forEach((point, at) => {
      point.x += (places[at][0] - point.x) * 0.05;
      point.y += (places[at][1] - point.y) * 0.05;
    });
    for (let a = 0; a < points.length; a += 1) {
      for (let b = a + 1; b < all.length; b += 1) push(points[a], all[b], apart, a + b);
    }
  }
  return points.map(({ x, y }) => [x, y]);
}

function push(a, b, apart, turn) {
  let [dx, dy] = [b.x - a.x, b.y - a.y];
  let distance = Math.hypot(dx, dy);
  if (distance >= apart) return;
  if (distance < 0.01) {
    // In the same place: any direction will do, but not the same for all.
    [dx, dy, distance] = [Math.cos(turn), Math.sin(turn), 1];
  }
  const by = (apart - Math.min(distance, apart)) / distance / (b.isFixed ? 1 : 2);
  a.x -= dx * by;
  a.y -= dy * by;
  if (!b.isFixed) {
    b.x += dx * by;
    b.y += dy * by;
  }
}

/**
 * Places for texts beside points, the more important ones first; those for which there is none are left out.
 * `wanted` has { at: [x, y], width }, `taken` has the boxes of what must not be covered.
 */
export function beside(wanted, taken, { radius, height, right, bottom }) {
  const boxes = [...taken];
  return wanted.map(({ at: [x, y], width }) => {
    const gap = radius + 3;
    const candidates = [
      [x + gap, y - height / 2],
      [x - gap - width, y - height / 2],
      [x - width / 2, y - gap - height],
      [x - width / 2, y + gap],
      [x + gap * 0.7, y - gap - height * 0.6],
      [x + gap * 0.7, y + gap * 0.5],
      [x - gap * 0.7 - width, y - gap - height * 0.6],
      [x - gap * 0.7 - width, y + gap * 0.5],
    ];
    const found = candidates.map(([left, top]) => ({ left, top, right: left + width, bottom: top + height }))
      .find((box) => box.left >= 0 && box.top >= 0 && box.right <= right && box.bottom <= bottom && !boxes.some((other) => covers(other, box)));
    if (found === undefined) return null;
    boxes.push(found);
    return found;
  });
}

const covers = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

export const around = ([x, y], radius) => ({ left: x - radius, top: y - radius, right: x + radius, bottom: y + radius });
