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
  useStoreApi,
} from '@xyflow/react';
import { useNavigate } from '@tanstack/react-router';
import { type MouseEvent as ReactMouseEvent, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { kindHue } from '@/features/runs/hue';
import { saidCanvas } from '@/features/said/said';
import { Box, NoteBox } from './box';
import { Frame, toneOf } from './frame';
import { connect, graphAt, mayConnect, moveNodes } from './graph';
import { groupsOf, isClosed } from './groups';
import { ONLY } from './keys';
import { boxes, heightOf, WIDTH } from './layout';
import { type FlowEdge, isContainer, type Point } from './model';
import { type Editor, useDoc, useEditor, useRoom } from './store';
import type { Adding } from './add-menu';
import type { Pointed } from './canvas-extras';
import type { CanvasActions, MenuAt } from './canvas-menu';
import { CanvasExtras } from './later';
import { glide, LEGIBLE, viewOfAll } from './motion';
import { type CanvasNode, framesToBoxes, isBox, reframe, toEdges, toNodes } from './shown';
import { te } from './words';

const KINDS = { box: Box, note: NoteBox, frame: Frame };
/** Props that never change are the same objects, or the canvas would look at them in every frame of a drag. */
const SNAP: [number, number] = [8, 8];
const SEVERAL = ['Meta', 'Control', 'Shift'];
const MAP = { width: 148, height: 96 };
const hueOfBox = (node: CanvasNode) => (node.type === 'frame' ? `color-mix(in oklch, ${toneOf(node.data.group.colour)} 25%, transparent)` : kindHue(node.data.node.kind));

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
  actions: CanvasActions;
}

/** The graph that is shown, to be moved about in. Each graph has a canvas of its own. */
export function Canvas({ onAdd, actions }: CanvasProps) {
  const { editor, slug } = useRoom();
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
  const show = useCallback((id: string) => {
    const box = flow.getNode(id);
    const room = area.current?.getBoundingClientRect();
    if (!box || !isBox(box) || !room) return;
    const zoom = Math.max(0.75, flow.getZoom());
    const [x, y] = [box.position.x + WIDTH / 2, box.position.y + heightOf(box.data.node) / 2];
    glide(flow, { x: room.width / 2 - x * zoom, y: room.height / 2 - y * zoom, zoom });
  }, [flow]);
  useEffect(() => {
    // A canvas that comes back does not go to what was looked for long ago.
    if (sought && editor.state.nodes.has(sought.id)) show(sought.id);
  }, [editor, sought, show]);

  /** The first sight of a graph: what somebody was led to, or else where it begins. */
  const begin = useCallback(() => {
    const to = editor.state.sought;
    if (to && editor.state.nodes.has(to.id) && flow.getNode(to.id)) show(to.id);
    else {
      const view = viewOfAll(flow, area.current, LEGIBLE);
      if (view) void flow.setViewport(view);
    }
  }, [editor, flow, show]);
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
      void navigate({ to: '/flows/$id', params: { id: node.settings.flow }, search: { from: slug } });
    }
  }, [editor, slug, navigate]);
  const addHere = (event: ReactMouseEvent) => {
    if (editor.readOnly || !(event.target as Element).classList.contains('react-flow__pane')) return;
    const { x, y } = flow.screenToFlowPosition(at(event));
    onAdd({ at: at(event), place: [x, y], from: null });
  };
  const [menu, setMenu] = useState<MenuAt | null>(null);
  const pointed = useRef<Pointed>({ edge: () => {}, dragging: () => {} });
  const ask = useCallback(
    (event: MouseEvent | ReactMouseEvent, on: MenuAt['on'], edge?: string) => {
      event.preventDefault();
      const screen = at(event as ReactMouseEvent);
      const { x, y } = flow.screenToFlowPosition(screen);
      setMenu({ ...screen, place: [x, y], on, ...(edge === undefined ? {} : { edge }) });
    },
    [flow],
  );
  const askNode = useCallback(
    (event: ReactMouseEvent, asked: CanvasNode) => {
      const ids = isBox(asked) ? [asked.id] : asked.data.members;
      if (!ids.every((id) => editor.state.nodes.has(id))) editor.select(ids);
      ask(event, 'nodes');
    },
    [ask, editor],
  );
  const askEdge = useCallback((event: ReactMouseEvent, { id }: Edge) => (editor.readOnly ? undefined : ask(event, 'edge', id)), [ask, editor]);
  const askPane = useCallback((event: MouseEvent | ReactMouseEvent) => ask(event, 'canvas'), [ask]);
  const askChosen = useCallback((event: ReactMouseEvent) => ask(event, 'nodes'), [ask]);
  const overEdge = useCallback((_: ReactMouseEvent, { id }: Edge) => pointed.current.edge(id), []);
  const offEdge = useCallback(() => pointed.current.edge(null), []);
  const take = useCallback(() => pointed.current.dragging(true), []);
  const leave = useCallback(() => pointed.current.dragging(false), []);
  // The rectangle that boxes were chosen with means nothing once they are in a closed group.
  const store = useStoreApi();
  useEffect(() => store.setState({ nodesSelectionActive: false }), [store, closed]);
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
        onNodeContextMenu={askNode}
        onEdgeContextMenu={askEdge}
        onPaneContextMenu={askPane}
        onSelectionContextMenu={askChosen}
        onEdgeMouseEnter={overEdge}
        onEdgeMouseLeave={offEdge}
        onNodeDragStart={take}
        onNodeDragStop={leave}
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
        ariaLabelConfig={saidCanvas()}
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.5} color="var(--line-strong)" bgColor="var(--bg)" />
        {graph.nodes.length > 8 && (
          <MiniMap<CanvasNode>
            pannable
            zoomable
            ariaLabel={te('canvas.map')}
            bgColor="var(--surface)"
            maskColor="color-mix(in oklch, var(--text-3) 18%, transparent)"
            nodeColor={hueOfBox}
            style={MAP}
          />
        )}
        <Suspense fallback={null}>
          <CanvasExtras area={area} pointed={pointed} menu={menu} onMenu={setMenu} actions={actions} onAdd={onAdd} />
        </Suspense>
      </ReactFlow>
    </div>
  );
}
