import { Link } from '@tanstack/react-router';
import { said } from '@/features/said/said';
import { Notice } from '@/ui/problem';
import type { Run } from './api';
import type { TraceStep } from './tree';
import { tr } from './words';

const LINK = 'rounded-sm font-medium text-accent hover:underline';

/** Where to mend what a code tells of, when that is not the flow. */
const PLACES = {
  unauthenticated: { to: '/settings/models', name: 'fix.to.models' },
  forbidden: { to: '/settings/models', name: 'fix.to.models' },
  quota_exceeded: { to: '/settings/usage', name: 'fix.to.usage' },
  unavailable: { to: '/settings/models', name: 'fix.to.models' },
} as const;

/** Codes that the flow itself, or what it was given, brings about. */
const OF_FLOW: ReadonlySet<string> = new Set(['invalid', 'not_found', 'conflict', 'too_large', 'timeout', 'rate_limited']);

interface WentWrongProps {
  run: Run;
  error: NonNullable<Run['error']>;
  /** The step it failed for, once that was read. */
  reason: TraceStep | null;
  onStep: ((path: string) => void) | undefined;
}

/** Why a run failed, in which step, and what to do about it. */
export function WentWrong({ run, error, reason, onStep }: WentWrongProps) {
  const place = PLACES[error.code as keyof typeof PLACES];
  const node = reason && reason.path === reason.node ? reason.node : undefined;
  return (
    <Notice tone="bad">
      {reason && onStep && (
        <p className="mb-1 text-fg">
          {tr('wrong.in')}{' '}
          <button type="button" onClick={() => onStep(reason.path)} className="rounded-sm font-mono text-12 font-medium break-all text-accent underline-offset-2 hover:underline">
            {reason.path}
          </button>
        </p>
      )}
      <p className="break-words text-fg">{said(error.message)}</p>
      {error.code !== 'cancelled' && <p className="mt-1 text-fg-2">{tr(`fix.${error.code}`)}</p>}
      <p className="mt-1 flex flex-wrap items-center gap-x-3">
        {place && (
          <Link to={place.to} className={LINK}>
            {tr(place.name)}
          </Link>
        )}
        {run.flow_id && onStep && OF_FLOW.has(error.code) && (
          <Link to="/flows/$id" params={{ id: run.flow_id }} search={{ run: run.id, node }} className={LINK}>
            {tr('fix.to.editor')}
          </Link>
        )}
        <span className="font-mono text-11 text-fg-2">{error.limit ?? error.code}</span>
      </p>
    </Notice>
  );
}
