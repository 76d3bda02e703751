import type { Citation } from '@/api/types';
import { type AskedField, begin, collect, fromFormField, type Typed, type Wrong } from '@/features/forms/fields';
import type { RunStatus } from '@/features/runs/api';
import type { NamedField } from '../model';

export type Values = Record<string, unknown>;

/** One question to the draft, and what came of it. */
export interface Turn {
  id: number;
  question: string;
  /** What the conversation remembered before it. */
  before: Values;
  /** Absent until the server has begun it, and for good when it refused to. */
  run: string | null;
  status: RunStatus;
  text: string;
  citations: Citation[];
  error: string | null;
  /** What the conversation remembers after it; null when the run changed nothing. */
  after: Values | null;
  /** Milliseconds from its beginning to its end. */
  took: number | null;
}

/** One thing that was said, as a run is told of it. */
export interface Said {
  role: 'user' | 'assistant';
  text: string;
}

/** A conversation with a draft, and what is typed beside its questions. */
export interface Talk {
  turns: Turn[];
  /** The flow's inputs besides the question; they stay as they are from turn to turn. */
  inputs: Typed;
  /** Variables that somebody changed since the last turn. */
  edited: Typed;
}

export const NOTHING: Talk = { turns: [], inputs: {}, edited: {} };

/** The most turns that a run is told of. */
const HISTORY = 40;

const OVER: ReadonlySet<RunStatus> = new Set(['succeeded', 'failed', 'cancelled']);
export const isDone = (turn: Turn) => OVER.has(turn.status);

/** The input that a question goes into, as in every conversation with the flow. */
export function questionField(inputs: readonly NamedField[] = []): string | null {
  const texts = inputs.filter(({ name, type = 'string' }) => name && type === 'string');
  const found = texts.find(({ name }) => name === 'question') ?? texts.find(({ required }) => required) ?? texts[0];
  return found?.name ?? null;
}

/** What the next run is told was said: without what failed, the newest where it is too much. */
export function historyOf(turns: readonly Turn[]): Said[] {
  const told = turns.filter((turn) => turn.status === 'succeeded' || (turn.status === 'cancelled' && turn.text !== ''));
  const said = told.flatMap(({ question, text }): Said[] => {
    const asked: Said = { role: 'user', text: question };
    return text ? [asked, { role: 'assistant', text }] : [asked];
  });
  return said.slice(-HISTORY);
}

/** What the conversation remembers where its turns end. */
export function keptAfter(turns: readonly Turn[]): Values {
  const last = turns.at(-1);
  return { ...last?.before, ...last?.after };
}

/** The turns without one of them, and what is remembered where it is to be asked again. */
export function without(turns: readonly Turn[], turn: Turn): { turns: Turn[]; kept: Values } {
  const others = turns.filter(({ id }) => id !== turn.id);
  return { turns: others, kept: turns.at(-1)?.id === turn.id ? turn.before : keptAfter(others) };
}

const named = (fields: readonly NamedField[] | undefined) => (fields ?? []).filter(({ name }) => name);

/** Fields for the variables that a draft declares, with what is remembered of them, or what they begin with. */
export function variableFields(variables: readonly NamedField[] | undefined, kept: Values): AskedField[] {
  return named(variables).map(({ name, type = 'string', default: standard }) => fromFormField({ name, type, required: true, default: name in kept ? kept[name] : standard }));
}

/** What of a form is not as it began. */
export function changed(fields: AskedField[], typed: Typed): Typed {
  const begun = begin(fields);
  return Object.fromEntries(Object.entries(typed).filter(([name, value]) => name in begun && begun[name] !== value));
}

/** What a run is to remember from before: what was kept of variables that there still are, and what was changed by hand. */
export function remembered(variables: readonly NamedField[] | undefined, kept: Values, edited: Typed): { values: Values; wrong: Record<string, Wrong> } {
  const fields = variableFields(variables, kept);
  const hand = fields.filter(({ name }) => name in edited);
  const { values, wrong } = collect(hand, edited);
  // One that was emptied empties its variable, whatever that begins with.
  for (const [name, why] of Object.entries(wrong)) if (why === 'required') delete wrong[name];
  const names = new Set(fields.map(({ name }) => name));
  const still = Object.fromEntries(Object.entries(kept).filter(([name]) => names.has(name)));
  return { values: { ...still, ...Object.fromEntries(hand.map(({ name }) => [name, values[name] ?? null])) }, wrong };
}

/** What is kept of a conversation when its page is opened again; a question that was on its way did not arrive. */
export function revived(text: string | null): Talk {
  if (!text) return NOTHING;
  try {
    const talk = { ...NOTHING, ...(JSON.parse(text) as Partial<Talk>) };
    for (const turn of talk.turns) if (turn.run === null && !isDone(turn)) turn.status = 'failed';
    return talk;
  } catch {
    return NOTHING;
  }
}
