import { en } from './en';

/** Texts by key; `{slot}` is filled when the text is said. */
type Words = Record<string, string>;
type Slots<S> = S extends `${string}{${infer Slot}}${infer Rest}` ? Slot | Slots<Rest> : never;
type Values<S> = [Slots<S>] extends [never] ? [] : [values: Record<Slots<S>, string | number>];
type Counted<K> = K extends `${infer Base}.one` ? Base : never;

const plural = new Intl.PluralRules('en');

/**
 * Says the texts of a catalogue; a missing key or slot does not compile. The app's own is below;
 * a part of the app that is loaded late brings its words with it.
 */
export function speak<W extends Words>(words: W) {
  const t = <K extends keyof W & string>(key: K, ...values: Values<W[K]>): string => {
    const text: string = words[key] as string;
    const filling = values[0] as Record<string, string | number> | undefined;
    if (!filling) return text;
    return text.replace(/\{(\w+)\}/g, (whole, slot: string) => String(filling[slot] ?? whole));
  };
  /** The text for a number of things: `key.one` or `key.other`. */
  const tn = (key: Counted<keyof W>, count: number): string => {
    const form = plural.select(count) === 'one' ? 'one' : 'other';
    return (words[`${key}.${form}`] as string).replace('{count}', count.toLocaleString('en'));
  };
  return { t, tn };
}

export type Key = keyof typeof en;
export const { t, tn } = speak(en);
