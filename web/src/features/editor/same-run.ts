import { equal } from './merge';
import type { FlowDoc } from './model';

/** What is not there, and what is there and empty, run alike; servers leave out what nobody set. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, bare(inner)] as const)
    .filter(([key, inner]) => !isNothing(inner) && !(inner === false && UNLESS_SAID.has(key)));
  return Object.fromEntries(kept);
}

/** What is false unless somebody says otherwise; servers say it, too. */
const UNLESS_SAID = new Set(['required', 'serve_as_tool']);

const isNothing = (value: unknown) => value === null || value === undefined || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

/** Notes are for people. */
const withoutNotes = <T extends { kind: string }>(nodes: T[]) => nodes.filter(({ kind }) => kind !== 'note');

/** What is for the eye, and for lists of flows. */
const LOOKS = { slug: null, layout: null, groups: null, tags: null };
/** What a flow is called, and who else may call it. */
const ABOUT = { name: null, headwater: null, description: null, serve_as_tool: null };

/** Whether two documents run just the same. */
export function sameRun(one: FlowDoc, other: FlowDoc): boolean {
  const essence = (doc: FlowDoc) => bare({ ...doc, ...LOOKS, ...ABOUT, nodes: withoutNotes(doc.nodes) });
  return one === other || equal(essence(one), essence(other));
}

/** Whether publishing the one after the other would change nothing for those who use the flow. */
export function samePublished(one: FlowDoc, other: FlowDoc): boolean {
  const seen = (doc: FlowDoc) => bare({ ...doc, ...LOOKS });
  return one === other || equal(seen(one), seen(other));
}
