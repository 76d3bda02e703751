// As crates/model/src/share/colour.rs has it, so that the preview shows what visitors will see.
const READABLE = 4.5;
const LIGHT_SURFACE = 0.83;
const DARK_SURFACE = 0.022;

type Parts = [number, number, number];

function luminance(colour: Parts): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Parts;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const contrast = (one: number, other: number) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);

function shade(colour: Parts, goal: number, surface: number): { colour: string; text: string } {
  let found: Parts = [goal, goal, goal];
  for (let step = 0; step <= 50; step += 1) {
    const mixed = colour.map((part) => part + ((goal - part) * step) / 50) as Parts;
    if (contrast(luminance(mixed), surface) >= READABLE) {
      found = mixed;
      break;
    }
  }
  const own = found.map(Math.round) as Parts;
  const hex = own.map((part) => part.toString(16).padStart(2, '0')).join('');
  return { colour: `#${hex}`, text: contrast(luminance(own), 1) >= READABLE ? '#ffffff' : '#000000' };
}

/** The nearest colours to `#rrggbb` that can be read on each theme; null when it is none. */
export function accentOf(colour: string) {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return null;
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as Parts;
  return { light: shade(parts, 0, LIGHT_SURFACE), dark: shade(parts, 255, DARK_SURFACE) };
}
