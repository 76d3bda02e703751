import '@xyflow/react/dist/base.css';
import './canvas.css';
import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  type Connection,
  type Edge,
  type EdgeChange,
  type FinalConnectionState,
  MiniMap,
  type NodeChange,
  ReactFlow,
  useReactFlow,
} from '@xyflow/react';
import { useNavigate } from '@tanstack/react-router';
import { Group as GroupIcon, Ungroup } from 'lucide-react';
import { type MouseEvent as ReactMouseEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { kindHue } from '@/features/runs/hue';
import { isApple } from '@/features/shortcuts/platform';
import { Button } from '@/ui/button';
import { Box, NoteBox } from './box';
import { Frame, toneOf } from './frame';
import { connect, graphAt, mayConnect, moveNodes } from './graph';
import { type Grouped, groupsOf, isChosen, isClosed } from './groups';
import { ONLY } from './keys';
import { boxes, heightOf, WIDTH } from './layout';
import { type FlowEdge, isContainer, type Point } from './model';
import { type Editor, useDoc, useEditor, useRoom } from './store';
import type { Adding } from './add-menu';
import { glide } from './motion';
import { type CanvasNode, framesToBoxes, isBox, reframe, toEdges, toNodes } from './shown';
import { te } from './words';

const KINDS = { box: Box, note: NoteBox, frame: Frame };
/** Props that never change are the same objects, or the canvas would look at them in every frame of a drag. */
const SNAP: [number, number] = [8, 8];
const SEVERAL = ['Meta', 'Control', 'Shift'];
const MAP = { width: 148, height: 96 };
const hueOfBox = (node: CanvasNode) => (node.type === 'frame' ? `color-mix(in oklch, ${toneOf(node.data.group.colour)} 25%, transparent)` : kindHue(node.data.node.kind));
const FIRST_FIT = { minZoom: 0.75, maxZoom: 1, padding: 0.12 };

const toEdge = ({ source, target, sourceHandle }: Connection | Edge): FlowEdge => ({
  from: source,
  to: target,
  handle: sourceHandle && sourceHandle !== ONLY ? sourceHandle : null,
});

/** What the canvas tells of itself goes to the editor: places, choices, connections. */
function tellMoves(editor: Editor, changes: NodeChange<CanvasNode>[]): void {
  const places: Record<string, Point> = {};
  const chosen = new Set(editor.state.nodes);
  let choice = false;
  for (const change of changes) {
    if (change.type === 'position' && change.dragging === false && change.position) {
      places[change.id] = [Math.round(change.position.x), Math.round(change.position.y)];
    } else if (change.type === 'select') {
      choice = true;
      if (change.selected) chosen.add(change.id);
      else chosen.delete(change.id);
    }
  }
  if (choice) editor.select(chosen, editor.state.edges);
  if (Object.keys(places).length > 0) editor.edit((doc) => moveNodes(doc, { ...editor.places(), ...places }), `move ${Object.keys(places).join(' ')}`);
}

function tellEdges(editor: Editor, changes: EdgeChange[]): void {
  const chosen = new Set(editor.state.edges);
  for (const change of changes) {
    if (change.type !== 'select') continue;
    if (change.selected) chosen.add(change.id);
    else chosen.delete(change.id);
  }
  editor.select(editor.state.nodes, chosen);
}

/** Where in the window something happened. */
function at(event: MouseEvent | TouchEvent | ReactMouseEvent) {
  const point = 'changedTouches' in event ? event.changedTouches[0] : event;
  return { x: point?.clientX ?? 0, y: point?.clientY ?? 0 };
}

interface CanvasProps {
  onAdd: (adding: Adding) => void;
}

/** The graph that is shown, to be moved about in. Each graph has a canvas of its own. */
export function Canvas({ onAdd }: CanvasProps) {
  const { editor } = useRoom();
  const navigate = useNavigate();
  const flow = useReactFlow<CanvasNode>();
  const doc = useDoc();
  const container = useEditor((state) => state.container);
  const chosen = useEditor((state) => state.nodes);
  const chosenEdges = useEditor((state) => state.edges);
  const sought = useEditor((state) => state.sought);
  const graph = useMemo(() => graphAt(doc, container), [doc, container]);
  const groups = useMemo(() => groupsOf(doc, boxes(graph, container === null)), [doc, graph, container]);
  const [nodes, setNodes] = useState<CanvasNode[]>(() => toNodes({ doc, graph, groups, container }, chosen, []));
  const latest = useRef(nodes);
  latest.current = nodes;
  const area = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState({ doc, chosen });
  if (drawn.doc !== doc || drawn.chosen !== chosen) {
    setDrawn({ doc, chosen });
    setNodes(toNodes({ doc, graph, groups, container }, chosen, nodes));
  }
  const closed = groups.filter((grouped) => isClosed(grouped, chosen)).map(({ group }) => group.id).join(' ');
  // Which boxes are chosen matters to edges only where it opens a group.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  const edges = useMemo(() => toEdges(graph, groups, chosenEdges, chosen), [graph, groups, chosenEdges, closed]);

  const onNodesChange = useCallback(
    (told: NodeChange<CanvasNode>[]) => {
      const changes = framesToBoxes(told, latest.current);
      const own = changes.filter((change) => change.type === 'position' || change.type === 'dimensions');
      if (own.length > 0) setNodes((before) => reframe(applyNodeChanges(own, before)));
      tellMoves(editor, changes);
    },
    [editor],
  );
  const onEdgesChange = useCallback((changes: EdgeChange[]) => tellEdges(editor, changes), [editor]);
  const onConnect = useCallback((connection: Connection) => editor.edit((before) => connect(before, container, toEdge(connection))), [editor, container]);
  const isValidConnection = useCallback((connection: Connection | Edge) => mayConnect(graphAt(editor.doc, container), toEdge(connection)), [editor, container]);
  // A node that the panel would cover, or that the keys led to, comes into sight.
  const only = chosen.size === 1 ? ([...chosen][0] ?? null) : null;
  useEffect(() => {
    // Not before a second click could come, and never out of somebody's hand.
    const timer = setTimeout(() => {
      const box = only === null ? undefined : flow.getNode(only);
      const room = area.current?.getBoundingClientRect();
      if (!box || !isBox(box) || box.dragging || !room) return;
      const { x, y, zoom } = flow.getViewport();
      const left = box.position.x * zoom + x;
      const beyond = left + WIDTH * zoom + 24 - room.width;
      const shift = beyond > 0 ? -beyond : Math.max(0, 24 - left);
      if (shift !== 0) glide(flow, { x: x + shift, y, zoom });
    }, 350);
    return () => clearTimeout(timer);
  }, [only, flow]);
  useEffect(() => {
    if (!sought) return;
    const box = flow.getNode(sought.id);
    const room = area.current?.getBoundingClientRect();
    if (!box || !isBox(box) || !room) return;
    const zoom = Math.max(0.75, flow.getZoom());
    const [x, y] = [box.position.x + WIDTH / 2, box.position.y + heightOf(box.data.node) / 2];
    glide(flow, { x: room.width / 2 - x * zoom, y: room.height / 2 - y * zoom, zoom });
  }, [sought, flow]);

  /** The first sight of a graph: all of it where that is legible, its beginning where it is not. */
  const begin = useCallback(() => {
    const { width, height } = flow.getNodesBounds(flow.getNodes());
    const room = area.current?.getBoundingClientRect();
    void flow.fitView(FIRST_FIT);
    if (!room || (width * FIRST_FIT.minZoom < room.width && height * FIRST_FIT.minZoom < room.height)) return;
    const first = flow.getNodes().toSorted((one, other) => one.position.x - other.position.x)[0];
    if (first) void flow.setViewport({ x: 40 - first.position.x * 0.75, y: room.height / 2 - (first.position.y + 28) * 0.75, zoom: 0.75 });
  }, [flow]);
  const onConnectEnd = useCallback((event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
    // Dropped on nothing, a connection makes what it leads to; a click on the handle does, too.
    if (editor.readOnly || state.toNode || !state.fromNode || state.fromHandle?.type !== 'source') return;
    const screen = at(event);
    const { x, y } = flow.screenToFlowPosition(screen);
    const handle = state.fromHandle.id && state.fromHandle.id !== ONLY ? state.fromHandle.id : null;
    onAdd({ at: screen, place: [x, y - 28], from: { node: state.fromNode.id, handle } });
  }, [editor, flow, onAdd]);
  const open = useCallback((_: ReactMouseEvent, opened: CanvasNode) => {
    if (!isBox(opened)) return;
    const { node } = opened.data;
    if (isContainer(node.kind)) editor.enter(node.id);
    else if (node.kind === 'subflow' && typeof node.settings?.flow === 'string' && node.settings.flow) {
      void navigate({ to: '/flows/$id', params: { id: node.settings.flow }, search: {} });
    }
  }, [editor, navigate]);
  const addHere = (event: ReactMouseEvent) => {
    if (editor.readOnly || !(event.target as Element).classList.contains('react-flow__pane')) return;
    const { x, y } = flow.screenToFlowPosition(at(event));
    onAdd({ at: at(event), place: [x, y], from: null });
  };
  return (
    // A graph is drawn from the left to the right in every language. The double click is a
    // shortcut; the button and the key n do the same.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={area} dir="ltr" className="relative h-full" onDoubleClick={addHere}>
      <ReactFlow<CanvasNode>
        nodes={nodes}
        edges={edges}
        nodeTypes={KINDS}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onConnect={onConnect}
        isValidConnection={isValidConnection}
        onConnectEnd={onConnectEnd}
        onNodeDoubleClick={open}
        onInit={begin}
        deleteKeyCode={null}
        zoomOnDoubleClick={false}
        panOnScroll
        minZoom={0.1}
        maxZoom={2}
        attributionPosition="bottom-left"
        snapToGrid
        snapGrid={SNAP}
        nodesDraggable={!editor.readOnly}
        nodesConnectable={!editor.readOnly}
        connectionRadius={28}
        multiSelectionKeyCode={SEVERAL}
        aria-label={te('canvas.label')}
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.5} color="var(--line-strong)" bgColor="var(--bg)" />
        {graph.nodes.length > 8 && (
          <MiniMap<CanvasNode>
            pannable
            zoomable
            ariaLabel={te('canvas.map')}
            bgColor="var(--surface)"
            maskColor="var(--overlay)"
            nodeColor={hueOfBox}
            style={MAP}
          />
        )}
      </ReactFlow>
      {!editor.readOnly && <GroupButtons groups={groups} />}
    </div>
  );
}

/** What can be done with several chosen boxes at once. */
function GroupButtons({ groups }: { groups: Grouped[] }) {
  const { editor } = useRoom();
  const chosen = useEditor((state) => state.nodes);
  const grouped = groups.some(({ members }) => members.some((id) => chosen.has(id)));
  const whole = groups.some((one) => isChosen(one, chosen));
  if (chosen.size < 2) return null;
  return (
    <div className="absolute end-3 top-3 flex gap-2">
      {!whole && (
        <Button size="sm" title={shortcut('G')} onClick={() => editor.groupChosen()}>
          <GroupIcon size={14} />
          {te('group.do')}
        </Button>
      )}
      {grouped && (
        <Button size="sm" title={shortcut('Shift G')} onClick={() => editor.ungroupChosen()}>
          <Ungroup size={14} />
          {te('group.undo')}
        </Button>
      )}
    </div>
  );
}

const shortcut = (keys: string) => `${isApple() ? '⌘' : 'Ctrl'} ${keys}`;
