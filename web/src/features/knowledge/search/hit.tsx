import { Link } from '@tanstack/react-router';
import { ArrowDown, ArrowUp } from 'lucide-react';
import type { Passage } from '@/api/types';
import { placeOf } from '@/features/chat/place';
import { formatDigits, formatNumber } from '@/i18n/format';
import { cx } from '@/ui/cx';
import { partsOfName } from '../documents/folders';
import { Explained } from './explained';
import { segments } from './highlights';
import { type List, standings } from './scores';
import { t } from './words';

interface HitProps {
  passage: Passage;
  rank: number;
  knowledgeBaseId: string;
  most: Record<List, number>;
  /** Places it moved against the other search; null when that did not find it. Absent without one. */
  moved?: number | null | undefined;
}

const COLOURS: Record<List, string> = {
  words: 'var(--node-input)',
  vectors: 'var(--node-model)',
  fused: 'var(--node-logic)',
  reranked: 'var(--node-knowledge)',
};

/** A passage, how it came to its place, and the words that found it. */
export function Hit({ passage, rank, knowledgeBaseId, most, moved }: HitProps) {
  const place = placeOf(passage);
  const { folder, file } = partsOfName(passage.document_name);
  return (
    <li data-testid="passage" data-chunk={passage.chunk_id} className="rounded-lg border border-line bg-surface">
      <div className="flex items-baseline gap-3 border-b border-line px-4 py-2">
        <span className="num shrink-0 font-mono text-12 text-fg-3">{rank}</span>
        <Link
          to="/knowledge/$id/documents/$doc"
          params={{ id: knowledgeBaseId, doc: passage.document_id }}
          search={{ chunk: passage.chunk_id }}
          className="min-w-0 flex-1 truncate rounded-sm font-medium hover:text-accent"
        >
          {folder && <span className="font-normal text-fg-3">{folder}</span>}
          {file}
          {place && <span className="ms-2 font-normal text-fg-3">{place}</span>}
        </Link>
        {moved !== undefined && <Moved by={moved} />}
        <Explained why={t('hit.score.why')} reached={rank === 1} side="end" className="num font-mono text-11 text-fg-2">
          <span className="sr-only">{t('hit.score')} </span>
          {formatDigits(passage.score, 3)}
        </Explained>
      </div>
      <p className="px-4 py-3 break-words whitespace-pre-wrap text-fg-2">
        {segments(passage.text, passage.highlights).map((segment) =>
          segment.hit ? (
            <mark key={segment.at} className="rounded-sm bg-mark text-fg">
              {segment.text}
            </mark>
          ) : (
            <span key={segment.at}>{segment.text}</span>
          ),
        )}
      </p>
      <Ranking passage={passage} most={most} reached={rank === 1} />
    </li>
  );
}

function Moved({ by }: { by: number | null }) {
  if (by === null) return <span className="shrink-0 text-12 text-accent">{t('hit.new')}</span>;
  if (by === 0) return <span className="shrink-0 text-12 text-fg-3">{t('hit.same')}</span>;
  const up = by > 0;
  return (
    <span className={cx('num inline-flex shrink-0 items-center gap-0.5 text-12', up ? 'text-ok' : 'text-warn')}>
      {up ? <ArrowUp size={12} aria-hidden="true" /> : <ArrowDown size={12} aria-hidden="true" />}
      <span className="sr-only">{t(up ? 'hit.up' : 'hit.down')}</span>
      {formatNumber(Math.abs(by))}
    </span>
  );
}

/** Each list it stood in, with its place and score there. */
function Ranking({ passage, most, reached }: { passage: Passage; most: Record<List, number>; reached: boolean }) {
  const rows = standings(passage, most);
  const boost = passage.ranking?.boost;
  if (rows.length === 0) return null;
  return (
    <table className="num mx-4 mb-3 w-[calc(100%-2rem)] max-w-[420px] text-12 text-fg-2" data-testid="ranking">
      <caption className="sr-only">{t('hit.ranking')}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">{t('hit.list')}</th>
          <th scope="col">{t('hit.rank')}</th>
          <th scope="col">{t('hit.scoreColumn')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ list, rank, score, share }) => (
          <tr key={list}>
            <th scope="row" className="w-28 py-0.5 text-start font-normal text-fg-3">
              <Explained why={t(`hit.${list}.why`)} reached={reached} side="start">
                {t(`hit.${list}`)}
              </Explained>
            </th>
            <td className="w-12 text-end font-mono">#{formatNumber(rank)}</td>
            <td className="ps-3">
              <span className="flex items-center gap-2">
                <span className="h-1.5 min-w-0 flex-1 overflow-hidden rounded-full bg-surface-3" aria-hidden="true">
                  <span className="block h-full rounded-full" style={{ width: `${share * 100}%`, background: COLOURS[list] }} />
                </span>
                <span className="w-14 text-end font-mono">{formatDigits(score, 3)}</span>
              </span>
            </td>
          </tr>
        ))}
        {typeof boost === 'number' && (
          <tr>
            <th scope="row" className="py-0.5 text-start font-normal text-fg-3">
              <Explained why={t('hit.boost.why')} reached={reached} side="start">
                {t('hit.boost')}
              </Explained>
            </th>
            <td />
            <td className="text-end font-mono">×{formatDigits(boost, 3)}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
