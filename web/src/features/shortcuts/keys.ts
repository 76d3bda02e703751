/** What a key press may mean, wherever it is not typed into something. */
export type Press =
  | { do: 'palette' | 'help' | 'search' }
  | { do: 'go'; to: string }
  | { do: 'move'; by: 1 | -1 };

/** Keys after `g`, and the pages they lead to. */
export const GO_KEYS = {
  h: '/',
  c: '/chat',
  f: '/flows',
  k: '/knowledge',
  r: '/runs',
  m: '/monitor',
} as const;

export interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing: boolean;
  keyCode: number;
}

/** How long `g` waits for its second key, in milliseconds. */
export const PATIENCE = 1500;

/** Reads key presses, one after the other; `g` waits for the next one. */
export class KeyReader {
  private wentAt = -Infinity;

  /**
   * What a press means. `typing` is whether it goes into a field or an open dialog, `single`
   * whether keys without a modifier mean anything, `at` the time in milliseconds.
   */
  read(event: Key, typing: boolean, single: boolean, at: number): Press | null {
    // 229 is what input methods send; Enter and letters belong to them then.
    if (event.isComposing || event.keyCode === 229) return null;
    const modified = event.ctrlKey || event.metaKey;
    if (modified && !event.altKey && event.key.toLowerCase() === 'k') return { do: 'palette' };
    if (modified || event.altKey || typing || !single) return null;
    const waiting = at - this.wentAt < PATIENCE;
    this.wentAt = -Infinity;
    if (waiting) {
      const to = GO_KEYS[event.key as keyof typeof GO_KEYS];
      return to ? { do: 'go', to } : null;
    }
    if (event.key === 'g') this.wentAt = at;
    if (event.key === '/') return { do: 'search' };
    if (event.key === '?') return { do: 'help' };
    if (event.key === 'j') return { do: 'move', by: 1 };
    if (event.key === 'k') return { do: 'move', by: -1 };
    return null;
  }
}

const TEXT_INPUTS = new Set(['button', 'checkbox', 'color', 'file', 'image', 'radio', 'range', 'reset', 'submit']);

/** Whether an element takes letters itself. */
export function takesText(element: Element | null): boolean {
  if (element instanceof HTMLInputElement) return !TEXT_INPUTS.has(element.type);
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return true;
  return element instanceof HTMLElement && element.isContentEditable;
}

/** Moves to the next or the one before of the links that stand for the rows of a list (`data-rows`). */
export function moveInRows(by: 1 | -1): void {
  const links = [...document.querySelectorAll('[data-rows] > li')].flatMap((row) => row.querySelector('a') ?? []);
  const at = links.findIndex((link) => link.closest('li')?.contains(document.activeElement));
  const next = at < 0 ? links[by > 0 ? 0 : links.length - 1] : links[at + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
