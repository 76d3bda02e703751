import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { FileText, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { Chunk, Citation } from '@/api/types';
import { chunksAroundQuery } from '@/features/knowledge/api';
import { Origin } from '@/features/knowledge/origin';
import { OriginalLink } from '@/features/knowledge/original-link';
import { t } from './more/words';
import { buttonClass, IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Notice } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { placeOf } from './place';

interface SourcePanelProps {
  citation: Citation;
  onClose: () => void;
}

/** The cited passage where it stands in its document. */
export default function SourcePanel({ citation, onClose }: SourcePanelProps) {
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
        {chunks.data && <Passages chunks={chunks.data} cited={citation} />}
        {(chunks.error || (chunks.data && !chunks.data.some((chunk) => chunk.id === citation.chunk_id))) && (
          <>
            <Notice tone="warn" className="mb-4">
              {t('source.gone')}
            </Notice>
            <Passage text={citation.text} cited />
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
function Passages({ chunks, cited }: { chunks: Chunk[]; cited: Citation }) {
  const at = chunks.findIndex((chunk) => chunk.id === cited.chunk_id);
  if (at < 0) return null;
  return (
    <div className="flex flex-col gap-4">
      {chunks.slice(Math.max(0, at - 2), at + 3).map((chunk) => (
        <Passage key={chunk.id} text={chunk.text} cited={chunk.id === cited.chunk_id} />
      ))}
    </div>
  );
}

function Passage({ text, cited }: { text: string; cited: boolean }) {
  const place = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (cited) place.current?.scrollIntoView({ block: 'center' });
  }, [cited]);
  return (
    <p
      ref={place}
      data-testid={cited ? 'cited-passage' : undefined}
      className={cx('text-14 break-words whitespace-pre-wrap', !cited && 'text-fg-3')}
    >
      {cited ? <mark className="rounded-sm bg-mark box-decoration-clone px-0.5 text-fg">{text}</mark> : text}
    </p>
  );
}
