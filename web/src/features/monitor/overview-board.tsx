import { useQuery } from '@tanstack/react-query';
import { formatMs } from '@/features/runs/measure';
import { formatNumber } from '@/i18n/format';
import { Card, Section } from '@/ui/page';
import { AlertList } from './alert-list';
import { overviewQuery, systemQuery, type Figure, type Overview } from './api';
import { Chart } from './chart';
import { Gauge } from './gauge';
import { runsOf, useLooked } from './live';
import { Board, Charts, NoTraffic, Tile, Tiles } from './parts';
import { formatDollars } from './say';
import { tm, tmn } from './words';

export function OverviewBoard() {
  const { time, live } = useLooked();
  return <Board query={useQuery(overviewQuery({ ...time, live }))}>{(overview, now) => <Shown overview={overview} now={now} />}</Board>;
}

/** The most that a figure was in the range, where the board has its line. */
function mostOf(figure: Figure, { lines }: Overview): number | null {
  const line = figure === 'run_p95' ? lines.p95 : figure === 'first_token_p95' ? lines.first_token_p95 : [];
  return line.reduce<number | null>((most, value) => (value === null ? most : Math.max(most ?? 0, value)), null);
}

/** What this server may have of memory; it does not change while it runs. */
function useMemoryLimit(wanted: boolean): number | null {
  const { data } = useQuery({ ...systemQuery({ range: '15m', live: false }), enabled: wanted });
  return data?.servers.find((server) => server.this)?.memory_limit ?? null;
}

interface ShownProps {
  overview: Overview;
  now: string | undefined;
}

function Shown({ overview, now }: ShownProps) {
  const memory = useMemoryLimit(overview.figures.some(({ figure, limit }) => figure === 'memory' && (limit === null || limit === undefined)));
  return (
    <>
      <Section title={tm('figures.title')} lead={now}>
        <ul className="grid grid-cols-[repeat(auto-fit,minmax(8.25rem,1fr))] gap-2">
          {overview.figures.map((one) => (
            <Gauge key={one.figure} now={one} natural={one.figure === 'memory' ? memory : null} most={mostOf(one.figure, overview)} />
          ))}
        </ul>
      </Section>
      <AlertList />
      <Section title={tm('totals.title')}>
        <Totals overview={overview} />
      </Section>
      {overview.totals.runs === 0 ? <NoTraffic /> : <Lines overview={overview} />}
      <div className="mt-8">
        <Work overview={overview} now={now} />
      </div>
    </>
  );
}

function Totals({ overview: { totals, now } }: { overview: Overview }) {
  const when = runsOf(useLooked().time);
  // Servers whose runs never wait for their turn do not tell of it.
  const { queued } = now as typeof now & { queued?: number };
  return (
    <Tiles>
      <Tile name={tm('totals.runs')} value={formatNumber(totals.runs)} to={{ to: '/runs', search: when }} />
      <Tile
        name={tm('totals.failed')}
        value={formatNumber(totals.failed)}
        tone={totals.failed > 0 ? 'bad' : undefined}
        to={{ to: '/runs', search: { status: 'failed', ...when } }}
      />
      <Tile name={tm('totals.cancelled')} value={formatNumber(totals.cancelled)} to={{ to: '/runs', search: { status: 'cancelled', ...when } }} />
      {queued !== undefined && <Tile name={tm('totals.queued')} value={formatNumber(queued)} to={{ to: '/runs', search: { status: 'queued' } }} />}
      <Tile name={tm('totals.running')} value={formatNumber(now.running)} to={{ to: '/runs', search: { status: 'running' } }} />
      <Tile name={tm('totals.paused')} value={formatNumber(now.paused)} to={{ to: '/runs', search: { status: 'paused' } }} />
      <Tile
        name={tm('totals.cost')}
        value={formatDollars(Number(totals.cost))}
        note={totals.unpriced > 0 && tmn('totals.unpriced', totals.unpriced)}
        to={{ to: '/monitor/$board', params: { board: 'usage' }, search: true }}
      />
    </Tiles>
  );
}

const percentiles = (p50: (number | null)[], p95: (number | null)[], p99: (number | null)[]) => [
  { name: 'p50', values: p50, color: '--node-input' },
  { name: 'p95', values: p95, color: '--accent' },
  { name: 'p99', values: p99, color: '--node-logic' },
];

function Lines({ overview }: { overview: Overview }) {
  const { lines, totals, step_ms: step } = overview;
  const limit = (figure: Figure) => overview.figures.find((now) => now.figure === figure)?.limit;
  const at = lines.at;
  return (
    <Charts>
      <Chart
        title={tm('chart.runs')}
        at={at}
        step={step}
        format={formatNumber}
        whole
        lines={[
          { name: tm('chart.runs.ended'), values: lines.runs, color: '--accent', filled: true },
          { name: tm('chart.runs.failed'), values: lines.failed, color: '--bad' },
          { name: tm('chart.runs.cancelled'), values: lines.cancelled, color: '--text-3' },
        ]}
      />
      <Chart
        title={tm('chart.took')}
        at={at}
        step={step}
        format={formatMs}
        limit={limit('run_p95')}
        lines={percentiles(lines.p50, lines.p95, lines.p99)}
      />
      {totals.first_tokens > 0 && (
        <Chart
          title={tm('chart.first')}
          aside={tmn('totals.calls', totals.first_tokens)}
          at={at}
          step={step}
          format={formatMs}
          limit={limit('first_token_p95')}
          lines={percentiles(lines.first_token_p50, lines.first_token_p95, lines.first_token_p99)}
        />
      )}
    </Charts>
  );
}

function Work({ overview: { now }, now: note }: ShownProps) {
  return (
    <Section title={tm('work.title')} lead={note}>
      <div className="grid gap-3 lg:grid-cols-2">
        <ul className="grid grid-cols-2 gap-2">
          <Tile name={tm('work.ready')} value={formatNumber(now.documents_ready)} to={{ to: '/knowledge' }} />
          <Tile name={tm('work.chunks')} value={formatNumber(now.chunks)} to={{ to: '/knowledge' }} />
          <Tile name={tm('work.waiting')} value={formatNumber(now.documents_waiting)} to={{ to: '/knowledge' }} />
          <Tile
            name={tm('work.failed')}
            value={formatNumber(now.documents_failed)}
            tone={now.documents_failed > 0 ? 'bad' : undefined}
            to={{ to: '/knowledge' }}
          />
        </ul>
        <Card>
          <table className="num w-full">
            <thead>
              <tr className="text-12 text-fg-3">
                <th className="px-3 py-2 text-start font-normal">{tm('work.lane')}</th>
                <th className="px-3 py-2 text-end font-normal">{tm('work.col.waiting')}</th>
                <th className="px-3 py-2 text-end font-normal">{tm('work.col.running')}</th>
                <th className="px-3 py-2 text-end font-normal">{tm('work.col.failed')}</th>
              </tr>
            </thead>
            <tbody>
              {now.jobs.map((jobs) => (
                <tr key={jobs.lane} className="border-t border-line">
                  <th className="px-3 py-1.5 text-start font-normal">{tm(`lane.${jobs.lane as 'documents' | 'evaluations' | 'syncs'}`)}</th>
                  <td className="px-3 py-1.5 text-end font-mono text-12">{formatNumber(jobs.waiting)}</td>
                  <td className="px-3 py-1.5 text-end font-mono text-12">{formatNumber(jobs.running)}</td>
                  <td className="px-3 py-1.5 text-end font-mono text-12">{formatNumber(jobs.failed)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
      </div>
    </Section>
  );
}
