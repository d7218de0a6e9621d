// What each PoP's copy of the followed key is: the newest version, a superseded one, or none that would be served.

/** Colours of versions; they come again, as in the report. Version 0 has one of its own. */
const COLOURS = 7;

export const colour = (version) => (version === 0 ? 'v0' : `v${((version - 1) % COLOURS) + 1}`);

export const named = (version, isMissing) => `v${version}${isMissing ? ' (no value)' : ''}`;

/** By PoP, in the order of the world. */
export function copies(state) {
  const held = state.key?.copies ?? state.pops.map(() => null);
  return held.map((copy) => {
    if (copy === null) return { kind: 'none' };
    const told = {
      version: copy.version,
      isMissing: copy.missing,
      age: state.time_s - copy.since_s,
      left: copy.until_s - state.time_s,
      life: copy.until_s - copy.since_s,
    };
    if (told.left <= 0) return { ...told, kind: 'expired' };
    if (copy.superseded_s === null) return { ...told, kind: 'newest' };
    return { ...told, kind: 'superseded', supersededFor: state.time_s - copy.superseded_s };
  });
}

/** Those that still serve what is superseded, the one that does for longest first. */
export function superseded(all) {
  const old = all.map((copy, pop) => ({ ...copy, pop })).filter((copy) => copy.kind === 'superseded');
  return old.sort((a, b) => b.left - a.left || a.pop - b.pop);
}
