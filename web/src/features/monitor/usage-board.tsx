import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { RunFilter } from '@/features/runs/api';
import { formatMs } from '@/features/runs/measure';
import { formatNumber } from '@/i18n/format';
import { Section } from '@/ui/page';
import { type Consumer, usageQuery, type Usage } from './api';
import { Chart } from './chart';
import { runsOf, useLooked } from './live';
import { Board, Charts, NoTraffic, Tile, Tiles } from './parts';
import { dollarAxis, formatDollars } from './say';
import { tm, tmn } from './words';

/** The colours of those who are told apart in one picture. */
const COLORS = ['--node-model', '--node-knowledge', '--node-input', '--node-logic', '--node-tool', '--node-output'];

export function UsageBoard() {
  const { time, live } = useLooked();
  return (
    <Board query={useQuery(usageQuery({ ...time, live }))}>
      {(usage) => (usage.totals.runs === 0 ? <NoTraffic /> : <Shown usage={usage} />)}
    </Board>
  );
}

function Shown({ usage }: { usage: Usage }) {
  const { lines, totals, step_ms: step, models } = usage;
  const when = runsOf(useLooked().time);
  const named = models.top.slice(0, COLORS.length);
  return (
    <>
      <Section title={tm('totals.title')}>
        <Tiles>
          <Tile name={tm('totals.runs')} value={formatNumber(totals.runs)} to={{ to: '/runs', search: when }} />
          <Tile name={tm('totals.tokensIn')} value={formatNumber(totals.input_tokens)} to={{ to: '/runs', search: when }} />
          <Tile name={tm('totals.tokensOut')} value={formatNumber(totals.output_tokens)} to={{ to: '/runs', search: when }} />
          <Tile
            name={tm('totals.cost')}
            value={formatDollars(Number(totals.cost))}
            note={totals.unpriced > 0 && tmn('totals.unpriced', totals.unpriced)}
            to={{ to: '/runs', search: when }}
          />
        </Tiles>
      </Section>
      <div className="mb-8">
        <Charts>
          <Chart
            title={tm('chart.tokens')}
            at={lines.at}
            step={step}
            format={formatNumber}
            whole
            lines={[
              { name: tm('chart.tokens.in'), values: lines.input_tokens, color: '--accent', filled: true },
              { name: tm('chart.tokens.out'), values: lines.output_tokens, color: '--node-knowledge' },
            ]}
          />
          {named.some((model) => Number(model.cost) > 0) ? (
            <Chart
              title={tm('chart.costBy')}
              at={lines.at}
              step={step}
              format={formatDollars}
              axis={dollarAxis}
              lines={named.map((model, index) => ({ name: model.id ?? '–', values: model.costs, color: COLORS[index] ?? '--text-3' }))}
            />
          ) : (
            <Chart
              title={tm('chart.cost')}
              at={lines.at}
              step={step}
              format={formatDollars}
              axis={dollarAxis}
              lines={[{ name: tm('chart.cost'), values: lines.cost, color: '--accent', filled: true }]}
            />
          )}
        </Charts>
      </div>
      <Section title={tm('by.flows')}>
        <Table of={usage.flows} head={tm('by.flow')} count={tm('by.runs')} name={flowName} runs={({ id }) => id && { flow: id, ...when }} />
      </Section>
      {models.top.length > 0 && (
        <Section title={tm('by.models')}>
          <Table of={models} head={tm('by.model')} count={tm('by.calls')} name={modelName} first />
        </Section>
      )}
      <Section title={tm('by.members')}>
        <Table of={usage.members} head={tm('by.member')} count={tm('by.runs')} name={memberName} runs={({ id }) => id && { ...asker(id), ...when }} />
      </Section>
    </>
  );
}

const LINK = 'rounded-sm hover:underline';

function flowName({ id, name }: Consumer): ReactNode {
  if (!id) return tm('by.noFlow');
  if (!name) return tm('by.gone', { id });
  return (
    <Link to="/flows/$id" params={{ id }} className={LINK}>
      {name}
    </Link>
  );
}

function modelName({ id }: Consumer): ReactNode {
  return (
    <Link to="/settings/prices" search={{ q: id ?? undefined }} className={`font-mono text-12 break-all ${LINK}`}>
      {id}
    </Link>
  );
}

