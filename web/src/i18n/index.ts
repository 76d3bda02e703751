import { en } from './en';

type Words = typeof en;
export type Key = keyof Words;
type Slots<S> = S extends `${string}{${infer Slot}}${infer Rest}` ? Slot | Slots<Rest> : never;
type Values<K extends Key> = [Slots<Words[K]>] extends [never]
  ? []
  : [values: Record<Slots<Words[K]>, string | number>];

/** The text of `key` with its slots filled. A missing key or slot does not compile. */
export function t<K extends Key>(key: K, ...values: Values<K>): string {
  const filling = values[0] as Record<string, string | number> | undefined;
  if (!filling) return en[key];
  return en[key].replace(/\{(\w+)\}/g, (whole, slot: string) => String(filling[slot] ?? whole));
}

type CountedKey = { [K in Key]: K extends `${infer Base}.one` ? Base : never }[Key];
const plural = new Intl.PluralRules('en');

/** The text for a number of things: `key.one` or `key.other`. */
export function tn(key: CountedKey, count: number): string {
  const form = plural.select(count) === 'one' ? 'one' : 'other';
  return en[`${key}.${form}` as Key].replace('{count}', count.toLocaleString('en'));
}
