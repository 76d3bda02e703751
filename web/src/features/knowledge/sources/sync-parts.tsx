import { formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import type { Sync } from './sources-api';
import { t } from './words';

/** In the order in which people want to know; what waits is told by the progress. */
const ENDS = ['added', 'changed', 'removed', 'unchanged', 'failed', 'robots', 'skipped'] as const;
const TONES = { queued: 'neutral', running: 'accent', succeeded: 'ok', failed: 'bad', cancelled: 'neutral' } as const;

/** What came of the items of a sync: what there was none of is left out. */
export function Counts({ counts }: { counts: Sync['counts'] }) {
  const some = ENDS.filter((end) => counts[end] > 0);
  if (some.length === 0) return <span className="text-fg-3">{t('counts.none')}</span>;
  return (
    <span className="num flex flex-wrap gap-x-3 text-12" data-testid="counts">
      {some.map((end) => (
        <span key={end} className={end === 'failed' ? 'text-bad' : end === 'unchanged' ? 'text-fg-3' : 'text-fg-2'}>
          {t(`counts.${end}`, { count: formatNumber(counts[end]) })}
        </span>
      ))}
    </span>
  );
}

export function SyncBadge({ sync: { status } }: { sync: Sync }) {
  return <Badge tone={TONES[status]}>{t(`sync.${status}`)}</Badge>;
}

/** How many items were looked at, of those that are known so far. */
export function farOf({ counts }: Sync): { done: number; all: number } {
  const done = ENDS.reduce((sum, end) => sum + counts[end], 0);
  return { done, all: done + counts.waiting };
}