function memberName({ id, name }: Consumer): ReactNode {
  if (!id) return tm('by.noMember');
  if (id === 'operator') return tm('by.operator');
  if (id.startsWith('trg_')) {
    return (
      <Link to="/triggers/$id" params={{ id }} className={LINK}>
        {name ?? tm('by.gone', { id })}
      </Link>
    );
  }
  if (id.startsWith('key_')) {
    return (
      <Link to="/settings/keys" className={LINK}>
        {name ?? tm('by.key', { id: id.slice(-6) })}
      </Link>
    );
  }
  return (
    <Link to="/settings/members" className={LINK}>
      {name ?? tm('by.gone', { id })}
    </Link>
  );
}

/** What lists the runs that somebody asked for; those of visitors are found by their share. */
function asker(id: string): RunFilter {
  const [share, visitor] = id.split('/');
  return visitor === undefined ? { user: id } : { share };
}

interface TableProps {
  of: Usage['flows'];
  head: string;
  count: string;
  name: (consumer: Consumer) => ReactNode;
  /** Whose runs a row's counts lead to. */
  runs?: (consumer: Consumer) => RunFilter | '' | null | undefined;
  /** Whether there are first tokens. */
  first?: boolean;
}

function Table({ of, head, count, name, runs, first }: TableProps) {
  const NUMBER = 'px-3 py-2 text-end font-normal whitespace-nowrap';
  return (
    // The table scrolls sideways on phones, so it must be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="scroll-thin overflow-x-auto rounded-lg border border-line bg-surface" tabIndex={0} role="region" aria-label={head}>
      <table className="num w-full">
        <thead>
          <tr className="text-12 text-fg-3">
            <th className="px-3 py-2 text-start font-normal">{head}</th>
            <th className={NUMBER}>{count}</th>
            <th className={NUMBER}>{tm('by.failed')}</th>
            <th className={NUMBER}>{tm('by.tokens')}</th>
            <th className={NUMBER}>{tm('by.cost')}</th>
            {first && <th className={NUMBER}>{tm('by.p50')}</th>}
            {first && <th className={NUMBER}>{tm('by.p95')}</th>}
          </tr>
        </thead>
        <tbody>
          {of.top.map((one) => (
            <Row key={one.id ?? ''} one={one} name={name(one)} runs={runs?.(one)} first={first} />
          ))}
          {of.others && <Row one={of.others} name={tm('by.others')} first={first} />}
        </tbody>
      </table>
    </div>
  );
}

function Row({ one, name, runs, first }: { one: Consumer; name: ReactNode; runs?: RunFilter | '' | null | undefined; first?: boolean | undefined }) {
  const CELL = 'px-3 py-1.5 text-end font-mono text-12 whitespace-nowrap';
  const ms = (value: number | null | undefined) => (value === null || value === undefined ? '–' : formatMs(value));
  const failed = formatNumber(one.failed);
  const all = formatNumber(one.count);
  return (
    <tr className="border-t border-line">
      <th className="min-w-40 px-3 py-1.5 text-start font-normal break-words">{name}</th>
      <td className={CELL}>
        {runs ? (
          <Link to="/runs" search={runs} className={LINK}>
            {all}
          </Link>
        ) : (
          all
        )}
      </td>
      <td className={CELL}>
        {runs && one.failed > 0 ? (
          <Link to="/runs" search={{ ...runs, status: 'failed' }} className={`text-bad ${LINK}`}>
            {failed}
          </Link>
        ) : (
          failed
        )}
      </td>
      <td className={CELL}>{formatNumber(one.input_tokens + one.output_tokens)}</td>
      <td className={CELL} title={one.unpriced > 0 ? tmn('by.unpriced', one.unpriced) : undefined}>
        {one.unpriced === one.count && one.unpriced > 0 ? '–' : formatDollars(Number(one.cost))}
        {one.unpriced > 0 && one.unpriced < one.count && ' +'}
      </td>
      {first && <td className={CELL}>{ms(one.first_token.p50)}</td>}
      {first && <td className={CELL}>{ms(one.first_token.p95)}</td>}
    </tr>
  );
}
