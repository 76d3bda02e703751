import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { ChevronDown, ChevronRight, Ungroup } from 'lucide-react';
import { memo } from 'react';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { changeGroup, type Grouped, isChosen } from './groups';
import { INLET, ONLY } from './keys';
import { heightOf, WIDTH } from './layout';
import { type FlowNode, GROUP_COLOURS, type GroupColour, type Point } from './model';
import { useEditor, useRoom } from './store';
import { te, ten } from './words';

export type FrameNode = Node<Grouped & { closed: boolean }, 'frame'>;

const EDGE = 24;
const HEAD = 40;
/** Height of the one box that stands for a closed group. */
const CLOSED = 56;
const PREFIX = 'group:';
/** Only the head of a frame is taken hold of; through the rest one reaches the canvas. */
const THROUGH = { pointerEvents: 'none' } as const;

export const frameId = (group: string) => PREFIX + group;
export const isFrame = (id: string) => id.startsWith(PREFIX);

interface Placed {
  node: FlowNode;
  at: Point;
}

/** Where a frame stands around its boxes, which are as high as `high` says. */
export function frameAround(placed: Placed[], closed: boolean, high = heightOf): { position: { x: number; y: number }; width: number; height: number } {
  const left = Math.min(...placed.map(({ at }) => at[0]));
  const top = Math.min(...placed.map(({ at }) => at[1]));
  const right = Math.max(...placed.map(({ at }) => at[0] + WIDTH));
  const bottom = Math.max(...placed.map(({ at, node }) => at[1] + high(node)));
  const position = { x: left - EDGE, y: top - HEAD };
  if (closed) return { position, width: WIDTH, height: CLOSED };
  return { position, width: right - left + 2 * EDGE, height: bottom - top + HEAD + EDGE };
}

const TONES: Record<GroupColour, string> = {
  grey: 'var(--text-3)',
  blue: 'var(--accent)',
  green: 'var(--ok)',
  yellow: 'var(--warn)',
  red: 'var(--bad)',
};
export const toneOf = (colour: GroupColour | undefined) => TONES[colour ?? 'grey'];

const HANDLE = '!size-2.5 !min-h-0 !min-w-0 !rounded-full !border-2 !border-surface !bg-fg-3 !pointer-events-none';

/** The frame around boxes that belong together, or the one box that stands for them. */
export const Frame = memo(function Frame({ data }: NodeProps<FrameNode>) {
  const { group, members, closed } = data;
  const { editor } = useRoom();
  const chosen = useEditor((state) => isChosen(data, state.nodes));
  const tone = toneOf(group.colour);
  const change = (part: Parameters<typeof changeGroup>[2], key: string) => editor.edit((doc) => changeGroup(doc, group.id, part), `group ${key} ${group.id}`);
  const title = group.title || te('group.untitled');
  return (
    <div
      data-testid="frame"
      data-document
      data-id={group.id}
      data-closed={closed}
      style={{ borderColor: tone, background: closed ? undefined : `color-mix(in oklch, ${tone} 7%, transparent)` }}
      className={cx('h-full rounded-xl border-[1.5px] text-13', closed && 'bg-surface', chosen && 'ring-2 ring-accent/35')}
    >
      {closed && <Handle type="target" position={Position.Left} id={INLET} className={HANDLE} isConnectable={false} />}
      <div className={cx('frame-head pointer-events-auto flex cursor-grab items-center gap-1 ps-1.5 pe-2', closed ? 'h-14' : 'h-10')}>
        {!editor.readOnly && members.length > 1 && (
          <IconButton
            small
            className="nodrag"
            label={te(closed ? 'group.open' : 'group.close', { name: title })}
            onClick={() => change({ collapsed: !closed }, 'fold')}
          >
            {closed ? <ChevronRight size={15} /> : <ChevronDown size={15} />}
          </IconButton>
        )}
        <span className="min-w-0 flex-1">
          {chosen && !editor.readOnly ? (
            <input
              className="nodrag w-full rounded-sm border border-line-strong bg-surface px-1.5 py-0.5 font-medium"
              aria-label={te('group.title')}
              placeholder={te('group.untitled')}
              maxLength={100}
              value={group.title ?? ''}
              onChange={(event) => change({ title: event.target.value }, 'title')}
            />
          ) : (
            <button type="button" className="max-w-full truncate rounded-sm px-1.5 font-medium" title={te('group.choose', { name: title })} onClick={() => editor.select(members)}>
              {title}
            </button>
          )}
          {closed && <span className="block px-1.5 text-11 text-fg-2">{ten('group.boxes', members.length)}</span>}
        </span>
        {chosen && !editor.readOnly && !closed && (
          <>
            <span role="radiogroup" aria-label={te('group.colour')} className="nodrag flex items-center gap-1">
              {GROUP_COLOURS.map((colour) => (
                <input
                  key={colour}
                  type="radio"
                  name={`colour of ${group.id}`}
                  aria-label={te(`group.${colour}`)}
                  checked={(group.colour ?? 'grey') === colour}
                  onChange={() => change({ colour }, 'colour')}
                  style={{ accentColor: toneOf(colour), outlineColor: toneOf(colour), background: toneOf(colour) }}
                  className="size-4 appearance-none rounded-full border-2 border-surface checked:outline-2"
                />
              ))}
            </span>
            <IconButton small className="nodrag" label={te('group.dissolve')} onClick={() => editor.ungroupChosen()}>
              <Ungroup size={15} />
            </IconButton>
          </>
        )}
      </div>
      {closed && <Handle type="source" position={Position.Right} id={ONLY} className={HANDLE} isConnectable={false} />}
    </div>
  );
});

/** The frame as the canvas has it; the same object while nothing about it changed. */
export function toFrame(grouped: Grouped, placed: Placed[], closed: boolean, old: FrameNode | undefined): FrameNode {
  const { position, width, height } = frameAround(placed, closed);
  const kept = old && old.data.group === grouped.group && old.data.closed === closed && old.data.members.join() === grouped.members.join() ? old.data : null;
  if (old && kept && old.position.x === position.x && old.position.y === position.y && old.width === width && old.height === height) return old;
  const frame: FrameNode = {
    id: frameId(grouped.group.id),
    type: 'frame',
    position,
    data: kept ?? { ...grouped, closed },
    width,
    height,
    zIndex: -1,
    selectable: false,
    focusable: false,
    connectable: false,
    dragHandle: '.frame-head',
    style: THROUGH,
  };
  if (old?.measured) frame.measured = old.measured;
  return frame;
}
