import { readStored, writeStored } from '@/api/stored';
import type { RunFilter } from './api';

/** Filters that somebody gave a name. */
export interface View {
  name: string;
  filter: RunFilter;
}

/** More views than this are no help, and their names are short. */
export const MOST_VIEWS = 20;
export const MOST_NAME = 40;

/** The API has no place for a person's choices, so views stay in this browser: one list per person and workspace. */
const keyOf = (person: string, workspace: string) => `headwater.views.${workspace}.${person}`;

const isView = (value: unknown): value is View =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' && 'filter' in value && typeof value.filter === 'object';

export function readViews(person: string, workspace: string): View[] {
  try {
    const stored: unknown = JSON.parse(readStored(keyOf(person, workspace)) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isView) : [];
  } catch {
    return [];
  }
}

export function writeViews(person: string, workspace: string, views: View[]): void {
  writeStored(keyOf(person, workspace), views.length > 0 ? JSON.stringify(views) : null);
}

const KEYS = ['q', 'flow', 'status', 'rating', 'annotated', 'share', 'user', 'from', 'to'] as const;

export const sameFilter = (one: RunFilter, other: RunFilter) => KEYS.every((key) => (one[key] ?? '') === (other[key] ?? ''));

/** The views with one more; one of the same name gives way. */
export function withView(views: View[], view: View): View[] {
  const name = view.name.trim().slice(0, MOST_NAME);
  if (name === '') return views;
  return [...views.filter((one) => one.name !== name), { name, filter: Object.fromEntries(KEYS.map((key) => [key, view.filter[key]])) }].slice(-MOST_VIEWS);
}
