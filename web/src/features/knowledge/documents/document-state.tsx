import type { Document } from '@/api/types';
import { formatMs } from '@/features/runs/measure';
import { formatDigits, formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Progress } from '@/ui/progress';
import { t } from '../words';
import { hasFailed, isUnfinished, stageAtWork } from './document-list';
import type { Pace } from './pace';

/** Where a document stands, as a word; as a number and a bar, too, while it is known how much there is to do. */
export function DocumentState({ document }: { document: Document }) {
  const word = t(`document.status.${document.status}`);
  if (document.status === 'ready') return <Badge tone="ok">{word}</Badge>;
  if (hasFailed(document)) return <Badge tone="bad">{word}</Badge>;
  if (!isUnfinished(document) || document.status === 'queued') return <Badge>{word}</Badge>;
  const stage = stageAtWork(document);
  if (!stage) return <Badge tone="accent">{word}</Badge>;
  return (
    <span className="flex w-32 shrink-0 flex-col gap-1 sm:w-40" aria-live="off">
      <span className="num flex justify-between gap-2 text-12 whitespace-nowrap text-fg-2">
        {word}
        <span>{t('document.ofAll', { done: formatNumber(stage.done), total: formatNumber(stage.total) })}</span>
      </span>
      <Progress value={stage.done / stage.total} label={word} />
    </span>
  );
}

/** "35 per second · about 8 s left": what is known, and nothing else. */
export function paceText(pace: Pace | null): string | null {
  if (!pace) return null;
  return [t('document.perSecond', { count: formatDigits(pace.perSecond, pace.perSecond < 10 ? 1 : 0) }), timeLeft(pace)].filter(Boolean).join(' · ');
}

export const timeLeft = (pace: Pace): string | null =>
  pace.secondsLeft >= 1 ? t('document.left', { time: formatMs(Math.round(pace.secondsLeft) * 1000) }) : null;

/** What each stage took, of a document that is through. */
export function StageTimes({ document }: { document: Document }) {
  const timed = document.stages.filter(({ took_ms }) => typeof took_ms === 'number');
  if (timed.length === 0) return null;
  return (
    <dl className="num flex flex-wrap gap-x-4 gap-y-1 text-12 text-fg-3">
      {timed.map(({ name, took_ms }) => (
        <div key={name} className="flex gap-1">
          <dt>{t(`stage.${name}`)}</dt>
          <dd className="text-fg-2">{formatMs(took_ms ?? 0)}</dd>
        </div>
      ))}
    </dl>
  );
}
