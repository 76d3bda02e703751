import type { Document } from '@/api/types';
import { formatMs } from '@/features/runs/measure';
import { formatDigits, formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Progress } from '@/ui/progress';
import { t } from '../words';
import { hasFailed, isUnfinished, stageAtWork } from './document-list';
import type { Pace } from './pace';

/** Where a document stands, as a word, and as a bar while it is being read. */
export function DocumentState({ document }: { document: Document }) {
  const word = t(`document.status.${document.status}`);
  if (document.status === 'ready') return <Badge tone="ok">{word}</Badge>;
  if (hasFailed(document)) return <Badge tone="bad">{word}</Badge>;
  if (!isUnfinished(document) || document.status === 'queued') return <Badge>{word}</Badge>;
  return (
    <span className="flex w-24 shrink-0 flex-col gap-1 sm:w-32" aria-live="off">
      <span className="num flex justify-between text-12 text-fg-2">
        {word}
        <span>{formatNumber(Math.round(document.progress * 100))} %</span>
      </span>
      <Progress value={document.progress} label={word} />
    </span>
  );
}

/** "120 of 400 · 35 per second · 8 s left": what is known, and nothing else. */
export function stageText(document: Document, pace: Pace | null): string | null {
  const stage = stageAtWork(document);
  if (!stage) return null;
  const parts = [
    t(`document.stage.${stage.name}`, { done: formatNumber(stage.done), total: formatNumber(stage.total ?? 0) }),
  ];
  if (pace) {
    parts.push(t('document.perSecond', { count: formatDigits(pace.perSecond, pace.perSecond < 10 ? 1 : 0) }));
    if (pace.secondsLeft >= 1) parts.push(t('document.left', { time: formatMs(Math.round(pace.secondsLeft) * 1000) }));
  }
  return parts.join(' · ');
}

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
