import type { Edge, NodeChange } from '@xyflow/react';
import type { BoxNode } from './box';
import { frameId, type FrameNode, isFrame, toFrame } from './frame';
import { type Grouped, isClosed } from './groups';
import { edgeKey, INLET, ONLY } from './keys';
import { kindName } from './kinds';
import { boxes, heightOf, placesOf, WIDTH } from './layout';
import { type FlowDoc, type Graph, type Point, START } from './model';
import { te } from './words';

// What of a document the canvas is given to draw.
export type CanvasNode = BoxNode | FrameNode;

interface Shown {
  doc: FlowDoc;
  graph: Graph;
  groups: Grouped[];
  container: string | null;
}

/** Boxes for the canvas, and behind them their frames. What is as it was is the same object, so that it is not drawn anew. */
export function toNodes({ doc, graph, container, groups }: Shown, chosen: ReadonlySet<string>, before: CanvasNode[]): CanvasNode[] {
  const places = placesOf(doc, graph, container === null);
  const known = new Map(before.map((node) => [node.id, node]));
  const closed = new Set(groups.flatMap((grouped) => (isClosed(grouped, chosen) ? grouped.members : [])));
  const drawn = boxes(graph, container === null).map((node): BoxNode => {
    const [x, y] = places[node.id] ?? [0, 0];
    const selected = chosen.has(node.id);
    const hidden = closed.has(node.id);
    const old = known.get(node.id) as BoxNode | undefined;
    if (old && old.data.node === node && old.selected === selected && old.position.x === x && old.position.y === y && (old.hidden ?? false) === hidden) return old;
    const box: BoxNode = {
      id: node.id,
      type: node.kind === 'note' ? 'note' : 'box',
      position: { x, y },
      data: old?.data.node === node ? old.data : { node },
      selected,
      hidden,
      width: WIDTH,
      height: heightOf(node),
      ariaLabel: node.kind === START ? kindName(START) : `${node.id}, ${kindName(node.kind)}`,
    };
    // What was measured stays measured, or the edges would wait for it.
    if (old?.measured) box.measured = old.measured;
    return box;
  });
  return withFrames(drawn, groups, closed, known);
}

/** Boxes with their frames in front of them in the list, which is behind them on the canvas. */
function withFrames(drawn: BoxNode[], groups: Grouped[], closed: ReadonlySet<string>, known: ReadonlyMap<string, CanvasNode>): CanvasNode[] {
  if (groups.length === 0) return drawn;
  const byId = new Map(drawn.map((box) => [box.id, box]));
  const frames = groups.map((grouped) => {
    const placed = grouped.members.flatMap((id) => {
      const box = byId.get(id);
      return box ? [{ node: box.data.node, at: [box.position.x, box.position.y] as Point }] : [];
    });
    return toFrame(grouped, placed, closed.has(grouped.members[0] ?? ''), known.get(frameId(grouped.group.id)) as FrameNode | undefined);
  });
  return [...frames, ...drawn];
}

export const isBox = (node: CanvasNode): node is BoxNode => node.type !== 'frame';

/** The frames follow their boxes. */
export function reframe(nodes: CanvasNode[]): CanvasNode[] {
  const frames = nodes.filter((node) => !isBox(node));
  if (frames.length === 0) return nodes;
  const groups = frames.map(({ data }) => data);
  const closed = new Set(groups.flatMap((data) => (data.closed ? data.members : [])));
  return withFrames(nodes.filter(isBox), groups, closed, new Map(frames.map((frame) => [frame.id, frame])));
}

/** A frame that is moved moves its boxes; where it stands follows from theirs. */
export function framesToBoxes(changes: NodeChange<CanvasNode>[], nodes: CanvasNode[]): NodeChange<CanvasNode>[] {
  if (!changes.some((change) => change.type === 'position' && isFrame(change.id))) return changes;
  const own = new Set(changes.flatMap((change) => (change.type === 'position' ? [change.id] : [])));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return changes.flatMap((change): NodeChange<CanvasNode>[] => {
    const frame = change.type === 'position' ? byId.get(change.id) : undefined;
    if (change.type !== 'position' || frame?.type !== 'frame') return [change];
    const [x, y] = change.position ? [change.position.x - frame.position.x, change.position.y - frame.position.y] : [0, 0];
    return frame.data.members.flatMap((id): NodeChange<CanvasNode>[] => {
      const box = byId.get(id);
      if (!box || own.has(id)) return [];
      return [{ ...change, id, position: { x: box.position.x + x, y: box.position.y + y } }];
    });
  });
}

export function toEdges(graph: Graph, groups: Grouped[], chosen: ReadonlySet<string>, nodes: ReadonlySet<string>): Edge[] {
  // What leads to a box of a closed group leads to the one box that stands for it.
  const stands = new Map(groups.flatMap((grouped) => (isClosed(grouped, nodes) ? grouped.members.map((id) => [id, frameId(grouped.group.id)] as const) : [])));
  return graph.edges.flatMap((edge) => {
    const id = edgeKey(edge);
    const [from, to] = [stands.get(edge.from), stands.get(edge.to)];
    if (from && from === to) return [];
    return [{
      id,
      source: from ?? edge.from,
      target: to ?? edge.to,
      sourceHandle: from ? ONLY : (edge.handle ?? ONLY),
      targetHandle: INLET,
      selected: chosen.has(id),
      className: edge.handle === 'error' ? 'error' : undefined,
      ariaLabel: te('edge.label', { from: edge.handle ? `${edge.from}, ${edge.handle}` : edge.from, to: edge.to }),
    }];
  });
}

