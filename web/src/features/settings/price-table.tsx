import { Pencil, Undo2 } from 'lucide-react';
import { formatDate, formatDateTime } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/button';
import { tm } from './models-words';
import { type Origin, type Priced, sayDollars } from './prices';

interface PriceTableProps {
  rows: Priced[];
  mayWrite: boolean;
  onWrite: (model: string) => void;
  onForget: (row: Priced) => void;
}

const HEAD = 'px-1.5 py-2 text-end font-normal whitespace-nowrap sm:px-3';
const CELL = 'px-1.5 py-1.5 text-end font-mono text-12 whitespace-nowrap sm:px-3';

export function PriceTable({ rows, mayWrite, onWrite, onForget }: PriceTableProps) {
  return (
    // The table scrolls sideways on phones, so it must be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="scroll-thin relative overflow-x-auto rounded-lg border border-line bg-surface" tabIndex={0} role="region" aria-label={tm('prices.title')}>
      <table className="num w-full">
        <thead>
          <tr className="text-12 text-fg-3">
            <th className="px-3 py-2 text-start font-normal sm:px-4">{tm('price.model')}</th>
            <th className={HEAD}>{tm('price.input')}</th>
            <th className={HEAD}>{tm('price.cached')}</th>
            <th className={HEAD}>{tm('price.output')}</th>
            <th className="py-2 ps-6 pe-3 text-start font-normal max-sm:hidden">{tm('prices.from')}</th>
            {mayWrite && (
              <th>
                <span className="sr-only">{tm('price.actions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.model} row={row} mayWrite={mayWrite} onWrite={onWrite} onForget={onForget} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps extends Omit<PriceTableProps, 'rows'> {
  row: Priced;
}

function Row({ row, mayWrite, onWrite, onForget }: RowProps) {
  const { model, price, origin } = row;
  return (
    <tr className="border-t border-line" data-testid="price" data-model={model}>
      <th className="min-w-24 px-3 py-1.5 text-start font-normal sm:px-4">
        <span className="font-mono text-12 wrap-anywhere">{model}</span>
        <span className="mt-1 block sm:hidden">
          <From row={row} />
        </span>
      </th>
      <td className={CELL}>{price ? sayDollars(price.input) : '–'}</td>
      <td className={CELL}>
        {price?.cached && sayDollars(price.cached)}
        {price && !price.cached && <span className="font-sans text-fg-3">{tm('price.cached.same')}</span>}
        {!price && '–'}
      </td>
      <td className={CELL}>{price ? sayDollars(price.output) : '–'}</td>
      <td className="py-1.5 ps-6 pe-3 whitespace-nowrap max-sm:hidden">
        <From row={row} />
      </td>
      {mayWrite && (
        <td className="w-px py-1 pe-2">
          <div className="flex justify-end max-sm:flex-col">
            {origin === 'set' && (
              <IconButton small label={tm('price.forget.of', { model })} onClick={() => onForget(row)}>
                <Undo2 size={14} className="rtl:-scale-x-100" />
              </IconButton>
            )}
            {origin !== 'free' && (
              <IconButton small label={tm(price ? 'price.change' : 'price.add.of', { model })} onClick={() => onWrite(model)}>
                <Pencil size={14} />
              </IconButton>
            )}
          </div>
        </td>
      )}
    </tr>
  );
}

const TONES: Record<Origin, 'accent' | 'neutral' | 'warn'> = { set: 'accent', published: 'neutral', free: 'neutral', none: 'warn' };

function From({ row: { origin, at } }: { row: Priced }) {
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 text-12 text-fg-3 sm:flex-nowrap">
      <Badge tone={TONES[origin]}>{tm(`price.${origin}`)}</Badge>
      {at && (
        <time dateTime={at} title={formatDateTime(at)}>
          {formatDate(at)}
        </time>
      )}
    </span>
  );
}
