import { PenLine, ThumbsDown, ThumbsUp } from 'lucide-react';
import { formatNumber } from '@/i18n/format';
import type { Run } from './api';
import { tr, trn } from './words';

/** What people said of a run, in a row of the list. */
export function RowMarks({ marks }: { marks: NonNullable<Run['marks']> }) {
  return (
    <span className="num inline-flex shrink-0 items-center gap-2 align-middle text-11 font-normal text-fg-2" data-testid="marks">
      {marks.up > 0 && <Count picture={<ThumbsUp size={12} className="text-ok" aria-hidden="true" />} count={marks.up} text={trn('marks.up', marks.up)} />}
      {marks.down > 0 && <Count picture={<ThumbsDown size={12} className="text-bad" aria-hidden="true" />} count={marks.down} text={trn('marks.down', marks.down)} />}
      {marks.annotated && (
        <span title={tr('marks.annotated')}>
          <PenLine size={12} className="text-accent" aria-hidden="true" />
          <span className="sr-only">{tr('marks.annotated')}</span>
        </span>
      )}
    </span>
  );
}

function Count({ picture, count, text }: { picture: React.ReactNode; count: number; text: string }) {
  return (
    <span className="inline-flex items-center gap-0.5" title={text}>
      {picture}
      <span aria-hidden="true">{count > 1 && formatNumber(count)}</span>
      <span className="sr-only">{text}</span>
    </span>
  );
}
