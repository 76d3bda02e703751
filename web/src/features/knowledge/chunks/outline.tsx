import type { Chunk } from '@/api/types';
import { cx } from '@/ui/cx';
import { outlineOf } from './places';
import { t, tn } from './words';

interface OutlineProps {
  chunks: readonly Chunk[];
  wanted: string | undefined;
  onWant: (id: string) => void;
}

/** The pages and headings that the chunks stand under. */
export function Outline({ chunks, wanted, onWant }: OutlineProps) {
  const places = outlineOf(chunks);
  if (places.length === 0) return <p className="px-4 py-3 text-fg-3">{t('original.none')}</p>;
  return (
    <ol className="scroll-thin min-h-0 flex-1 overflow-y-auto py-1.5" tabIndex={0} aria-label={t('original.outline')}>
      {places.map(({ first, page, heading, depth, ids }) => (
        <li key={first}>
          <button
            type="button"
            className={cx(
              'num flex w-full items-baseline gap-2 py-1 pe-4 text-start hover:bg-surface-2 focus-visible:-outline-offset-2',
              wanted !== undefined && ids.includes(wanted) ? 'bg-accent-soft text-accent' : 'text-fg',
            )}
            style={{ paddingInlineStart: 16 + depth * 12 }}
            onClick={() => onWant(first)}
          >
            <span className="min-w-0 flex-1 truncate">{heading || (page === null ? t('original.begin') : t('place.page', { page }))}</span>
            {heading && page !== null && <span className="shrink-0 text-12 text-fg-3">{t('place.page', { page })}</span>}
            <span className="shrink-0 text-12 text-fg-3">{tn('count.chunks', ids.length)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
