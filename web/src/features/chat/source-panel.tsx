import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { FileText, X } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import type { Chunk, Citation } from '@/api/types';
import { chunksAroundQuery } from '@/features/knowledge/api';
import { Origin } from '@/features/knowledge/origin';
import { OriginalLink } from '@/features/knowledge/original-link';
import { markTaken, plainText } from './more/plain';
import { t } from './more/words';
import { buttonClass, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Notice } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { placeOf } from './place';

interface SourcePanelProps {
  citation: Citation;
  /** The text that it stands in. */
  answer: string;
  onClose: () => void;
}

/** The cited passage where it stands in its document. */
export default function SourcePanel({ citation, answer, onClose }: SourcePanelProps) {
  const chunks = useQuery(chunksAroundQuery(citation.document_id, citation.chunk_id));
  const closer = useRef<HTMLButtonElement>(null);
  const place = placeOf(citation);

  useEffect(() => {
    const before = document.activeElement;
    closer.current?.focus();
    const press = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose();
    };
    window.addEventListener('keydown', press);
    return () => {
      window.removeEventListener('keydown', press);
      if (before instanceof HTMLElement) before.focus();
    };
    // Focus moves once, when the panel opens.
    // oxlint-disable-next-line react/exhaustive-deps
  }, []);

  return (
    <aside
      aria-label={t('source.title')}
      data-testid="source-panel"
      className="animate-panel fixed inset-0 z-30 flex flex-col bg-surface md:start-auto md:w-[400px] md:border-s md:border-line lg:static lg:shrink-0"
    >
      <header className="flex items-start gap-2 border-b border-line px-4 py-3">
        <span className="num mt-0.5 inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-sm bg-accent px-1 text-11 font-medium text-accent-fg">
          {citation.number}
        </span>
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold break-words">{citation.document_name}</h2>
          {place && <p className="text-12 text-fg-3">{place}</p>}
          {citation.source_url && <Origin url={citation.source_url} className="text-12 text-fg-2" />}
        </div>
        <IconButton ref={closer} label={t('action.close')} small onClick={onClose}>
          <X size={16} />
        </IconButton>
      </header>
      <div className="scroll-thin min-h-0 flex-1 overflow-y-auto px-4 py-4" tabIndex={0} role="region" aria-label={t('source.text')}>
        {chunks.isPending && <SkeletonRows rows={6} />}
        {chunks.data && <Passages chunks={chunks.data} cited={citation} answer={answer} />}
        {(chunks.error || (chunks.data && !chunks.data.some((chunk) => chunk.id === citation.chunk_id))) && (
          <>
            <Notice tone="warn" className="mb-4">
              {t('source.gone')}
            </Notice>
            <Passage text={citation.text} cited answer={answer} />
          </>
        )}
      </div>
      {!chunks.error && (
        <footer className="flex gap-2 border-t border-line px-4 py-3">
          <Link
            to="/knowledge/$id/documents/$doc"
            params={{ id: citation.knowledge_base_id, doc: citation.document_id }}
            search={{ chunk: citation.chunk_id }}
            className={buttonClass('secondary')}
          >
            <FileText size={14} />
            {t('source.open')}
          </Link>
          <OriginalLink documentId={citation.document_id} name={citation.document_name} />
        </footer>
      )}
    </aside>
  );
}

/** The cited chunk with its neighbours. */
function Passages({ chunks, cited, answer }: { chunks: Chunk[]; cited: Citation; answer: string }) {
  const at = chunks.findIndex((chunk) => chunk.id === cited.chunk_id);
  if (at < 0) return null;
  return (
    <div className="flex flex-col gap-4">
      {chunks.slice(Math.max(0, at - 2), at + 3).map((chunk) => (
        <Passage key={chunk.id} text={chunk.text} cited={chunk.id === cited.chunk_id} answer={answer} />
      ))}
    </div>
  );
}

interface PassageProps {
  text: string;
  cited: boolean;
  answer: string;
}

/** A passage in simple text; of the cited one what the answer took is marked. */
function Passage({ text, cited, answer }: PassageProps) {
  const place = useRef<HTMLParagraphElement>(null);
  const plain = useMemo(() => plainText(text), [text]);
  const pieces = useMemo(() => (cited ? markTaken(plain, answer) : [{ text: plain, taken: false }]), [cited, plain, answer]);
  useEffect(() => {
    if (!cited) return;
    (place.current?.querySelector('mark') ?? place.current)?.scrollIntoView({ block: 'center' });
  }, [cited]);
  return (
    <p
      ref={place}
      dir="auto"
      data-testid={cited ? 'cited-passage' : undefined}
      className={cx('text-14 break-words whitespace-pre-wrap', !cited && 'text-fg-3')}
    >
      {pieces.map((piece, at) =>
        piece.taken ? (
          // Pieces never change their order.
          // oxlint-disable-next-line react/no-array-index-key
          <mark key={at} className="rounded-sm bg-mark box-decoration-clone px-0.5 text-fg">
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </p>
  );
}
