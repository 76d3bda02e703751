import { createContext, useContext, useSyncExternalStore } from 'react';
import { disconnect, findNode, graphAt, removeNodes, wayTo } from './graph';
import { groupNodes, ungroup } from './groups';
import { begin, change, type History, redo, undo } from './history';
import { edgeKey } from './keys';
import { placesOf } from './layout';
import { type FlowDoc, type Point, type Problem, START } from './model';
import type { NodeTrace } from './overlay';
import type { Fresh } from './problems';
import { type Clip, copyNodes, pasteNodes } from './rename';
import type { FlowSchema } from './schema';

export interface EditorState {
  history: History<FlowDoc>;
  /** The container whose body is shown; null for the flow's own graph. */
  container: string | null;
  /** Ids of the chosen nodes. */
  nodes: ReadonlySet<string>;
  /** Keys of the chosen edges. */
  edges: ReadonlySet<string>;
  /** The node that something led to, the field of it that is meant, and how often. */
  sought: { id: string; field: string | null; again: number } | null;
  problems: Problem[];
  /** Whether the problems are those of the document as it stands. */
  checked: boolean;
  overlay: ReadonlyMap<string, NodeTrace>;
  /** What was just added and is not filled in yet: nobody is blamed for it. */
  fresh: Fresh;
}


const NONE: ReadonlySet<string> = new Set();
const NEW: Fresh = new Map();
/** How far a copy stands from what it was made of. */
const SHIFT: Point = [40, 40];

/** One open draft: the document with its past, and what of it is looked at. */
export class Editor {
  state: EditorState;
  private listeners = new Set<() => void>();

  constructor(doc: FlowDoc, readonly readOnly: boolean) {
    this.state = {
      history: begin(doc),
      container: null,
      nodes: NONE,
      edges: NONE,
      sought: null,
      problems: [],
      checked: false,
      overlay: new Map(),
      fresh: NEW,
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(part: Partial<EditorState>): void {
    this.state = { ...this.state, ...part };
    // Whoever goes on to another node has left this one.
    const { fresh, nodes } = this.state;
    if (part.nodes && [...fresh.keys()].some((id) => !nodes.has(id))) this.state.fresh = new Map([...fresh].filter(([id]) => nodes.has(id)));
    for (const listener of this.listeners) listener();
  }

  get doc(): FlowDoc {
    return this.state.history.present;
  }

  /** Changes the document. Changes with the same key, one soon after the other, are taken back together. */
  edit(make: (doc: FlowDoc) => FlowDoc, key: string | null = null): void {
    if (this.readOnly) return;
    const history = change(this.state.history, make(this.doc), key, Date.now());
    if (history !== this.state.history) this.set({ history, checked: false });
  }

  /** Another document takes the place of this one, which can be brought back. */
  replace(doc: FlowDoc): void {
    this.edit(() => doc);
    this.keepInSight();
  }

  /** Another document takes the place of this one, and its past is gone. */
  load(doc: FlowDoc): void {
    this.set({ history: begin(doc), checked: false });
    this.keepInSight();
  }

  undo(): void {
    this.set({ history: undo(this.state.history), checked: false });
    this.keepInSight();
  }

  redo(): void {
    this.set({ history: redo(this.state.history), checked: false });
    this.keepInSight();
  }

  /** What is no longer there is no longer looked at. */
  private keepInSight(): void {
    const { container, nodes } = this.state;
    const inside = container !== null && !findNode(this.doc, container) ? null : container;
    const there = new Set(graphAt(this.doc, inside).nodes.map((node) => node.id)).add(START);
    this.set({ container: inside, nodes: new Set([...nodes].filter((id) => there.has(id))), edges: NONE });
  }

  /** Chooses nodes of the graph that is shown. */
  select(ids: Iterable<string>, edges: Iterable<string> = NONE): void {
    this.set({ nodes: new Set(ids), edges: new Set(edges) });
  }

  /** Shows a node wherever it stands, and the field of it that is meant. */
  reveal(id: string, field: string | null = null): void {
    const way = wayTo(this.doc, id);
    if (!way) return;
    const again = (this.state.sought?.again ?? 0) + 1;
    this.set({ container: way.at(-1) ?? null, nodes: new Set([id]), edges: NONE, sought: { id, field, again } });
  }

  /** A node was just made: what is missing in it is not wrong yet. */
  begun(id: string): void {
    this.set({ fresh: new Map([[id, NONE]]) });
  }

  /** Settings of a node were changed by hand. */
  touched(id: string, names: string[]): void {
    const before = this.state.fresh.get(id);
    if (before && names.some((name) => !before.has(name))) this.set({ fresh: new Map([[id, new Set([...before, ...names])]]) });
  }

  /** From now on everything that is missing is wrong. */
  settle(): void {
    if (this.state.fresh.size > 0) this.set({ fresh: NEW });
  }

  /** Shows the inside of a container, or the flow's own graph. */
  enter(container: string | null): void {
    this.set({ container, nodes: NONE, edges: NONE, sought: null });
  }

  removeChosen(): void {
    const { container, nodes, edges } = this.state;
    const gone = graphAt(this.doc, container).edges.filter((edge) => edges.has(edgeKey(edge)));
    if (nodes.size === 0 && gone.length === 0) return;
    this.edit((doc) => removeNodes(disconnect(this.pinned(doc), container, gone), container, [...nodes]));
    this.select([]);
  }

  copyChosen(): Clip | null {
    const { container, nodes } = this.state;
    const placed = { ...this.doc, layout: { ...this.doc.layout, ...this.places() } };
    return copyNodes(placed, container, [...nodes]);
  }

  paste(clip: Clip): void {
    const { container } = this.state;
    let ids: string[] = [];
    this.edit((doc) => {
      const pasted = pasteNodes(this.pinned(doc), container, clip, SHIFT);
      ids = pasted.ids;
      return pasted.doc;
    });
    if (ids.length > 0) this.select(ids);
  }

  duplicate(): void {
    const clip = this.copyChosen();
    if (clip) this.paste(clip);
  }

  /** Puts a frame around the chosen boxes. */
  groupChosen(): void {
    const ids = [...this.state.nodes];
    if (ids.length < 2) return;
    this.edit((doc) => groupNodes(doc, ids, ''));
  }

  /** Takes the frames away that chosen boxes are in. */
  ungroupChosen(): void {
    this.edit((doc) => ungroup(doc, this.state.nodes));
  }

  /** The document with a place for every box that is shown, so that none moves when others come or go. */
  pinned(doc: FlowDoc): FlowDoc {
    return { ...doc, layout: { ...doc.layout, ...this.places() } };
  }

  /** Where the boxes of the graph that is shown stand. */
  places(): Record<string, Point> {
    const { container } = this.state;
    return placesOf(this.doc, graphAt(this.doc, container), container === null);
  }
}

interface EditorRoom {
  editor: Editor;
  schema: FlowSchema;
  /** The flow's slug. */
  slug: string;
}

export const EditorContext = createContext<EditorRoom | null>(null);

export function useRoom(): EditorRoom {
  const room = useContext(EditorContext);
  if (!room) throw new Error('there is no editor here');
  return room;
}

/** A part of the editor's state; `pick` gives the same thing while that part is the same. */
export function useEditor<T>(pick: (state: EditorState) => T): T {
  const { editor } = useRoom();
  return useSyncExternalStore(editor.subscribe, () => pick(editor.state));
}

export const useDoc = () => useEditor((state) => state.history.present);
