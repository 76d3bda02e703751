import { readStored, writeStored } from '@/api/stored';

/** The languages that every word of the app exists in, each named in itself. */
export const LANGUAGES = [
  { tag: 'en', name: 'English' },
  { tag: 'zh-CN', name: '简体中文' },
] as const;

export type Language = (typeof LANGUAGES)[number]['tag'];

const KEY = 'headwater.language';
const RIGHT_TO_LEFT = new Set(['ar', 'dv', 'fa', 'he', 'ku', 'ps', 'sd', 'ug', 'ur', 'yi']);

const known = (tag: string | null): Language | null => LANGUAGES.find((one) => one.tag === tag)?.tag ?? null;

/** The first language of a reader's list that the app speaks; English when there is none. */
export function fitting(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-')[0];
    const found = known(tag) ?? LANGUAGES.find((one) => one.tag.split('-')[0] === base)?.tag;
    if (found) return found;
  }
  return 'en';
}

/** What somebody chose in this browser, or else what their browser asks for. */
function chosen(): Language {
  return known(readStored(KEY)) ?? fitting(globalThis.navigator?.languages ?? []);
}

let now: Language = chosen();

export const language = (): Language => now;

/** How numbers and dates are written: in the language that is spoken, as the reader's own country does. */
export function locale(): string {
  const base = now.split('-')[0];
  return globalThis.navigator?.languages?.find((tag) => tag.split('-')[0] === base) ?? now;
}

/** Whether text runs from the right in a language. */
export const isRightToLeft = (tag: string): boolean => RIGHT_TO_LEFT.has(tag.split('-')[0] ?? '');

/** Tells the page which language its text is in, and which way it runs. */
export function nameLanguage(): void {
  document.documentElement.lang = now;
  document.documentElement.dir = isRightToLeft(now) ? 'rtl' : 'ltr';
}

/** Keeps the choice in this browser; `speakIn` of the words makes the app use it. */
export function chooseLanguage(tag: Language): void {
  now = tag;
  writeStored(KEY, tag);
}
