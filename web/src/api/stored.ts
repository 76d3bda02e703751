/** Where a choice is kept: for this browser, or for this tab. */
export type Place = 'browser' | 'tab';

// A browser may forbid storage; then a choice lasts until the page is left.
const memory = new Map<string, string>();

const storage = (place: Place) => (place === 'tab' ? sessionStorage : localStorage);

export function readStored(key: string, place: Place = 'browser'): string | null {
  try {
    return storage(place).getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

export function writeStored(key: string, value: string | null, place: Place = 'browser'): void {
  try {
    if (value) storage(place).setItem(key, value);
    else storage(place).removeItem(key);
  } catch {
    if (value) memory.set(key, value);
    else memory.delete(key);
  }
}
