import { lazy, type ReactNode, Suspense, useState } from 'react';
import { withWords } from '@/i18n';
import { Skeleton } from '@/ui/skeleton';
import { useChoose, useLooked } from './live';
import { formatStep } from './say';
import { zoomed } from './time';
import { useShownTheme } from './use-shown-theme';
import { tm } from './words';

const Plot = lazy(withWords(() => import('./plot')));

export interface Line {
  name: string;
  values: (number | null)[];
  /** A colour's name, such as `--accent`. */
  color: string;
  filled?: boolean;
}

interface ChartProps {
  title: string;
  /** When each step begins, in milliseconds since 1970. */
  at: number[];
  step: number;
  lines: Line[];
  format: (value: number) => string;
  /** How values beside each other are said, where one alone has other digits. */
  axis?: (values: number[]) => string[];
  /** Whether there are no halves of what is counted. */
  whole?: boolean;
  limit?: number | null | undefined;
  /** What stands beside the title. */
  aside?: ReactNode;
}

/** The last step of which anything is known: the one under way may have nothing to say yet. */
function lastKnown(at: number[], lines: Line[]): number {
  const last = at.findLastIndex((_start, index) => lines.some((line) => line.values[index] !== null));
  return last < 0 ? at.length - 1 : last;
}

/** Lines over time: a picture, the values under the pointer in words, and all of them as a table. */
export function Chart({ title, at, step, lines, format, axis, whole = false, limit, aside }: ChartProps) {
  const [point, setPoint] = useState<number | null>(null);
  const theme = useShownTheme();
  // Another time may have fewer steps than the one whose step was pointed at.
  const index = point !== null && point < at.length ? point : lastKnown(at, lines);
  const { time } = useLooked();
  const choose = useChoose();
  const limited = limit === null || limit === undefined ? undefined : { value: limit, color: '--bad' };
  const marks = axis ?? ((values: number[]) => values.map(format));
  const said = (value: number | null | undefined) => (value === null || value === undefined ? '–' : format(value));
  return (
    <figure className="min-w-0 rounded-lg border border-line bg-surface p-3" aria-label={title}>
      <figcaption className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <h3 className="font-medium">{title}</h3>
        {aside && <span className="num text-12 text-fg-3">{aside}</span>}
        <span className="num ms-auto text-12 text-fg-3">{formatStep(at[index] ?? 0, step)}</span>
      </figcaption>
      <ul className="num mt-1 mb-1 flex flex-wrap gap-x-4 gap-y-0.5 text-12">
        {lines.map((line) => (
          <li key={line.name} className="flex min-w-0 items-center gap-1.5">
            <span aria-hidden="true" className="h-[3px] w-3 shrink-0 rounded-full" style={{ background: `var(${line.color})` }} />
            <span className="truncate text-fg-2">{line.name}</span>
            <span className="font-mono">{said(line.values[index])}</span>
          </li>
        ))}
        {limited && (
          <li className="flex items-center gap-1.5">
            <span aria-hidden="true" className="w-3 shrink-0 border-t border-dashed border-bad" />
            <span className="text-fg-2">{tm('chart.limit')}</span>
            <span className="font-mono">{format(limited.value)}</span>
          </li>
        )}
      </ul>
      <Suspense fallback={<Skeleton className="h-[168px] w-full" />}>
        <Plot
          at={at}
          step={step}
          lines={lines}
          limit={limited}
          axis={marks}
          whole={whole}
          theme={theme}
          onPoint={setPoint}
          onStretch={(left, right) => choose(zoomed([left, right], at, step, time, Date.now()))}
        />
      </Suspense>
      <AsTable title={title} at={at} step={step} lines={lines} said={said} />
    </figure>
  );
}

interface AsTableProps {
  title: string;
  at: number[];
  step: number;
  lines: Line[];
  said: (value: number | null | undefined) => string;
}

function AsTable({ title, at, step, lines, said }: AsTableProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className="mt-1" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit cursor-pointer rounded-sm text-12 text-fg-3 hover:text-fg">{tm('chart.table')}</summary>
      {open && (
        // The table scrolls, so it must be reachable with the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="scroll-thin mt-1 max-h-64 overflow-auto" tabIndex={0} role="region" aria-label={title}>
          <table className="num w-full text-12">
            <thead>
              <tr className="text-start text-fg-3">
                <th className="py-1 pe-3 text-start font-normal">{tm('chart.table.time')}</th>
                {lines.map((line) => (
                  <th key={line.name} className="py-1 ps-3 text-end font-normal">
                    {line.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {at.map((start, index) => (
                <tr key={start} className="border-t border-line">
                  <th className="py-0.5 pe-3 text-start font-normal whitespace-nowrap text-fg-2">{formatStep(start, step)}</th>
                  {lines.map((line) => (
                    <td key={line.name} className="py-0.5 ps-3 text-end font-mono whitespace-nowrap">
                      {said(line.values[index])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
