import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { Check, CircleAlert, LoaderCircle, LogIn, Minus, X } from 'lucide-react';
import { memo, Suspense } from 'react';
import { formatMs } from '@/features/runs/measure';
import { kindHue } from '@/features/runs/hue';
import { saidWay } from '@/features/said/said';
import { formatCost, formatNumber } from '@/i18n/format';
import { cx } from '@/ui/cx';
import { hasInlet, outletsOf } from './graph';
import { KindIcon, kindName } from './kinds';
import { heightOf, WIDTH } from './layout';
import { type FlowNode, isContainer, START } from './model';
import { INLET, ONLY } from './keys';
import { NoteText } from './later';
import type { NodeTrace } from './overlay';
import { stateOf } from './problems';
import { useEditor } from './store';
import { summaryOf } from './summary';
import { te, ten } from './words';

export type BoxNode = Node<{ node: FlowNode }, 'box' | 'note'>;

const DOT = '!size-2.5 !min-h-0 !min-w-0 !rounded-full !border-2 !border-surface !bg-fg-3';

/** One node on the canvas. It is drawn anew only when it, its problems or its run change. */
export const Box = memo(function Box({ data: { node }, selected }: NodeProps<BoxNode>) {
  const trace = useEditor((state) => state.overlay.get(node.id));
  const wrong = useEditor((state) => stateOf(state, node.id));
  const inputs = useEditor((state) => (node.kind === START ? (state.history.present.inputs ?? []).map(({ name }) => name).join(', ') : ''));
  const ways = outletsOf(node);
  const listed = ways.length > 1 || ways[0]?.handle;
  return (
    <div
      data-testid="node"
      data-id={node.id}
      data-kind={node.kind}
      data-status={trace?.status}
      style={{ width: WIDTH, height: heightOf(node) }}
      className={cx(
        'relative rounded-lg border bg-surface text-13 transition-[border-color,box-shadow]',
        selected ? 'border-accent ring-2 ring-accent/35' : wrong === 'wrong' || trace?.status === 'failed' ? 'border-bad' : 'border-line-strong',
        trace?.status === 'skipped' && '[&>*]:opacity-60',
      )}
    >
      <span aria-hidden="true" className="absolute inset-y-2 left-0 w-[3px] rounded-r-full" style={{ background: kindHue(node.kind) }} />
      {hasInlet(node) && <Handle type="target" position={Position.Left} id={INLET} className={DOT} style={{ top: 28 }} />}
      <div className="flex h-14 items-center gap-2.5 pr-2.5 pl-3.5">
        <KindIcon kind={node.kind} size={17} />
        <div className="min-w-0 flex-1">
          <p className="truncate font-medium">{node.kind === START ? kindName(START) : node.id}</p>
          <p className="truncate text-11 text-fg-2">{inputs || (summaryOf(node) ?? kindName(node.kind))}</p>
        </div>
        {trace ? <TraceMark trace={trace} /> : wrong && <CircleAlert size={15} className={cx('shrink-0', wrong === 'wrong' ? 'text-bad' : 'text-fg-3')} aria-label={te(`node.${wrong}`)} />}
      </div>
      {!listed && ways.length > 0 && <Handle type="source" position={Position.Right} id={ONLY} className={DOT} style={{ top: 28 }} />}
      {listed && (
        <ul className="flex flex-col">
          {ways.map(({ handle, error }, at) => (
            <li key={handle ?? ONLY} className={cx('flex h-[26px] items-center justify-end border-t border-line pr-3.5 pl-3.5 font-mono text-11', error ? 'text-bad' : 'text-fg-2')}>
              <span className="truncate">{handle === null ? te('ways.next') : saidWay(handle)}</span>
              <Handle
                type="source"
                position={Position.Right}
                id={handle ?? ONLY}
                className={cx(DOT, error && '!bg-bad')}
                style={{ top: 56 + at * 26 + 13 }}
              />
            </li>
          ))}
        </ul>
      )}
      {isContainer(node.kind) && (
        <p className="absolute inset-x-0 bottom-0 flex h-[30px] items-center gap-1.5 rounded-b-lg border-t border-line bg-surface-2 px-3.5 text-11 text-fg-2">
          <LogIn size={12} aria-hidden="true" />
          {ten('node.inside', node.body?.nodes?.length ?? 0)}
        </p>
      )}
    </div>
  );
});

const MARKS = {
  running: <LoaderCircle size={14} className="animate-spin text-accent" aria-hidden="true" />,
  done: <Check size={14} className="text-ok" aria-hidden="true" />,
  failed: <X size={14} className="text-bad" aria-hidden="true" />,
  skipped: <Minus size={14} className="text-fg-3" aria-hidden="true" />,
};

/** How a run left a node: state, time, tokens, cost. */
function TraceMark({ trace }: { trace: NodeTrace }) {
  const cost = formatCost(trace.cost);
  return (
    <span className="num flex shrink-0 flex-col items-end font-mono text-11 leading-4 text-fg-2" data-testid="trace">
      <span className="flex items-center gap-1">
        {trace.steps > 1 && `${formatNumber(trace.steps)}× `}
        {trace.ms !== null && trace.status !== 'skipped' && formatMs(trace.ms)}
        {MARKS[trace.status]}
        <span className="sr-only">{te(`trace.${trace.status}`)}</span>
      </span>
      {trace.tokens > 0 && (
        <span>
          {te('trace.tokens', { count: formatNumber(trace.tokens) })}
          {cost && ` · ${cost}`}
        </span>
      )}
    </span>
  );
}

/** A comment beside the graph. */
export const NoteBox = memo(function NoteBox({ data: { node }, selected }: NodeProps<BoxNode>) {
  const text = typeof node.settings?.text === 'string' ? node.settings.text : '';
  return (
    <div
      data-testid="node"
      data-id={node.id}
      data-kind="note"
      style={{ width: WIDTH, height: heightOf(node) }}
      className={cx('overflow-hidden rounded-lg border bg-warn-soft px-3 py-2 text-12', selected ? 'border-accent ring-2 ring-accent/35' : 'border-line')}
    >
      {text ? (
        <Suspense fallback={<p className="whitespace-pre-wrap">{text}</p>}>
          <NoteText text={text} />
        </Suspense>
      ) : (
        kindName('note')
      )}
    </div>
  );
});
