import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { membersQuery } from '@/features/settings/people-api';
import { Input, Select } from '@/ui/field';
import { compareNames } from '@/i18n/format';
import type { RunFilter } from './api';
import { strangerName } from './callers';
import { back, fromField, LATELY, toField } from './when';
import { tr } from './words';

interface FieldsProps {
  filter: RunFilter;
  onSet: (change: RunFilter) => void;
}

/** Who asked for runs. */
export function WhoField({ filter: { user }, onSet }: FieldsProps) {
  const members = useQuery({ ...membersQuery, enabled: usePermission('members.read') });
  const people = (members.data ?? []).toSorted((one, other) => compareNames(one.name, other.name));
  const known = !user || people.some(({ user_id }) => user_id === user);
  return (
    <Select aria-label={tr('runs.filter.user')} className="md:w-36!" value={user ?? ''} onChange={(event) => onSet({ user: event.target.value || undefined })}>
      <option value="">{tr('runs.filter.user.all')}</option>
      {people.map(({ user_id, name }) => (
        <option key={user_id} value={user_id}>
          {name}
        </option>
      ))}
      {!known && <option value={user}>{strangerName(user)}</option>}
    </Select>
  );
}

const RANGE = 'range';
const DAY = 86_400_000;

/** When runs began: lately, or between two times. */
export function WhenField({ filter: { from, to }, onSet }: FieldsProps) {
  const [asked, setAsked] = useState(false);
  const ago = back(from) === null ? undefined : from;
  const ranged = ago === undefined && (asked || from !== undefined || to !== undefined);
  const lately: readonly string[] = LATELY;
  const choose = (value: string) => {
    setAsked(value === RANGE);
    if (value === RANGE) onSet({ from: from && !ago ? from : new Date(Date.now() - DAY).toISOString().replace(/:\d\d\.\d+/, ':00.000'), to });
    else onSet({ from: value || undefined, to: undefined });
  };
  return (
    <>
      <Select aria-label={tr('runs.filter.when')} className="col-span-2 md:w-32!" value={ranged ? RANGE : (ago ?? '')} onChange={(event) => choose(event.target.value)}>
        <option value="">{tr('runs.filter.when.all')}</option>
        <option value="1h">{tr('runs.filter.when.hour')}</option>
        <option value="24h">{tr('runs.filter.when.day')}</option>
        <option value="7d">{tr('runs.filter.when.week')}</option>
        {ago && !lately.includes(ago) && <option value={ago}>{tr('runs.filter.when.last', { span: ago })}</option>}
        <option value={RANGE}>{tr('runs.filter.when.range')}</option>
      </Select>
      {ranged && (
        <>
          <TimeField label={tr('runs.filter.from')} time={from} onSet={(time) => onSet({ from: time, to })} />
          <TimeField label={tr('runs.filter.to')} time={to} onSet={(time) => onSet({ from, to: time })} />
        </>
      )}
    </>
  );
}

/** A time that counts once it is whole; while its parts are typed, the one before stays. */
function TimeField({ label, time, onSet }: { label: string; time: string | undefined; onSet: (time: string | undefined) => void }) {
  return (
    <label className="col-span-2 flex items-center gap-1.5 text-12 text-fg-2">
      {label}
      <Input
        key={time ?? ''}
        type="datetime-local"
        className="w-44!"
        defaultValue={toField(time)}
        onBlur={(event) => {
          const given = fromField(event.target.value);
          if (toField(given) !== toField(time)) onSet(given);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
    </label>
  );
}
