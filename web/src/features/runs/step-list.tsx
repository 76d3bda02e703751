import { ChevronDown, ChevronRight } from 'lucide-react';
import { type KeyboardEvent, memo, useEffect, useRef, useState } from 'react';
import { formatCost, formatNumber } from '@/i18n/format';
import { cx } from '@/ui/cx';
import { formatMs, tokensOf } from './measure';
import { KindDot, kindColour } from './status';
import type { TimeLine } from './timeline';
import type { TreeNode, TreeRow } from './tree';
import { tr } from './words';

const ROW = 28;
/** Rows kept above and below what is seen. */
const SPARE = 12;

interface StepListProps {
  rows: TreeRow[];
  line: TimeLine;
  /** What counts as now for steps at work. */
  now: number;
  /** Whether any step has tokens, or a cost. */
  measured: boolean;
  selected: string | null;
  onSelect: (path: string | null) => void;
  onToggle: (node: TreeNode) => void;
}

/** Steps as a tree with their bars in time; only the rows that are seen exist. */
export function StepList({ rows, line, now, measured, selected, onSelect, onToggle }: StepListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 800 });
  useEffect(() => {
    const box = scroller.current;
    if (!box) return undefined;
    const look = () => setSeen({ top: box.scrollTop, height: box.clientHeight });
    const watcher = new ResizeObserver(look);
    watcher.observe(box);
    box.addEventListener('scroll', look, { passive: true });
    return () => {
      watcher.disconnect();
      box.removeEventListener('scroll', look);
    };
  }, []);
  const first = Math.max(0, Math.floor(seen.top / ROW) - SPARE);
  const last = Math.min(rows.length, Math.ceil((seen.top + seen.height) / ROW) + SPARE);
  const at = rows.findIndex(({ node }) => node.path === selected);

  // A step that the address names, or the keys lead to, is brought into view. A browser may lay
  // out rows that have just come a little later, and until then it scrolls no further than it knows.
  useEffect(() => {
    const box = scroller.current;
    const list = box?.firstElementChild;
    if (!box || !list || at < 0) return undefined;
    const top = at * ROW;
    const bring = () => {
      const wanted = Math.max(Math.min(box.scrollTop, top), top + ROW - box.clientHeight);
      box.scrollTop = wanted;
      return box.scrollTop >= Math.floor(wanted);
    };
    if (bring()) return undefined;
    const laidOut = new ResizeObserver(() => {
      if (bring()) laidOut.disconnect();
    });
    laidOut.observe(list);
    return () => laidOut.disconnect();
  }, [at]);

  const press = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const row = rows[at];
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    const next = target === undefined ? undefined : rows[Math.max(0, Math.min(rows.length - 1, target))];
    if (next) onSelect(next.node.path);
    else if (event.key === 'Escape' && selected) onSelect(null);
    else if (event.key === 'ArrowRight' && row && row.node.children.length > 0 && !row.open) onToggle(row.node);
    else if (event.key === 'ArrowLeft' && row?.open) onToggle(row.node);
    else return;
    event.preventDefault();
  };

  return (
    <div
      ref={scroller}
      role="tree"
      tabIndex={0}
      aria-label={tr('run.steps')}
      aria-activedescendant={at >= first && at < last ? `step-${at}` : undefined}
      onKeyDown={press}
      className="scroll-thin min-h-0 flex-1 overflow-y-auto [overflow-anchor:none] focus-visible:-outline-offset-2"
    >
      <div role="presentation" style={{ height: rows.length * ROW, position: 'relative' }}>
        {rows.slice(first, last).map((row, offset) => (
          <Row
            key={row.node.path}
            index={first + offset}
            row={row}
            line={line}
            now={row.node.end === null ? now : 0}
            measured={measured}
            selected={row.node.path === selected}
            onSelect={onSelect}
            onToggle={onToggle}
          />
        ))}
      </div>
    </div>
  );
}

export function rowName(node: TreeNode): string {
  return node.round === null ? node.name : tr('tree.round', { number: node.round + 1 });
}

interface RowProps {
  index: number;
  row: TreeRow;
  line: TimeLine;
  now: number;
  measured: boolean;
  selected: boolean;
  onSelect: (path: string) => void;
  onToggle: (node: TreeNode) => void;
}

