import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Input, Select } from '@/ui/field';
import { allFlowsQuery, type RunFilter, type RunStatus, STATUSES } from './api';
import { WhenField, WhoField } from './filter-fields';
import { tr } from './words';

const NOTHING_SAID: RunFilter = { rating: undefined, annotated: undefined };
const SAID: Record<string, RunFilter> = {
  up: { rating: 'up', annotated: undefined },
  down: { rating: 'down', annotated: undefined },
  annotated: { rating: undefined, annotated: true },
};

interface FilterBarProps {
  filter: RunFilter;
  onSet: (change: RunFilter) => void;
}

/** What runs are looked for by. What is chosen is told as chips below. */
export function FilterBar({ filter, onSet }: FilterBarProps) {
  const flows = useQuery(allFlowsQuery).data;
  const flow = flows?.find(({ id, slug }) => id === filter.flow || slug === filter.flow);
  return (
    <div className="mb-2 grid grid-cols-2 items-center gap-2 md:flex md:flex-wrap">
      <SearchField q={filter.q} onSet={onSet} />
      <Select aria-label={tr('runs.filter.flow')} className="md:w-40!" value={flow?.slug ?? filter.flow ?? ''} onChange={(event) => onSet({ flow: event.target.value || undefined })}>
        <option value="">{tr('runs.filter.flow.all')}</option>
        {flows?.map(({ id, slug, name }) => (
          <option key={id} value={slug}>
            {name}
          </option>
        ))}
        {filter.flow && !flow && <option value={filter.flow}>{filter.flow}</option>}
      </Select>
      <Select
        aria-label={tr('runs.filter.status')}
        className="md:w-32!"
        value={filter.status ?? ''}
        onChange={(event) => onSet({ status: (event.target.value || undefined) as RunStatus | undefined })}
      >
        <option value="">{tr('runs.filter.status.all')}</option>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {tr(`status.${status}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={tr('runs.filter.said')}
        className="md:w-36!"
        value={filter.rating ?? (filter.annotated ? 'annotated' : '')}
        onChange={(event) => onSet(SAID[event.target.value] ?? NOTHING_SAID)}
      >
        <option value="">{tr('runs.filter.said.all')}</option>
        <option value="up">{tr('runs.filter.said.up')}</option>
        <option value="down">{tr('runs.filter.said.down')}</option>
        <option value="annotated">{tr('runs.filter.said.annotated')}</option>
      </Select>
      <WhoField filter={filter} onSet={onSet} />
      <WhenField filter={filter} onSet={onSet} />
    </div>
  );
}

/** How long typing rests before it is looked for, in milliseconds. */
const REST = 300;

/** A text that is looked for once typing rests; the address keeps it. */
function SearchField({ q = '', onSet }: { q: string | undefined; onSet: FilterBarProps['onSet'] }) {
  const [text, setText] = useState(q);
  const sent = useRef(q);
  useEffect(() => {
    if (q !== sent.current) {
      // Somebody went to another view, or took the filter away.
      sent.current = q;
      setText(q);
    }
  }, [q]);
  const send = (next: string) => {
    sent.current = next.trim();
    onSet({ q: next.trim() || undefined });
  };
  useEffect(() => {
    if (text.trim() === sent.current) return undefined;
    const timer = setTimeout(() => send(text), REST);
    return () => clearTimeout(timer);
  });
  return (
    <Input
      type="search"
      aria-label={tr('runs.search')}
      title={tr('runs.search.what')}
      placeholder={tr('runs.search.hint')}
      className="col-span-2 md:flex-1 md:basis-56"
      maxLength={200}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') send(text);
        if (event.key === 'Escape' && text !== '') {
          event.preventDefault();
          setText('');
          send('');
        }
      }}
    />
  );
}
