import { memo, useEffect, useMemo, useRef } from 'react';
import type { Chunk } from '@/api/types';
import { cx } from '@/ui/cx';
import { hovering, useIsHovered } from './hover';
import { type Paragraph, type Section, sectionsOf } from './reading';
import { bringIntoView } from './scroll';
import { t } from './words';

interface ReadTextProps {
  chunks: readonly Chunk[];
  wanted: string | undefined;
  onWant: (id: string) => void;
}

/** What was read of a file that a browser cannot show: its text, by sections, with its chunks. */
export function ReadText({ chunks, wanted, onWant }: ReadTextProps) {
  const box = useRef<HTMLDivElement>(null);
  const sections = useMemo(() => sectionsOf(chunks), [chunks]);
  useEffect(() => bringIntoView(box.current, 'mark'), [wanted, sections]);
  if (sections.length === 0) return <p className="px-4 py-3 text-fg-3">{t('original.none')}</p>;
  return (
    // The list of chunks beside it does the same for keys.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={box}
      className="scroll-thin relative min-h-0 flex-1 overflow-y-auto px-4 py-3 focus-visible:-outline-offset-2"
      tabIndex={0}
      role="region"
      aria-label={t('original.read')}
      data-testid="read-text"
      onClick={(event) => {
        const id = (event.target as Element).closest('[data-chunk]')?.getAttribute('data-chunk');
        if (id && getSelection()?.isCollapsed !== false) onWant(id);
      }}
      {...hovering}
    >
      {sections.map((section) => (
        <SectionText key={section.key} section={section} wanted={section.paragraphs.some(({ chunk }) => chunk.id === wanted) ? wanted : undefined} />
      ))}
    </div>
  );
}

const SectionText = memo(function SectionText({ section, wanted }: { section: Section; wanted: string | undefined }) {
  const { heading, page, depth, paragraphs } = section;
  return (
    <section className="mb-4 [contain-intrinsic-size:auto_200px] [content-visibility:auto]">
      {(heading || page !== null) && (
        <h3 className="num mb-1 flex items-baseline gap-3 font-semibold">
          <span className={cx('min-w-0 flex-1 break-words', depth === 0 ? 'text-14' : 'text-13')}>{heading || t('place.page', { page: page ?? '' })}</span>
          {heading && page !== null && <span className="shrink-0 text-12 font-normal text-fg-3">{t('place.page', { page })}</span>}
        </h3>
      )}
      {paragraphs.map((paragraph) => (
        <ParagraphText key={paragraph.chunk.id} paragraph={paragraph} wanted={paragraph.chunk.id === wanted} />
      ))}
    </section>
  );
});

function ParagraphText({ paragraph: { chunk, text }, wanted }: { paragraph: Paragraph; wanted: boolean }) {
  const hovered = useIsHovered(chunk.id);
  const Text = wanted ? 'mark' : 'span';
  return (
    <p data-chunk={chunk.id} className={cx('-mx-2 cursor-pointer rounded-sm px-2 py-1 break-words whitespace-pre-wrap', hovered && !wanted && 'bg-surface-3', !chunk.enabled && 'line-through')}>
      <Text className={wanted ? 'rounded-sm bg-mark box-decoration-clone text-fg' : undefined}>{text}</Text>
    </p>
  );
}
