import type { components } from '@/api/schema';
import { type FieldValue, type Kind, valueOf } from '../metadata';
import { FUSIONS, MODES, type Wanted } from '../tuning/search-fields';

export type SearchOptions = components['schemas']['SearchOptions'];
type Filter = components['schemas']['Filter'];

export const TESTS = ['is', 'not', 'contains', 'from', 'to', 'exists'] as const;
export type Test = (typeof TESTS)[number];

/** One condition of a filter as people choose it. */
export interface Condition {
  field: string;
  test: Test;
  kind: Kind;
  text: string;
}

/** How one search is wanted; a part of the address. */
export interface Trial extends Wanted {
  conditions?: Condition[] | undefined;
}

/** A condition as the API says it; null while it is not complete. */
function filterOf({ field, test, kind, text }: Condition): Filter | null {
  const name = field.trim();
  if (name === '') return null;
  if (test === 'exists') return { exists: { field: name } };
  if (test === 'contains') return text.trim() === '' ? null : { contains: { field: name, text: text.trim() } };
  const value: FieldValue | null = valueOf(kind, text);
  if (value === null) return null;
  if (test === 'from') return { range: { field: name, from: value } };
  if (test === 'to') return { range: { field: name, to: value } };
  const equals: Filter = { equals: { field: name, value } };
  return test === 'not' ? { not: equals } : equals;
}

/** All conditions together; null for none. */
export function filterFrom(conditions: readonly Condition[]): Filter | null {
  const filters = conditions.map(filterOf).filter((filter) => filter !== null);
  const [only] = filters;
  if (!only) return null;
  return filters.length === 1 ? only : { and: filters };
}

const present = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined && one !== null)) as Partial<T>;

/** What is asked of the API. */
export function requestOf(query: string, { limit, conditions, ...wanted }: Trial) {
  const filter = filterFrom(conditions ?? []);
  const options = present({ ...wanted, ...(filter ? { filter } : {}) }) as SearchOptions;
  return { query, ...(limit ? { limit } : {}), options };
}

/** A trial without what is as the knowledge base says; undefined when nothing is left of it. */
export function tidied(trial: Trial): Trial | undefined {
  const { conditions, ...rest } = present(trial);
  const left: Trial = { ...rest, ...(conditions && conditions.length > 0 ? { conditions } : {}) };
  return Object.keys(left).length > 0 ? left : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const numberIn = (value: unknown, least: number, most: number) =>
  typeof value === 'number' && value >= least && value <= most ? value : undefined;
const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

function conditionOf(value: unknown): Condition[] {
  if (!isRecord(value)) return [];
  const test = TESTS.find((one) => one === value.test);
  const kind = (['text', 'number', 'boolean'] as const).find((one) => one === value.kind);
  return test && kind ? [{ field: textOf(value.field) ?? '', test, kind, text: textOf(value.text) ?? '' }] : [];
}

function boostOf(value: unknown): NonNullable<Wanted['boosts']> {
  if (!isRecord(value) || typeof value.field !== 'string') return [];
  const equals = ['string', 'number', 'boolean'].includes(typeof value.equals) ? { equals: value.equals as FieldValue } : {};
  const factor = numberIn(value.factor, 0.01, 100);
  return [{ field: value.field, ...equals, ...(factor === undefined ? {} : { factor }) }];
}

/** Reads a trial from an address, which anybody may have written. */
export function readTrial(value: unknown): Trial {
  if (!isRecord(value)) return {};
  const recency = isRecord(value.recency) ? value.recency : undefined;
  const days = numberIn(recency?.half_life_days, 0, 1e6);
  const weight = numberIn(recency?.weight, 0, 1);
  const field = textOf(recency?.field);
  return present({
    mode: MODES.find((one) => one === value.mode),
    fusion: FUSIONS.find((one) => one === value.fusion),
    vector_weight: numberIn(value.vector_weight, 0, 1),
    limit: numberIn(value.limit, 1, 50),
    threshold: numberIn(value.threshold, -1e6, 1e6),
    diversity: numberIn(value.diversity, 0, 1),
    rerank_model: textOf(value.rerank_model),
    rerank_candidates: numberIn(value.rerank_candidates, 1, 200),
    recency: days === undefined ? undefined : { half_life_days: days, ...(weight === undefined ? {} : { weight }), ...(field ? { field } : {}) },
    boosts: Array.isArray(value.boosts) ? value.boosts.flatMap(boostOf) : undefined,
    conditions: Array.isArray(value.conditions) ? value.conditions.flatMap(conditionOf) : undefined,
  });
}
