import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleX } from 'lucide-react';
import { formatMs } from '@/features/runs/measure';
import { said, saidName } from '@/features/said/said';
import { formatAgo, formatBytes, formatNumber } from '@/i18n/format';
import { Card, Section } from '@/ui/page';
import { type Figure, overviewQuery, systemQuery, type System } from './api';
import { Chart } from './chart';
import { useLooked } from './live';
import { Board, Charts, Tile, Tiles } from './parts';
import { formatPercent } from './say';
import { tm } from './words';

export function SystemBoard() {
  const { time, live } = useLooked();
  return <Board query={useQuery(systemQuery({ ...time, live }))}>{(system, now) => <Shown system={system} now={now} />}</Board>;
}

const ms = (value: number | null | undefined) => (value === null || value === undefined ? '–' : formatMs(value));

function Shown({ system, now }: { system: System; now: string | undefined }) {
  const { totals } = system;
  return (
    <>
      <Section title={tm('totals.title')}>
        <Tiles>
          <Tile name={tm('chart.requests')} value={formatNumber(totals.requests)} />
          <Tile name={tm('chart.requests.refused')} value={formatNumber(totals.refused)} />
          <Tile name={tm('chart.requests.errors')} value={formatNumber(totals.errors)} tone={totals.errors > 0 ? 'bad' : undefined} />
          <Tile name="p50" value={ms(totals.took.p50)} />
          <Tile name="p95" value={ms(totals.took.p95)} />
          <Tile name="p99" value={ms(totals.took.p99)} />
        </Tiles>
      </Section>
      <div className="mb-8">
        <Lines system={system} />
      </div>
      <Section title={tm('servers.title')} lead={now}>
        <Servers system={system} />
      </Section>
      <Section title={tm('checks.title')} lead={now}>
        <Checks system={system} />
      </Section>
    </>
  );
}

/** Percent of one processor, as servers are told of, as percent of all that the machine has. */
function ofAll<T extends number | null>(cpu: T, processors: number): T {
  return (cpu === null ? null : cpu / processors) as T;
}

const found = ({ hits, misses }: { hits: number; misses: number }) =>
  hits + misses > 0 && tm('rate.found', { percent: formatPercent(Math.round((hits * 100) / (hits + misses))) });

function Lines({ system }: { system: System }) {
  const { lines, totals, step_ms: step } = system;
  const { time, live } = useLooked();
  const { data: overview } = useQuery(overviewQuery({ ...time, live }));
  const limit = (figure: Figure) => overview?.figures.find((now) => now.figure === figure)?.limit;
  const shared = { at: lines.at, step };
  const count = { ...shared, format: formatNumber, whole: true };
  return (
    <Charts>
      <Chart
        {...count}
        title={tm('chart.requests')}
        lines={[
          { name: tm('chart.requests.all'), values: lines.requests, color: '--accent', filled: true },
          { name: tm('chart.requests.refused'), values: lines.refused, color: '--warn' },
          { name: tm('chart.requests.errors'), values: lines.errors, color: '--bad' },
        ]}
      />
      <Chart
        {...shared}
        title={tm('chart.latency')}
        format={formatMs}
        lines={[
          { name: 'p50', values: lines.p50, color: '--node-input' },
          { name: 'p95', values: lines.p95, color: '--accent' },
          { name: 'p99', values: lines.p99, color: '--node-logic' },
        ]}
      />
      <Chart
        {...shared}
        title={tm('chart.memory')}
        format={formatBytes}
        limit={limit('memory')}
        lines={[{ name: tm('chart.memory.line'), values: lines.memory, color: '--accent', filled: true }]}
      />
      <Chart
        {...shared}
        title={tm('chart.cpu')}
        format={formatPercent}
        limit={limit('cpu')}
        lines={[{ name: tm('chart.cpu.line'), values: lines.cpu.map((value) => ofAll(value, system.processors)), color: '--node-knowledge', filled: true }]}
      />
      <Chart
        {...count}
        title={tm('chart.open')}
        lines={[
          { name: tm('chart.open.streams'), values: lines.streams, color: '--node-tool' },
          { name: tm('chart.open.runs'), values: lines.runs, color: '--accent' },
        ]}
      />
      <Chart
        {...count}
        title={tm('chart.results')}
        aside={found(totals.results)}
        lines={[
          { name: tm('chart.hits'), values: lines.result_hits, color: '--ok' },
          { name: tm('chart.misses'), values: lines.result_misses, color: '--text-3' },
        ]}
      />
      <Chart
        {...count}
        title={tm('chart.embeddings')}
        aside={found(totals.embeddings)}
        lines={[
          { name: tm('chart.hits'), values: lines.embedding_hits, color: '--ok' },
          { name: tm('chart.misses'), values: lines.embedding_misses, color: '--text-3' },
        ]}
      />
      <Chart
        {...count}
        title={tm('chart.documents')}
        lines={[
          { name: tm('chart.documents.done'), values: lines.documents_done, color: '--ok' },
          { name: tm('chart.documents.failed'), values: lines.documents_failed, color: '--bad' },
        ]}
      />
      <Chart
        {...count}
        title={tm('chart.chunks')}
        lines={[{ name: tm('work.chunks'), values: lines.chunks_done, color: '--node-knowledge', filled: true }]}
      />
    </Charts>
  );
}

