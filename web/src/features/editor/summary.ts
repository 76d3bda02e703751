import type { FlowNode } from './model';

const first = (value: unknown): string | null => {
  if (typeof value === 'string') return value.trim().split('\n')[0] || null;
  if (Array.isArray(value)) return value.filter((one) => typeof one === 'string').join(', ') || null;
  return null;
};

/** Settings that say in a line what a node does, by kind. */
const TELLING: Record<string, string[]> = {
  retrieve: ['knowledge_bases'],
  chat: ['model'],
  agent: ['model'],
  tool: ['tool'],
  http: ['url'],
  document: ['file', 'document'],
  classify: ['text'],
  extract: ['text'],
  template: ['text'],
  each: ['items'],
  subflow: ['flow'],
  list: ['items'],
  code: ['language'],
  human: ['title'],
  answer: ['text'],
};

/** What a box says below its name; null when its settings do not tell yet. */
export function summaryOf({ kind, settings = {} }: FlowNode): string | null {
  for (const name of TELLING[kind] ?? []) {
    const text = first(settings[name]);
    if (text) return text;
  }
  if (kind === 'output') return Object.keys((settings.values ?? {}) as object).join(', ') || null;
  return null;
}
