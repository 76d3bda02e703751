import { useSyncExternalStore } from 'react';
import { chooseLanguage, type Language, language, locale } from './language';
import type frameWords from './words.en';
import { type Counted, fill, type Values, type Words } from './words';

type Frame = typeof frameWords;

/** Where the words of an area are, language by language; the English ones say which there are. */
export type Catalogue<W extends Words> = Record<Exclude<Language, 'en'>, () => Promise<{ default: Words }>> & {
  en: () => Promise<{ default: W }>;
};

/** The words of one area, in the language they were last fetched in. */
class Area {
  said: Words = {};
  private spokenIn: Language | null = null;
  private coming: Promise<void> | null = null;
  constructor(private readonly fetchWords: (tag: Language) => Promise<{ default: Words }>) {}

  isReady(): boolean {
    return this.spokenIn === language();
  }

  /** Fetches the words of the chosen language, once. */
  async ready(): Promise<void> {
    const tag = language();
    if (this.spokenIn === tag) return;
    this.coming ??= this.fetchWords(tag)
      .then((words) => {
        this.said = words.default;
        this.spokenIn = tag;
      })
      .finally(() => {
        this.coming = null;
      });
    await this.coming;
  }
}

const frame = new Area((tag) => (tag === 'en' ? import('./words.en') : import('./words.zh-CN')));
const areas: Area[] = [frame];

/** Ends when all words of the parts that were loaded so far can be said. */
export async function spoken(): Promise<void> {
  while (areas.some((area) => !area.isReady())) await Promise.all(areas.map((area) => area.ready()));
}

/** Loads a part of the app together with the words it says; every late part comes through here. */
export function withWords<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => {
    const [part] = await Promise.all([load(), frame.ready()]);
    await spoken();
    return part;
  };
}

/** The app's own words, and those of an area in front of them. */
function say<All extends Words>(area: Area) {
  const text = (key: string): string => area.said[key] ?? frame.said[key] ?? key;
  const t = <K extends keyof All & string>(key: K, ...values: Values<All[K]>): string =>
    fill(text(key), values[0] as Record<string, string | number> | undefined);
  /** The text for a number of things, in the form that the language has for it. */
  const tn = (key: Counted<keyof All>, count: number): string => {
    const form = `${key}.${pluralForm(count)}`;
    const known = form in area.said || form in frame.said ? form : `${key}.other`;
    return fill(text(known), { count: count.toLocaleString(locale()) });
  };
  return { t, tn };
}

/**
 * Says the texts of an area, and those of the whole app. Only the chosen language is fetched, as
 * soon as the module that calls this is there. A missing key or slot does not compile.
 */
export function speak<W extends Words>(catalogue: Catalogue<W> | W) {
  // A part that is said in English only hands over its words as they are.
  const isCatalogue = typeof catalogue.en === 'function';
  const area = new Area((tag) => (isCatalogue ? (catalogue as Catalogue<W>)[tag]() : Promise.resolve({ default: catalogue as W })));
  if (!isCatalogue) area.said = catalogue as W;
  areas.push(area);
  // Whoever shows a part waits for its words, and tells if they do not come.
  area.ready().catch(() => {});
  return say<W & Omit<Frame, keyof W>>(area);
}

export type Key = keyof Frame;
export const { t, tn } = say<Frame>(frame);

let plural: { tag: Language; rules: Intl.PluralRules } | null = null;
function pluralForm(count: number): string {
  const tag = language();
  if (plural?.tag !== tag) plural = { tag, rules: new Intl.PluralRules(tag) };
  return plural.rules.select(count);
}

const listeners = new Set<() => void>();
let shown = language();

/** Changes the language of the whole page once its words are there; nothing is loaded anew. */
export async function speakIn(tag: Language): Promise<void> {
  const before = language();
  chooseLanguage(tag);
  try {
    await spoken();
  } catch (error) {
    chooseLanguage(before);
    throw error;
  }
  shown = tag;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The language on the screen. */
export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, () => shown);
}
