import { Badge } from '@/ui/badge';
import { cx } from '@/ui/cx';
import { hueOf } from './hue';
import { tr, type RunStatusWord } from './words';

const TONES = {
  queued: 'neutral',
  running: 'accent',
  paused: 'warn',
  succeeded: 'ok',
  done: 'ok',
  failed: 'bad',
  cancelled: 'neutral',
  skipped: 'neutral',
} as const;

export function StatusBadge({ status }: { status: RunStatusWord }) {
  return (
    <Badge tone={TONES[status]}>
      {status === 'running' && <span className="size-1.5 animate-pulse rounded-full bg-accent" aria-hidden="true" />}
      {tr(`status.${status}`)}
    </Badge>
  );
}

const FILLS = {
  input: 'bg-(--node-input)',
  model: 'bg-(--node-model)',
  knowledge: 'bg-(--node-knowledge)',
  logic: 'bg-(--node-logic)',
  tool: 'bg-(--node-tool)',
  output: 'bg-(--node-output)',
};

/** The colour of a kind of node, the same everywhere. */
export const kindColour = (kind: string | undefined) => FILLS[hueOf(kind)];

export function KindDot({ kind, className }: { kind: string | undefined; className?: string }) {
  return <span aria-hidden="true" className={cx('size-2 shrink-0 rounded-sm', kindColour(kind), className)} />;
}
