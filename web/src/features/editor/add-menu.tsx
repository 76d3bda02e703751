import { tc } from './canvas-words';
import { starterOf } from './code-starter';
import { addNode, findNode, freshId, idsOf } from './graph';
import { insertNode } from './insert';
import { kindName, KindIcon } from './kinds';
import { freePlace, WIDTH } from './layout';
import { type FlowDoc, type FlowEdge, type FlowNode, isContainer, type Point, START } from './model';
import { outputsOf } from './outputs';
import { Choices, Popup } from './popup';
import { said } from '@/features/said/said';
import { nameable, reference } from './scope';
import type { FlowSchema } from './schema';
import { type Editor, useDoc, useEditor, useRoom } from './store';
import { tl } from './late-words';

/** Where a node is going to be, and after what. */
export interface Adding {
  /** Where the menu stands, in the window. */
  at: { x: number; y: number };
  /** Where the box is going to stand; beside the node before it when absent. */
  place?: Point;
  from: { node: string; handle: string | null } | null;
  /** The edge that it is put into. */
  into?: FlowEdge;
}

const GROUPS: Record<string, 'model' | 'knowledge' | 'logic' | 'call' | 'end' | 'other'> = {
  chat: 'model',
  agent: 'model',
  classify: 'model',
  extract: 'model',
  retrieve: 'knowledge',
  document: 'knowledge',
  template: 'logic',
  branch: 'logic',
  merge: 'logic',
  each: 'logic',
  loop: 'logic',
  break: 'logic',
  list: 'logic',
  assign: 'logic',
  tool: 'call',
  http: 'call',
  code: 'call',
  subflow: 'call',
  human: 'end',
  answer: 'end',
  output: 'end',
  note: 'other',
};
const ORDER = ['model', 'knowledge', 'logic', 'call', 'end', 'other'] as const;

/** The kinds that may stand here: some make no sense where they would be. */
export function kindsHere(schema: FlowSchema, within: string | null, after: boolean): { kind: string; help: string }[] {
  return schema.kinds().filter(({ kind }) => {
    if (kind === START) return false;
    if (kind === 'break') return within === 'loop';
    return kind !== 'note' || !after;
  });
}

/** What a new program is given: the first value of the node before it, when a template can name that. */
function firstInput(doc: FlowDoc, from: string | undefined): Record<string, string> {
  const before = from === undefined ? null : findNode(doc, from);
  if (!before || !nameable(before.id)) return {};
  const given = before.kind === START ? (doc.inputs ?? []) : outputsOf(before, () => null);
  const name = given.find((value) => nameable(value.name))?.name;
  return name ? { [name]: reference(before.id, name) } : {};
}

/** A node of a kind, with what it must have. */
export function newNode(schema: FlowSchema, doc: FlowDoc, kind: string, from?: string): FlowNode {
  const settings = schema.blankRecord(schema.settingsOf(kind));
  if (Array.isArray(settings.messages)) settings.messages = [{ role: 'user', content: '' }];
  if (kind === 'code') {
    const inputs = firstInput(doc, from);
    Object.assign(settings, { inputs, code: starterOf(settings.language, inputs), outputs: { result: 'any' } });
  }
  return {
    id: freshId(idsOf(doc), kind),
    kind,
    ...(Object.keys(settings).length > 0 ? { settings } : {}),
    ...(isContainer(kind) ? { body: { nodes: [], edges: [] } } : {}),
  };
}

/** Puts a node of a kind into the graph that is shown, and chooses it. */
export function add(editor: Editor, schema: FlowSchema, kind: string, { place, from, into }: Adding): void {
  const { container } = editor.state;
  const node = newNode(schema, editor.doc, kind, from?.node);
  const places = editor.places();
  const anchor = from ? places[from.node] : undefined;
  const right = Math.max(0, ...Object.values(places).map(([x]) => x + WIDTH + 72));
  const wanted = place ?? (anchor ? [anchor[0] + WIDTH + 72, anchor[1]] : [right, 0]);
  // The boxes that had no place yet keep the one that they were shown at.
  if (into) editor.edit((doc) => insertNode(doc, container, node, into, places));
  else editor.edit((doc) => addNode({ ...doc, layout: { ...doc.layout, ...places } }, container, node, freePlace(places, wanted), from));
  editor.reveal(node.id);
  editor.begun(node.id);
}

/** Chooses what happens next. */
export function AddMenu({ adding, onClose }: { adding: Adding; onClose: () => void }) {
  const { editor, schema } = useRoom();
  const doc = useDoc();
  const container = useEditor((state) => state.container);
  const within = container === null ? null : (findNode(doc, container)?.kind ?? null);
  const kinds = kindsHere(schema, within, adding.from !== null);
  // What cannot be used yet says why, instead of being missing.
  const unready = (kind: string) => (kind === 'assign' && !doc.variables?.length ? tc('add.noVariable') : undefined);
  const choices = ORDER.flatMap((group) =>
    kinds
      .filter(({ kind }) => (GROUPS[kind] ?? 'other') === group)
      .map(({ kind, help }) => ({ key: kind, group: tl(`add.${group}`), name: kindName(kind), help: said(help), words: kind, unready: unready(kind), icon: <KindIcon kind={kind} /> })),
  );
  return (
    <Popup at={adding.at} label={tl('add.title')} onClose={onClose}>
      <Choices
        label={tl('add.search')}
        none={tl('add.none')}
        choices={choices}
        onChoose={(kind) => {
          onClose();
          add(editor, schema, kind, adding);
        }}
      />
    </Popup>
  );
}
