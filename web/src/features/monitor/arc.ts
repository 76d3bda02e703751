/** The arc of a gauge: half a circle from left to right, as SVG draws it. */
const RADIUS = 40;
const CENTRE = 48;

function point(share: number): [number, number] {
  const angle = Math.PI * (1 - share);
  return [CENTRE + RADIUS * Math.cos(angle), CENTRE - RADIUS * Math.sin(angle)];
}

const at = (share: number) => point(share).map((place) => place.toFixed(2)).join(' ');

/** The path from 0 to a share (0 to 1) of the arc. */
export function arc(share: number): string {
  const end = Math.min(1, Math.max(0, share));
  return `M ${at(0)} A ${RADIUS} ${RADIUS} 0 0 1 ${at(end)}`;
}

/** Where a value stands between nothing and the end of the scale. */
export const shareOf = (value: number, most: number) => (most > 0 ? Math.min(1, Math.max(0, value / most)) : 0);

/** The next round number with room above a value: 1, 2 or 5 of its power of ten. */
export function roundAbove(value: number): number | null {
  if (!(value > 0)) return null;
  const wanted = value * 1.2;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((digit) => digit * power).find((one) => one >= wanted) ?? wanted;
}

/**
 * The end of a gauge's scale: what the figure cannot exceed, or a quarter more than its threshold, so
 * that being above it can be seen. Without either it is a round number above the most there was.
 */
export function scaleOf(limit: number | null, natural: number | null, most: number | null = null): number | null {
  if (natural !== null) return natural;
  if (limit !== null && limit > 0) return limit * 1.25;
  return most === null ? null : roundAbove(most);
}
