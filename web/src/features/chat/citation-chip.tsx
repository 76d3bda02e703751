import { lazy, Suspense, useEffect, useId, useState } from 'react';
import type { Citation } from '@/api/types';
import { t } from './words';
import { withWords } from '@/i18n';
import { cx } from '@/ui/cx';

const CitationCard = lazy(withWords(() => import('./more/citation-card')));

/** How long somebody looks at a number before its card comes, in milliseconds. */
const MOMENT = 250;

interface CitationChipProps {
  citation: Citation;
  active: boolean;
  onOpen: () => void;
}

export function CitationChip({ citation, active, onOpen }: CitationChipProps) {
  const id = useId();
  const [looked, setLooked] = useState<HTMLElement | null>(null);
  const [shown, setShown] = useState<HTMLElement | null>(null);
  useEffect(() => {
    const timer = setTimeout(setShown, looked ? MOMENT : 0, looked);
    return () => clearTimeout(timer);
  }, [looked]);
  const chip = looked && shown;
  const leave = () => setLooked(null);
  return (
    <>
      <button
        type="button"
        data-testid="citation"
        aria-label={t('chat.citation', { number: citation.number, document: citation.document_name })}
        aria-describedby={chip ? id : undefined}
        aria-pressed={active}
        onClick={() => {
          leave();
          onOpen();
        }}
        onPointerEnter={(event) => event.pointerType === 'mouse' && setLooked(event.currentTarget)}
        onPointerLeave={leave}
        onFocus={(event) => event.currentTarget.matches(':focus-visible') && setLooked(event.currentTarget)}
        onBlur={leave}
        onKeyDown={(event) => event.key === 'Escape' && leave()}
        className={cx(
          'num mx-0.5 inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-sm px-1 align-[1px] text-11 font-medium transition-colors',
          active ? 'bg-accent text-accent-fg' : 'bg-accent-soft text-accent hover:bg-accent-line hover:text-fg',
        )}
      >
        {citation.number}
      </button>
      <Suspense>{chip && <CitationCard id={id} citation={citation} chip={chip} />}</Suspense>
    </>
  );
}
