/** Texts by key; `{slot}` is filled when the text is said. */
export type Words = Readonly<Record<string, string>>;

export type Slots<S> = S extends `${string}{${infer Slot}}${infer Rest}` ? Slot | Slots<Rest> : never;
export type Values<S> = [Slots<S>] extends [never] ? [] : [values: Record<Slots<S>, string | number>];

/** The keys that exist once for each form of a number: `key.one`, `key.other`. */
export type Counted<K> = K extends `${infer Base}.one` ? Base : never;

type Forms<K> = `${Counted<K>}.one` | `${Counted<K>}.other`;

/** What a translation must say: every text, and each counted one in the forms its language has. */
type Needed<E, Form extends string> = Exclude<keyof E, Forms<keyof E>> | `${Counted<keyof E>}.${Form}`;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Original<E, K> = K extends keyof E ? E[K] : K extends `${infer Base}.${string}` ? E[`${Base}.other` & keyof E] : never;

type Wrong<E, T, Form extends string> =
  | Exclude<Needed<E, Form>, keyof T>
  | Exclude<keyof T, Needed<E, Form>>
  | { [K in keyof T]: Same<Slots<T[K]>, Slots<Original<E, K>>> extends true ? never : K }[keyof T];

/**
 * Compiles for a translation `T` that says all of the English `E` with the same slots. `Form` is
 * what `Intl.PluralRules` knows in the language. Otherwise the error names the keys that are wrong.
 */
export type Complete<E, T, Form extends string> = [Wrong<E, T, Form>] extends [never] ? T : { wrong: Wrong<E, T, Form> };

/** Fills the slots of a text. */
export function fill(text: string, values: Record<string, string | number> | undefined): string {
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, slot: string) => String(values[slot] ?? whole));
}
