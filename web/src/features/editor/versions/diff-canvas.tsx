import '@xyflow/react/dist/base.css';
import '../canvas.css';
import './diff-canvas.css';
import { Background, BackgroundVariant, type Edge, Handle, type Node, type NodeProps, Position, ReactFlow, ReactFlowProvider, useReactFlow, useStore } from '@xyflow/react';
import { memo, useEffect, useMemo } from 'react';
import { kindHue } from '@/features/runs/hue';
import { saidCanvas } from '@/features/said/said';
import { Badge } from '@/ui/badge';
import { cx } from '@/ui/cx';
import { outletsOf } from '../graph';
import { frameAround, frameId, isFrame, toneOf } from '../frame';
import { edgeKey } from '../keys';
import { KindIcon, kindName } from '../kinds';
import { tl } from '../late-words';
import { boxes, WIDTH } from '../layout';
import { type FlowNode, type Point, START } from '../model';
import { te } from '../words';
import type { Change, DiffGroup, GraphDiff } from './graph-diff';
import { tv } from './words';

export const SIGNS = { added: '+', removed: '−', changed: '±' } as const;
export const TONES = { added: 'ok', removed: 'bad', changed: 'accent' } as const;
const BORDERS: Record<Change, string> = {
  same: 'border-line opacity-70',
  changed: 'border-accent',
  added: 'border-ok',
  removed: 'border-dashed border-bad',
};
const HEIGHT = 56;

type DiffBox = Node<{ node: FlowNode; change: Change }, 'diff'>;

/** A node of either state. Its border, its sign and the word beside it tell what became of it. */
const Box = memo(function Box({ data: { node, change }, selected }: NodeProps<DiffBox>) {
  const hidden = '!size-1 !min-h-0 !min-w-0 !border-0 !bg-transparent';
  return (
    <div
      data-testid="diff-node"
      data-id={node.id}
      data-change={change}
      style={{ width: WIDTH, height: HEIGHT }}
      className={cx('flex items-center gap-2.5 rounded-lg border-2 bg-surface px-3 text-13', BORDERS[change], selected && 'ring-2 ring-accent/35')}
    >
      <Handle type="target" position={Position.Left} className={hidden} isConnectable={false} />
      <span style={{ color: kindHue(node.kind) }}>
        <KindIcon kind={node.kind} size={16} />
      </span>
      <span className="min-w-0 flex-1">
        <span className={cx('block truncate font-medium', change === 'removed' && 'line-through')}>{node.kind === START ? kindName(START) : node.id}</span>
        <span className="block truncate text-11 text-fg-2">{kindName(node.kind)}</span>
      </span>
      {change !== 'same' && (
        <Badge tone={TONES[change]}>
          <span aria-hidden="true">{SIGNS[change]}</span> {tl(`diff.${change}`)}
        </Badge>
      )}
      <Handle type="source" position={Position.Right} className={hidden} isConnectable={false} />
    </div>
  );
});

type DiffFrame = Node<DiffGroup, 'frame'>;

/** A frame of either state, with its title and what became of it. */
const Frame = memo(function Frame({ data: { group, change } }: NodeProps<DiffFrame>) {
  const tone = toneOf(group.colour);
  return (
    <div
      data-testid="diff-frame"
      data-id={group.id}
      data-change={change}
      style={{ borderColor: tone, background: `color-mix(in oklch, ${tone} 7%, transparent)` }}
      className={cx('h-full rounded-xl border-[1.5px] text-13', change === 'removed' && 'border-dashed')}
    >
      <p className="flex h-10 items-center gap-2 px-3">
        <span className={cx('min-w-0 flex-1 truncate font-medium', change === 'removed' && 'line-through')}>{group.title || te('group.untitled')}</span>
        {change !== 'same' && (
          <Badge tone={TONES[change]}>
            <span aria-hidden="true">{SIGNS[change]}</span> {tl(`diff.${change}`)}
          </Badge>
        )}
      </p>
    </div>
  );
});

const KINDS = { diff: Box, frame: Frame };

/** Smaller than this nobody reads a box. */
const LEGIBLE = 0.75;
const FIT = { maxZoom: 1, padding: 0.12 };

