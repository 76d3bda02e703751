import { useMemo } from 'react';
import { formatMs } from './measure';
import { ticksOf, type TimeLine } from './timeline';
import { tr } from './words';

/** Marks of an axis that fit beside each other. */
const MOST = 5;

/** What the bars of the steps below are measured by; it has their columns. */
export function TimeAxis({ line, measured }: { line: TimeLine; measured: boolean }) {
  const ticks = useMemo(() => ticksOf(line, MOST), [line]);
  return (
    <div aria-hidden="true" data-testid="time-axis" className="num hidden h-6 shrink-0 items-center gap-2 border-b border-line pe-3 text-11 text-fg-3 sm:flex">
      <span className="min-w-0 flex-[3]">
        <span className="block ps-4">{tr('axis.step')}</span>
      </span>
      <span className="relative h-full flex-[4] font-mono">
        {ticks.map(({ place, after }) => (
          <span key={place} className="absolute inset-y-0 flex items-center border-s border-line ps-1 whitespace-nowrap" style={{ insetInlineStart: `${place * 100}%` }}>
            {after < 1 ? '0' : formatMs(after)}
          </span>
        ))}
      </span>
      {measured && <span className="hidden w-20 shrink-0 text-end @lg:block">{tr('axis.tokens')}</span>}
      <span className="w-20 shrink-0 text-end">{tr('axis.time')}</span>
    </div>
  );
}