const Row = memo(function Row({ index, row: { node, depth, open }, line, now, measured, selected, onSelect, onToggle }: RowProps) {
  const name = rowName(node);
  const end = node.end ?? now;
  const status = node.step?.status ?? (node.failed ? 'failed' : 'done');
  const left = line.at(node.start);
  const width = Math.max(0, line.at(end) - left);
  const skipped = status === 'skipped';
  const waiting = status === 'running' && node.step?.kind === 'human';
  const tokens = tokensOf(node.step?.record?.usage);
  const cost = formatCost(node.step?.record?.usage.cost);
  return (
    // The tree has the keys; a click is what remains.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      role="treeitem"
      id={`step-${index}`}
      tabIndex={-1}
      aria-level={depth + 1}
      aria-selected={selected}
      aria-expanded={node.children.length > 0 ? open : undefined}
      aria-label={`${name}, ${tr(waiting ? 'status.waits' : `status.${status}`)}`}
      data-testid="step"
      data-path={node.path}
      data-status={status}
      onClick={() => onSelect(node.path)}
      style={{ top: index * ROW, height: ROW }}
      className={cx(
        'absolute inset-x-0 flex cursor-pointer items-center gap-2 pe-3',
        selected ? 'bg-accent-soft' : 'hover:bg-surface-2',
      )}
    >
      {/* The indent is inside of the column, so that bars of all depths have one line. */}
      <div className="min-w-0 flex-[3]">
      <div className="flex items-center gap-1.5" style={{ paddingInlineStart: 8 + Math.min(depth, 12) * 16 }}>
        {node.children.length > 0 ? (
          <button
            type="button"
            tabIndex={-1}
            aria-label={tr(open ? 'tree.close' : 'tree.open', { name })}
            onClick={(event) => {
              event.stopPropagation();
              onToggle(node);
            }}
            className="flex size-5 shrink-0 items-center justify-center rounded-sm text-fg-3 hover:bg-surface-3 hover:text-fg"
          >
            {open ? <ChevronDown size={13} /> : <ChevronRight size={13} className="rtl:-scale-x-100" />}
          </button>
        ) : (
          <span className="w-5 shrink-0" />
        )}
        {node.round === null && <KindDot kind={node.step?.kind} />}
        <span
          className={cx(
            'min-w-0 truncate',
            node.round !== null && 'text-fg-2',
            status === 'failed' && 'text-bad',
            skipped && 'text-fg-3 line-through',
          )}
        >
          {name}
        </span>
        {status === 'running' && <span aria-hidden="true" className={cx('size-1.5 shrink-0 rounded-full', waiting ? 'bg-warn' : 'animate-pulse bg-accent')} />}
      </div>
      </div>
      <div aria-hidden="true" className="relative hidden h-2.5 flex-[4] sm:block">
        {!skipped && (
          <span
            className={cx(
              'absolute h-full rounded-sm',
              waiting ? 'min-w-8 border border-dashed border-warn bg-warn-soft' : 'min-w-[3px]',
              !waiting && (status === 'failed' ? 'bg-bad' : node.round === null ? kindColour(node.step?.kind) : 'bg-line-strong'),
            )}
            // One that waits has no length of its own, but must be seen: it ends at the end of the line.
            style={waiting ? { insetInlineStart: `min(${left * 100}%, 100% - 2rem)`, insetInlineEnd: 0 } : { insetInlineStart: `${Math.min(left, 0.995) * 100}%`, width: `${width * 100}%` }}
          />
        )}
      </div>
      {measured && (
        <span className="num hidden w-20 shrink-0 text-end font-mono text-11 leading-3 whitespace-nowrap text-fg-2 @lg:block">
          {tokens > 0 && tr('unit.tokens', { count: formatNumber(tokens) })}
          {cost && <span className="block text-fg-3">{cost}</span>}
        </span>
      )}
      <span className="num w-20 shrink-0 text-end font-mono text-11 whitespace-nowrap text-fg-2">
        {skipped || !Number.isFinite(node.start) ? '' : formatMs(Math.max(0, end - node.start))}
      </span>
    </div>
  );
});
