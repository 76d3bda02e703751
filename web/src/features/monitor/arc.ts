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

/**
 * The end of a gauge's scale: what the figure cannot exceed, or a quarter more than its threshold, so
 * that being above it can be seen. Without either there is no scale.
 */
export function scaleOf(limit: number | null, natural: number | null): number | null {
  if (natural !== null) return natural;
  return limit === null || limit === 0 ? null : limit * 1.25;
}
