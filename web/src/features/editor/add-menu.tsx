import { addNode, findNode, freshId, idsOf } from './graph';
import { kindName, KindIcon } from './kinds';
import { freePlace, WIDTH } from './layout';
import { type FlowDoc, type FlowNode, isContainer, type Point, START } from './model';
import { Choices, Popup } from './popup';
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
export function kindsHere(schema: FlowSchema, doc: FlowDoc, within: string | null, after: boolean): { kind: string; help: string }[] {
  return schema.kinds().filter(({ kind }) => {
    if (kind === START) return false;
    if (kind === 'break') return within === 'loop';
    if (kind === 'assign') return (doc.variables?.length ?? 0) > 0;
    return kind !== 'note' || !after;
  });
}

/** A node of a kind, with what it must have. */
export function newNode(schema: FlowSchema, doc: FlowDoc, kind: string): FlowNode {
  const settings = schema.blankRecord(schema.settingsOf(kind));
  if (Array.isArray(settings.messages)) settings.messages = [{ role: 'user', content: '' }];
  return {
    id: freshId(idsOf(doc), kind),
    kind,
    ...(Object.keys(settings).length > 0 ? { settings } : {}),
    ...(isContainer(kind) ? { body: { nodes: [], edges: [] } } : {}),
  };
}

/** Puts a node of a kind into the graph that is shown, and chooses it. */
export function add(editor: Editor, schema: FlowSchema, kind: string, { place, from }: Adding): void {
  const { container } = editor.state;
  const node = newNode(schema, editor.doc, kind);
  const places = editor.places();
  const anchor = from ? places[from.node] : undefined;
  const right = Math.max(0, ...Object.values(places).map(([x]) => x + WIDTH + 72));
  const wanted = place ?? (anchor ? [anchor[0] + WIDTH + 72, anchor[1]] : [right, 0]);
  // The boxes that had no place yet keep the one that they were shown at.
  editor.edit((doc) => addNode({ ...doc, layout: { ...doc.layout, ...places } }, container, node, freePlace(places, wanted), from));
  editor.reveal(node.id);
}

/** Chooses what happens next. */
export function AddMenu({ adding, onClose }: { adding: Adding; onClose: () => void }) {
  const { editor, schema } = useRoom();
  const doc = useDoc();
  const container = useEditor((state) => state.container);
  const within = container === null ? null : (findNode(doc, container)?.kind ?? null);
  const kinds = kindsHere(schema, doc, within, adding.from !== null);
  const choices = ORDER.flatMap((group) =>
    kinds
      .filter(({ kind }) => (GROUPS[kind] ?? 'other') === group)
      .map(({ kind, help }) => ({ key: kind, group: tl(`add.${group}`), name: kindName(kind), help, words: kind, icon: <KindIcon kind={kind} /> })),
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
