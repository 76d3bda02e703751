import type { components } from '@/api/schema';
import type { Model } from '@/api/types';
import { compareNames, formatDigits } from '@/i18n/format';
import { BUILT_IN } from './models-api';

export type ModelPrice = components['schemas']['ModelPrice'];
export type Price = components['schemas']['Price'];

/** Where a price comes from: the workspace, the vendor, no vendor at all, or nowhere. */
export type Origin = 'set' | 'published' | 'free' | 'none';

/** A model and what it costs. */
export interface Priced {
  model: string;
  origin: Origin;
  price: Price | null;
  /** When it was set, or looked up. */
  at: string | null;
}

const ORDER: Origin[] = ['set', 'published', 'none', 'free'];
const FREE: Price = { input: '0', output: '0' };

/** What a name stands for without its date or `-latest`; a vendor's price is that of all of them. */
export function undated(model: string): string {
  return model.replace(/-(latest|\d{4}-\d\d-\d\d|\d{8})$/, '');
}

/** All models that are known, with their prices where these are. */
export function pricedModels(prices: readonly ModelPrice[], models: readonly Model[]): Priced[] {
  const known = new Map(prices.map((price) => [price.model, price]));
  const rows: Priced[] = prices.map(({ model, source, at, ...price }) => ({ model, origin: source, price, at }));
  for (const { id, provider } of models) {
    if (known.has(id)) continue;
    if (id === BUILT_IN || provider === 'local') {
      rows.push({ model: id, origin: 'free', price: FREE, at: null });
      continue;
    }
    const plain = known.get(undated(id));
    if (!plain) rows.push({ model: id, origin: 'none', price: null, at: null });
    // A price that was set is of that one name, and hides whether the vendor has one for its versions.
    else if (plain.source === 'published') rows.push({ model: id, origin: 'published', price: plain, at: plain.at });
  }
  return rows.toSorted((one, other) => ORDER.indexOf(one.origin) - ORDER.indexOf(other.origin) || compareNames(one.model, other.model));
}

/** The rows that somebody looks for; all words must be in the name. */
export function narrowed(rows: readonly Priced[], words: string, origin: string | undefined): Priced[] {
  const wanted = words.toLowerCase().split(/\s+/);
  return rows.filter((row) => (!origin || row.origin === origin) && wanted.every((word) => row.model.toLowerCase().includes(word)));
}

/** Whether a text names a model of a provider. */
export const isModelName = (text: string) => /^[^/\s]+\/\S(?:.*\S)?$/.test(text) && text.length <= 300;

/** An amount as the server reads it: dollars with at most nine decimals; nothing when it is none. */
export function readDollars(text: string): string | null {
  const amount = text.trim().replace(/^\$\s*/, '');
  return /^\d{1,9}(\.\d{1,9})?$/.test(amount) ? amount : null;
}

/** "$0.15": with cents, and with all digits there are beyond them. */
export function sayDollars(amount: string): string {
  if (Number(amount) === 0) return '$0';
  const digits = amount.split('.')[1]?.length ?? 0;
  return `$${formatDigits(Number(amount), Math.max(2, digits))}`;
}