/** The picture stays in sight when the room for it changes: all of it where that is legible, else what changed. */
function KeepInSight({ changed }: { changed: string[] }) {
  const { fitView, getNodes, getNodesBounds, setViewport } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  useEffect(() => {
    if (width === 0 || height === 0) return;
    const fits = (ids: ReadonlySet<string> | null) => {
      const { x, y, ...size } = getNodesBounds(getNodes().filter(({ id }) => !ids || ids.has(id)));
      return { x, y, fits: size.width * LEGIBLE < width * 0.88 && size.height * LEGIBLE < height * 0.88 };
    };
    const wanted = new Set(changed);
    if (wanted.size === 0 || fits(null).fits) void fitView(wanted.size === 0 ? { ...FIT, minZoom: LEGIBLE } : FIT);
    else if (fits(wanted).fits) void fitView({ ...FIT, nodes: changed.map((id) => ({ id })), minZoom: LEGIBLE });
    else {
      // Neither fits: the first of what changed, where one begins to read.
      const { x, y } = fits(wanted);
      void setViewport({ x: 32 - x * LEGIBLE, y: Math.max(48, height * 0.2) - y * LEGIBLE, zoom: LEGIBLE });
    }
  }, [fitView, getNodes, getNodesBounds, setViewport, width, height, changed]);
  return null;
}

interface DiffCanvasProps {
  diff: GraphDiff;
  groups: DiffGroup[];
  places: Record<string, Point>;
  withStart: boolean;
  chosen: string | null;
  onChoose: (id: string) => void;
}

function frameOf(grouped: DiffGroup, places: Record<string, Point>): DiffFrame {
  const { group, members, change } = grouped;
  const placed = members.map((id) => ({ node: { id, kind: '' }, at: places[id] ?? ([0, 0] as Point) }));
  const word = change === 'same' ? '' : `, ${tl(`diff.${change}`)}`;
  return {
    id: frameId(group.id),
    type: 'frame',
    ...frameAround(placed, false, () => HEIGHT),
    data: grouped,
    zIndex: -1,
    selectable: false,
    focusable: false,
    ariaLabel: `${group.title || te('group.untitled')}${word}`,
  };
}

/** Both states of a graph in one picture. */
export function DiffCanvas({ diff, groups, places, withStart, chosen, onChoose }: DiffCanvasProps) {
  const frames = useMemo(() => groups.map((grouped) => frameOf(grouped, places)), [groups, places]);
  const nodes = useMemo(() => {
    const changes = new Map(diff.nodes.map(({ node, change }) => [node.id, change]));
    const graph = { nodes: diff.nodes.map(({ node }) => node), edges: [] };
    return boxes(graph, withStart).map((node): DiffBox => {
      const [x, y] = places[node.id] ?? [0, 0];
      const change = changes.get(node.id) ?? 'same';
      const word = change === 'same' ? '' : `, ${tl(`diff.${change}`)}`;
      return {
        id: node.id,
        type: 'diff',
        position: { x, y },
        data: { node, change },
        selected: node.id === chosen,
        width: WIDTH,
        height: HEIGHT,
        ariaLabel: `${node.id}, ${kindName(node.kind)}${word}`,
      };
    });
  }, [diff, places, withStart, chosen]);
  const changed = useMemo(() => diff.nodes.filter(({ change }) => change !== 'same').map(({ node }) => node.id), [diff]);
  const edges = useMemo(
    () =>
      diff.edges.map(({ edge, change }): Edge => {
        const several = outletsOf(diff.nodes.find(({ node }) => node.id === edge.from)?.node ?? { id: START, kind: START }).length > 1;
        const way = several && edge.handle ? edge.handle : '';
        const word = change === 'same' ? '' : `${SIGNS[change]} ${tl(`diff.${change}`)}`;
        return {
          id: edgeKey(edge),
          source: edge.from,
          target: edge.to,
          className: `diff-${change}`,
          label: [way, word].filter(Boolean).join(' ') || undefined,
          ariaLabel: `${edge.from} → ${edge.to}${word && `, ${word}`}`,
        };
      }),
    [diff],
  );
  return (
    <div dir="ltr" className="h-full">
      <ReactFlowProvider>
        <ReactFlow<DiffBox | DiffFrame>
          nodes={[...frames, ...nodes]}
          edges={edges}
          nodeTypes={KINDS}
          nodesDraggable={false}
          nodesConnectable={false}
          deleteKeyCode={null}
          panOnScroll
          minZoom={0.1}
          attributionPosition="bottom-left"
          onNodeClick={(_, { id }) => !isFrame(id) && onChoose(id)}
          aria-label={tv('versions.graph')}
          ariaLabelConfig={saidCanvas()}
        >
          <KeepInSight changed={changed} />
          <Background variant={BackgroundVariant.Dots} gap={24} size={1.5} color="var(--line-strong)" bgColor="var(--bg)" />
        </ReactFlow>
      </ReactFlowProvider>
    </div>
  );
}
