import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { Card, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { type Alert, alertsQuery, overviewQuery } from './api';
import { useLooked } from './live';
import { formatFigure } from './say';
import { tm } from './words';

/** How many that are over are shown. */
const EARLIER = 10;

/** Figures that are or were above their thresholds; nothing where none has one. */
export function AlertList() {
  const { time, live } = useLooked();
  const { data: alerts, error, refetch } = useQuery(alertsQuery(live));
  const { data: overview } = useQuery({ ...overviewQuery({ ...time, live }), enabled: false });
  if (error) return <ProblemBox error={error} className="mb-8" onRetry={() => void refetch()} />;
  const limited = overview?.figures.some((now) => now.limit !== null && now.limit !== undefined);
  if (!alerts || (alerts.length === 0 && !limited)) return null;
  const open = alerts.filter((alert) => !alert.ended_at);
  const over = alerts.filter((alert) => alert.ended_at).slice(0, EARLIER);
  return (
    <Section title={tm('alerts.title')} lead={tm('alerts.lead')}>
      {open.length === 0 && <p className="text-fg-2">{tm('alerts.none')}</p>}
      {open.length > 0 && (
        <Card>
          <ul className="divide-y divide-line" data-testid="alerts">
            {open.map((alert) => (
              <Row key={alert.id} alert={alert} />
            ))}
          </ul>
        </Card>
      )}
      {over.length > 0 && (
        <details className="mt-2">
          <summary className="w-fit cursor-pointer rounded-sm text-12 text-fg-3 hover:text-fg">{tm('alerts.before')}</summary>
          <div className="mt-2">
            <Card>
              <ul className="divide-y divide-line">
                {over.map((alert) => (
                  <Row key={alert.id} alert={alert} />
                ))}
              </ul>
            </Card>
          </div>
        </details>
      )}
    </Section>
  );
}

function Row({ alert }: { alert: Alert }) {
  const { figure, since, ended_at: ended } = alert;
  const say = (value: number) => formatFigure(figure, value);
  return (
    <li className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 px-3 py-2">
      <span className="flex items-center gap-2 font-medium">
        {!ended && <TriangleAlert size={14} className="shrink-0 text-bad" aria-hidden="true" />}
        {tm(`figure.${figure}`)}
      </span>
      <span className="num">{tm('alerts.value', { value: say(alert.value), limit: say(alert.limit) })}</span>
      <span className="num text-fg-2">{tm('alerts.worst', { value: say(alert.worst) })}</span>
      <time dateTime={since} title={formatDateTime(since)} className="num ms-auto text-12 text-fg-3">
        {ended
          ? tm('alerts.over', { from: formatDateTime(since), to: formatDateTime(ended) })
          : tm('alerts.open', { when: formatAgo(since) })}
      </time>
    </li>
  );
}
