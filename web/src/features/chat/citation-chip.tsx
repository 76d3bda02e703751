import type { Citation } from '@/api/types';
import { t } from './words';
import { cx } from '@/ui/cx';
import { placeOf } from './place';

interface CitationChipProps {
  citation: Citation;
  active: boolean;
  onOpen: () => void;
}

export function CitationChip({ citation, active, onOpen }: CitationChipProps) {
  const place = placeOf(citation);
  return (
    <button
      type="button"
      data-testid="citation"
      aria-label={t('chat.citation', { number: citation.number, document: citation.document_name })}
      aria-pressed={active}
      title={place ? `${citation.document_name} · ${place}` : citation.document_name}
      onClick={onOpen}
      className={cx(
        'num mx-0.5 inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-sm px-1 align-[1px] text-11 font-medium transition-colors',
        active ? 'bg-accent text-accent-fg' : 'bg-accent-soft text-accent hover:bg-accent-line hover:text-fg',
      )}
    >
      {citation.number}
    </button>
  );
}
