import { useReactFlow, ViewportPortal } from '@xyflow/react';
import { Group as GroupIcon, Maximize, Plus, Ungroup, ZoomIn, ZoomOut } from 'lucide-react';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { isApple } from '@/features/shortcuts/platform';
import { Button, IconButton } from '@/ui/button';
import type { Adding } from './add-menu';
import { type CanvasActions, CanvasMenu, type MenuAt } from './canvas-menu';
import { tc } from './canvas-words';
import { graphAt } from './graph';
import { groupsOf, isChosen } from './groups';
import { edgeKey } from './keys';
import { boxes, WIDTH } from './layout';
import { START } from './model';
import { zoomBy } from './motion';
import { useDoc, useEditor, useRoom } from './store';
import { te } from './words';

/** What the canvas tells of the pointer, without being drawn anew itself. */
export interface Pointed {
  edge: (key: string | null) => void;
  dragging: (is: boolean) => void;
}

interface CanvasExtrasProps {
  area: RefObject<HTMLDivElement | null>;
  pointed: RefObject<Pointed>;
  menu: MenuAt | null;
  onMenu: (menu: MenuAt | null) => void;
  actions: CanvasActions;
  onAdd: (adding: Adding) => void;
}

/** What stands on the canvas beside the graph itself; it comes once the graph is there. */
export function CanvasExtras({ area, pointed, menu, onMenu, actions, onAdd }: CanvasExtrasProps) {
  const { editor } = useRoom();
  return (
    <>
      <ZoomButtons area={area} fit={actions.fit} />
      {!editor.readOnly && (
        <>
          <AddButtons onAdd={actions.add} />
          <GroupButtons />
          <EdgePlus pointed={pointed} onAdd={onAdd} />
        </>
      )}
      {menu && <CanvasMenu key={`${menu.x} ${menu.y} ${menu.on}`} at={menu} actions={actions} onAdd={onAdd} onClose={() => onMenu(null)} />}
    </>
  );
}

function ZoomButtons({ area, fit }: { area: RefObject<HTMLDivElement | null>; fit: () => void }) {
  const flow = useReactFlow();
  return (
    <div role="group" aria-label={tc('zoom.label')} className="absolute bottom-6 left-2 z-[5] flex rounded-md border border-line bg-surface p-0.5">
      <IconButton small label={tc('zoom.out')} onClick={() => zoomBy(flow, area.current, 1 / 1.25)}>
        <ZoomOut size={15} />
      </IconButton>
      <IconButton small label={tc('zoom.in')} onClick={() => zoomBy(flow, area.current, 1.25)}>
        <ZoomIn size={15} />
      </IconButton>
      <IconButton small label={tc('zoom.fit')} onClick={fit}>
        <Maximize size={15} />
      </IconButton>
    </div>
  );
}

/** What an empty graph begins with, beside its start, and the button that adds to any. */
function AddButtons({ onAdd }: { onAdd: () => void }) {
  const doc = useDoc();
  const container = useEditor((state) => state.container);
  const graph = graphAt(doc, container);
  const empty = graph.nodes.every(({ kind }) => kind === 'note' || kind === START);
  if (!empty) {
    return (
      <Button className="absolute start-3 top-3 z-[5]" title="n" onClick={onAdd}>
        <Plus size={15} />
        {te('canvas.add')}
      </Button>
    );
  }
  if (container === null) return <FirstStep onAdd={onAdd} />;
  return (
    <div className="pointer-events-none absolute inset-x-0 top-1/3 z-[5] flex flex-col items-center gap-2 px-4 text-center">
      <p className="max-w-80 text-fg-2">{te('canvas.empty')}</p>
      <Button size="lg" className="pointer-events-auto border-dashed" onClick={onAdd}>
        <Plus size={15} />
        {te('canvas.first')}
      </Button>
    </div>
  );
}

