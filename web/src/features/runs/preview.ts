import { said } from '@/features/said/said';
import type { Run } from './api';
import { tr } from './words';

/** Letters of a preview: more than fits into a row. */
const MOST = 240;

const short = (text: string) => text.slice(0, MOST * 2).replaceAll(/\s+/g, ' ').trim().slice(0, MOST);

/** What somebody wrote: the question of a conversation, otherwise the inputs one after the other. */
export function askedOf(run: { input: object }): string {
  const input = run.input as Record<string, unknown>;
  for (const name of ['question', 'message', 'query']) {
    const asked = input[name];
    if (typeof asked === 'string' && asked.trim() !== '') return short(asked);
  }
  const said = Object.values(input).flatMap((value) => {
    if (value === null || value === undefined || value === '') return [];
    if (typeof value === 'object') return Object.keys(value).length > 0 ? [JSON.stringify(Array.isArray(value) ? value.slice(0, 20) : value)] : [];
    return [String(value)];
  });
  return short(said.join(' · '));
}

/** What came of it: why it failed, its reply, or its outputs. */
export function cameOf({ error, reply, outputs }: Pick<Run, 'error' | 'reply'> & { outputs: object }): string {
  if (error) return short(said(error.message));
  if (reply.trim() !== '') return short(reply);
  const values: unknown[] = Object.values(outputs);
  const [only] = values;
  if (values.length === 1 && typeof only === 'string') return short(only);
  return values.length > 0 ? short(JSON.stringify(outputs)) : '';
}

/** What it ran: a revision, the draft, or a document that was only sent along. */
export function versionOf({ flow_id, revision }: Pick<Run, 'flow_id' | 'revision'>): string {
  if (!flow_id) return tr('run.notStored');
  return revision > 0 ? tr('run.revision', { number: revision }) : tr('run.draft');
}
