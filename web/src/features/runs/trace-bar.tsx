import { ChevronDown, ChevronUp } from 'lucide-react';
import { useSingleKeys } from '@/features/shortcuts/single-keys';
import { formatNumber } from '@/i18n/format';
import { Button, IconButton } from '@/ui/button';
import { Input } from '@/ui/field';
import { countSteps } from './find-steps';
import type { Trace } from './trace';
import { rowsOf, type TreeNode } from './tree';
import { nextOf } from './use-trace-keys';
import { tr, trn } from './words';

interface TraceBarProps {
  trace: Trace;
  text: string;
  onText: (text: string) => void;
  /** What the text found; null while nothing is looked for. */
  found: TreeNode[] | null;
  failed: string[];
  selected: string | null;
  onSelect: (path: string | null) => void;
  /** Opens or closes everything, where there is something to open. */
  onAll?: (open: boolean) => void;
}

/** How many steps there are, and the ways to those that one looks for. */
export function TraceBar({ trace, text, onText, found, failed, selected, onSelect, onAll }: TraceBarProps) {
  const matches = () => rowsOf(found ?? [], () => true).flatMap(({ node }) => (node.children.length === 0 ? [node.path] : []));
  const go = (by: 1 | -1) => {
    const paths = matches();
    const next = nextOf(paths, paths, selected, by);
    if (next) onSelect(next);
  };
  return (
    <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line py-1 pe-3 ps-4 text-12 text-fg-2">
      <h2 className="font-medium">{tr('run.steps')}</h2>
      <span className="num" data-testid="step-count">
        {trace.whole ? trn('run.steps', trace.steps.length) : tr('run.steps.more', { count: formatNumber(trace.steps.length) })}
      </span>
      <span className="flex min-w-36 flex-1 items-center gap-2">
        <Input
          type="search"
          aria-label={tr('trace.search')}
          placeholder={tr('trace.search')}
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
            else if (event.key === 'Escape') onText('');
            else return;
            event.preventDefault();
          }}
          className="h-7! max-w-56 min-w-0"
        />
        {found && (
          <span role="status" className="num shrink-0 text-fg-3">
            {trn('trace.found', countSteps(found))}
          </span>
        )}
      </span>
      {failed.length > 0 && <Failed failed={failed} trace={trace} selected={selected} onSelect={onSelect} />}
      {onAll && (
        <span className="flex gap-1">
          <Button size="sm" kind="ghost" onClick={() => onAll(true)}>
            {tr('tree.openAll')}
          </Button>
          <Button size="sm" kind="ghost" onClick={() => onAll(false)}>
            {tr('tree.closeAll')}
          </Button>
        </span>
      )}
    </div>
  );
}

type FailedProps = Pick<TraceBarProps, 'failed' | 'trace' | 'selected' | 'onSelect'>;

/** The way through the steps that failed. */
function Failed({ failed, trace, selected, onSelect }: FailedProps) {
  const single = useSingleKeys();
  const key = (name: string) => (single ? ` (${name})` : '');
  const go = (by: 1 | -1) => onSelect(nextOf(failed, trace.steps.map(({ path }) => path), selected, by) ?? null);
  return (
    <span role="group" aria-label={trn('trace.failed', failed.length)} className="flex items-center gap-0.5 text-bad">
      <span className="num me-1">{trn('trace.failed', failed.length)}</span>
      <IconButton small label={`${tr('trace.failed.previous')}${key('E')}`} onClick={() => go(-1)}>
        <ChevronUp size={14} />
      </IconButton>
      <IconButton small label={`${tr('trace.failed.next')}${key('e')}`} onClick={() => go(1)}>
        <ChevronDown size={14} />
      </IconButton>
    </span>
  );
}