/** Where the first node is going to stand, joined to the start. */
function FirstStep({ onAdd }: { onAdd: () => void }) {
  const { editor } = useRoom();
  useDoc();
  const [x, y] = editor.places()[START] ?? [0, 0];
  return (
    <ViewportPortal>
      <div className="absolute flex items-center" style={{ transform: `translate(${x + WIDTH + 6}px, ${y}px)`, height: 56 }}>
        <span aria-hidden="true" className="w-[60px] border-t-[1.5px] border-dashed border-line-strong" />
        <button
          type="button"
          onClick={onAdd}
          style={{ width: WIDTH, pointerEvents: 'all' }}
          className="nodrag nopan flex h-14 cursor-pointer items-center justify-center gap-1.5 rounded-lg border border-dashed border-line-strong bg-surface font-medium text-fg-2 transition-colors hover:border-accent hover:text-fg"
        >
          <Plus size={15} />
          {te('canvas.first')}
        </button>
      </div>
    </ViewportPortal>
  );
}

const shortcut = (keys: string) => `${isApple() ? '⌘' : 'Ctrl'} ${keys}`;

/** What can be done with several chosen boxes at once, where the panel is not beside the canvas. */
function GroupButtons() {
  const { editor } = useRoom();
  const doc = useDoc();
  const chosen = useEditor((state) => state.nodes);
  const container = useEditor((state) => state.container);
  if (chosen.size < 2) return null;
  const groups = groupsOf(doc, boxes(graphAt(doc, container), container === null));
  const grouped = groups.some(({ members }) => members.some((id) => chosen.has(id)));
  const whole = groups.some((one) => isChosen(one, chosen));
  return (
    <div className="absolute end-3 top-3 z-[5] flex gap-2 lg:hidden">
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

/** How long the button stays when the pointer leaves its edge: long enough to reach it. */
const STAY = 400;

/** The button in the middle of the edge that is pointed at or chosen: it puts a node into it. */
function EdgePlus({ pointed, onAdd }: { pointed: RefObject<Pointed>; onAdd: (adding: Adding) => void }) {
  const flow = useReactFlow();
  const doc = useDoc();
  const container = useEditor((state) => state.container);
  const chosen = useEditor((state) => (state.edges.size === 1 && state.nodes.size === 0 ? ([...state.edges][0] ?? null) : null));
  const [over, setOver] = useState<string | null>(null);
  const [dragging, setDragging] = useState(false);
  const leaving = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    // What the canvas tells by it, so that pointing at an edge draws nothing else anew.
    // oxlint-disable-next-line react/immutability
    pointed.current = {
      edge: (key) => {
        clearTimeout(leaving.current);
        if (key !== null) setOver(key);
        else leaving.current = setTimeout(() => setOver(null), STAY);
      },
      dragging: setDragging,
    };
    const { current } = leaving;
    return () => clearTimeout(current);
  }, [pointed]);
  const key = over ?? chosen;
  const edge = key === null || dragging ? undefined : graphAt(doc, container).edges.find((one) => edgeKey(one) === key);
  const drawn = edge && flow.getEdge(key ?? '');
  if (!edge || !drawn) return null;
  const end = (id: string, side: 'source' | 'target', handle: string | null | undefined) => {
    const box = flow.getInternalNode(id)?.internals;
    const at = box?.handleBounds?.[side]?.find((one) => one.id === handle);
    return box && at ? { x: box.positionAbsolute.x + at.x + at.width / 2, y: box.positionAbsolute.y + at.y + at.height / 2 } : null;
  };
  const [from, to] = [end(drawn.source, 'source', drawn.sourceHandle), end(drawn.target, 'target', drawn.targetHandle)];
  if (!from || !to) return null;
  return (
    <ViewportPortal>
      <button
        type="button"
        aria-label={tc('edge.insert', { from: edge.from, to: edge.to })}
        title={tc('menu.insert')}
        data-testid="edge-plus"
        onPointerEnter={() => pointed.current.edge(key)}
        onPointerLeave={() => pointed.current.edge(null)}
        onClick={(event) => {
          const at = event.currentTarget.getBoundingClientRect();
          setOver(null);
          onAdd({ at: { x: at.right + 8, y: at.top }, from: { node: edge.from, handle: edge.handle ?? null }, into: edge });
        }}
        style={{ transform: `translate(-50%, -50%) translate(${(from.x + to.x) / 2}px, ${(from.y + to.y) / 2}px)`, pointerEvents: 'all' }}
        className="nodrag nopan absolute top-0 left-0 z-10 flex size-6 cursor-pointer items-center justify-center rounded-full border border-line-strong bg-surface text-fg-2 shadow-pop transition-colors hover:border-accent hover:text-accent"
      >
        <Plus size={14} />
      </button>
    </ViewportPortal>
  );
}
