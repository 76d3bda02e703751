import { ChevronLeft, ChevronRight, X } from 'lucide-react';
import { formatNumber } from '@/i18n/format';
import { Button, IconButton } from '@/ui/button';
import { tl, tln } from './late-words';
import type { Round } from './overlay';

interface RoundSwitchProps {
  /** The container. */
  name: string;
  rounds: Round[];
  /** The round that is looked at; null for all of them together. */
  chosen: number | null;
  onChoose: (round: number | null) => void;
}

/** Chooses which round of a container the canvas and the step show. */
export function RoundSwitch({ name, rounds, chosen, onChoose }: RoundSwitchProps) {
  const at = rounds.findIndex(({ number }) => number === chosen);
  const failed = rounds.filter((round) => round.failed);
  // Over and over through those that failed.
  const next = failed.find(({ number }) => number > (chosen ?? -1)) ?? failed[0];
  return (
    <div
      role="group"
      aria-label={tl('rounds.label', { name })}
      data-testid="rounds"
      className="pointer-events-auto flex items-center gap-1 rounded-lg border border-line-strong bg-surface py-0.5 ps-1 pe-1 shadow-pop"
    >
      <IconButton small label={tl('rounds.before')} disabled={at < 0} onClick={() => onChoose(rounds[at - 1]?.number ?? null)}>
        <ChevronLeft size={15} className="rtl:-scale-x-100" />
      </IconButton>
      <button
        type="button"
        className="num min-w-20 rounded-md px-1.5 py-1 text-center text-12 font-medium hover:bg-surface-3"
        title={tl('rounds.all.hint')}
        onClick={() => onChoose(null)}
      >
        <span aria-live="polite">
          {at < 0 ? tln('rounds.all', rounds.length) : tl('rounds.at', { number: formatNumber(at + 1), count: formatNumber(rounds.length) })}
          {rounds[at]?.failed && (
            <span className="ms-1.5 inline-flex items-center align-[-2px] text-bad">
              <X size={13} aria-hidden="true" />
              <span className="sr-only">{tl('rounds.failed')}</span>
            </span>
          )}
        </span>
      </button>
      <IconButton small label={tl('rounds.after')} disabled={at === rounds.length - 1} onClick={() => onChoose(rounds[at + 1]?.number ?? null)}>
        <ChevronRight size={15} className="rtl:-scale-x-100" />
      </IconButton>
      {next && (
        <Button size="sm" kind="ghost" className="!text-bad" onClick={() => onChoose(next.number)}>
          {tln('rounds.toFailed', failed.length)}
        </Button>
      )}
    </div>
  );
}
