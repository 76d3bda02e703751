import { Badge } from '@/ui/badge';
import { cx } from '@/ui/cx';
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

const HUES: Record<string, string> = {
  start: 'bg-(--node-input)',
  answer: 'bg-(--node-output)',
  chat: 'bg-(--node-model)',
  model: 'bg-(--node-model)',
  agent: 'bg-(--node-model)',
  classify: 'bg-(--node-model)',
  extract: 'bg-(--node-model)',
  retrieve: 'bg-(--node-knowledge)',
  document: 'bg-(--node-knowledge)',
  tool: 'bg-(--node-tool)',
  http: 'bg-(--node-tool)',
  code: 'bg-(--node-tool)',
  subflow: 'bg-(--node-tool)',
  human: 'bg-(--node-output)',
};

/** The colour of a kind of node, the same everywhere. */
export function kindColour(kind: string | undefined): string {
  return (kind && HUES[kind]) || 'bg-(--node-logic)';
}

export function KindDot({ kind, className }: { kind: string | undefined; className?: string }) {
  return <span aria-hidden="true" className={cx('size-2 shrink-0 rounded-sm', kindColour(kind), className)} />;
}
