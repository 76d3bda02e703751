import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useSingleKeys } from '@/features/shortcuts/single-keys';
import { formatDateTime } from '@/i18n/format';
import { buttonClass, IconButton } from '@/ui/button';
import { allFlowsQuery, isFiltered, type RunFilter } from './api';
import { useCallerName } from './callers';
import { ViewChips } from './view-chips';
import { back } from './when';
import { tr } from './words';

interface FilterChipsProps {
  filter: RunFilter;
  onSet: (change: RunFilter) => void;
}

interface Chip {
  name: string;
  value: string;
  without: RunFilter;
}

const SPANS: Record<string, 'runs.filter.when.hour' | 'runs.filter.when.day' | 'runs.filter.when.week'> = {
  '1h': 'runs.filter.when.hour',
  '24h': 'runs.filter.when.day',
  '7d': 'runs.filter.when.week',
};

/** From when to when, in words. */
function whenText({ from, to }: RunFilter): string {
  if (from && back(from) !== null) {
    const known = SPANS[from];
    return known ? tr(known) : tr('runs.filter.when.last', { span: from });
  }
  const say = (time: string) => (Number.isNaN(Date.parse(time)) ? time : formatDateTime(time));
  return `${from ? say(from) : '…'} – ${to ? say(to) : '…'}`;
}

/** What is filtered by, a chip each. */
function useChips(filter: RunFilter): Chip[] {
  const flows = useQuery(allFlowsQuery).data;
  const nameOf = useCallerName();
  const chips: Chip[] = [];
  if (filter.q) chips.push({ name: tr('runs.search'), value: `“${filter.q}”`, without: { q: undefined } });
  if (filter.flow) {
    const flow = flows?.find(({ id, slug }) => id === filter.flow || slug === filter.flow);
    const value = flow?.name ?? (flows ? tr('runs.filter.flow.unknown', { flow: filter.flow }) : filter.flow);
    chips.push({ name: tr('runs.filter.flow'), value, without: { flow: undefined } });
  }
  if (filter.status) chips.push({ name: tr('runs.filter.status'), value: tr(`status.${filter.status}`), without: { status: undefined } });
  if (filter.rating) chips.push({ name: tr('runs.filter.said'), value: tr(filter.rating === 'up' ? 'runs.filter.said.up' : 'runs.filter.said.down'), without: { rating: undefined } });
  if (filter.annotated !== undefined) chips.push({ name: tr('runs.filter.said'), value: tr(filter.annotated ? 'runs.filter.said.annotated' : 'runs.filter.said.not'), without: { annotated: undefined } });
  if (filter.user) chips.push({ name: tr('runs.filter.user'), value: nameOf(filter.user), without: { user: undefined } });
  if (filter.share) chips.push({ name: tr('runs.filter.user'), value: tr('runs.filter.share'), without: { share: undefined } });
  if (filter.from || filter.to) chips.push({ name: tr('runs.filter.when'), value: whenText(filter), without: { from: undefined, to: undefined } });
  return chips;
}

/** What is filtered by, and views that were saved. The row is there in any case, so that nothing below it jumps. */
export function FilterChips({ filter, onSet }: FilterChipsProps) {
  const chips = useChips(filter);
  const single = useSingleKeys();
  return (
    <div className="mb-3 flex flex-wrap md:min-h-7 items-center gap-x-2 gap-y-1.5">
      {chips.length > 0 && (
        <ul aria-label={tr('runs.filters')} className="contents">
          {chips.map(({ name, value, without }) => (
            <li key={`${name} ${value}`} data-testid="filter" className="flex h-7 max-w-full items-center rounded-md bg-surface-3 ps-2">
              <span className="truncate text-12">
                <span className="text-fg-2">{name}:</span> {value}
              </span>
              <IconButton small label={tr('runs.filter.remove', { name })} onClick={() => onSet(without)}>
                <X size={13} />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      {isFiltered(filter) && (
        <Link to="/runs" search={{}} className={buttonClass('ghost', 'sm')}>
          {tr('runs.filter.clearAll')}
        </Link>
      )}
      <ViewChips filter={filter} />
      {single && chips.length === 0 && <p className="ms-auto hidden text-12 text-fg-3 md:block">{tr('runs.keys')}</p>}
    </div>
  );
}
