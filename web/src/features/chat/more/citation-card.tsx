import { useLayoutEffect, useRef } from 'react';
import type { Citation } from '@/api/types';
import { placeOf } from '../place';
import { plainText } from './plain';

const GAP = 6;
const EDGE = 8;

interface CardProps {
  id: string;
  citation: Citation;
  /** The number it belongs to. */
  chip: HTMLElement;
}

/** A glance at a passage: its document, its place and how it begins. */
export default function CitationCard({ id, citation, chip }: CardProps) {
  const box = useRef<HTMLSpanElement>(null);
  const place = placeOf(citation);
  useLayoutEffect(() => {
    const card = box.current;
    if (!card) return undefined;
    card.showPopover();
    const at = chip.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = card;
    const above = at.top - GAP - height;
    card.style.left = `${Math.max(EDGE, Math.min(at.left, window.innerWidth - width - EDGE))}px`;
    card.style.top = `${above >= EDGE ? above : at.bottom + GAP}px`;
    return () => card.hidePopover();
  }, [chip]);
  return (
    <span
      ref={box}
      id={id}
      role="tooltip"
      popover="manual"
      data-testid="citation-card"
      className="pointer-events-none fixed m-0 w-80 max-w-[calc(100vw-16px)] rounded-lg border border-line bg-surface p-3 text-start text-12 leading-4 font-normal text-fg-2 shadow-pop"
    >
      <span className="block truncate text-13 font-semibold text-fg">{citation.document_name}</span>
      {place && <span className="block truncate text-fg-3">{place}</span>}
      <span dir="auto" className="mt-1.5 line-clamp-6 break-words whitespace-pre-line">
        {plainText(citation.text).trim()}
      </span>
    </span>
  );
}