function Servers({ system }: { system: System }) {
  const NUMBER = 'px-3 py-2 text-end font-normal whitespace-nowrap';
  const CELL = 'px-3 py-1.5 text-end font-mono text-12 whitespace-nowrap';
  return (
    // The table scrolls sideways on phones, so it must be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="scroll-thin overflow-x-auto rounded-lg border border-line bg-surface" tabIndex={0} role="region" aria-label={tm('servers.title')}>
      <table className="num w-full">
        <thead>
          <tr className="text-12 text-fg-3">
            <th className="px-3 py-2 text-start font-normal">{tm('servers.id')}</th>
            <th className={NUMBER}>{tm('servers.memory')}</th>
            <th className={NUMBER}>{tm('servers.cpu')}</th>
            <th className={NUMBER}>{tm('servers.streams')}</th>
            <th className={NUMBER}>{tm('servers.runs')}</th>
            <th className={NUMBER}>{tm('servers.heard')}</th>
          </tr>
        </thead>
        <tbody>
          {system.servers.map((server) => (
            <tr key={server.id} className="border-t border-line">
              <th className="px-3 py-1.5 text-start font-normal whitespace-nowrap">
                <span className="font-mono text-12">{server.id.slice(0, 8)}</span>
                {server.this && <span className="ms-2 text-12 text-fg-3">{tm('servers.this')}</span>}
              </th>
              <td className={CELL}>
                {server.memory === null || server.memory === undefined
                  ? '–'
                  : server.memory_limit
                    ? tm('servers.of', { used: formatBytes(server.memory), all: formatBytes(server.memory_limit) })
                    : formatBytes(server.memory)}
              </td>
              <td className={CELL}>{server.cpu === null || server.cpu === undefined ? '–' : formatPercent(ofAll(server.cpu, server.processors ?? system.processors))}</td>
              <td className={CELL}>{formatNumber(server.streams)}</td>
              <td className={CELL}>
                <Link to="/runs" search={{ status: 'running' }} className="rounded-sm hover:underline">
                  {formatNumber(server.runs)}
                </Link>
              </td>
              <td className={CELL}>{formatAgo(server.heard_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Checks({ system }: { system: System }) {
  return (
    <Card>
      <ul className="divide-y divide-line">
        {system.checks.map((check) => (
          <li key={check.name} className="flex items-start gap-3 px-3 py-2">
            {check.ok ? (
              <CircleCheck size={16} className="mt-0.5 shrink-0 text-ok" role="img" aria-label={tm('checks.ok')} />
            ) : (
              <CircleX size={16} className="mt-0.5 shrink-0 text-bad" role="img" aria-label={tm('checks.bad')} />
            )}
            <div className="min-w-0">
              <Link to="/settings/system" className="rounded-sm font-medium hover:underline">
                {saidName(check.name)}
              </Link>
              <p className="break-words text-fg-2">{said(check.message)}</p>
              {check.fix && <p className="break-words">{said(check.fix)}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
