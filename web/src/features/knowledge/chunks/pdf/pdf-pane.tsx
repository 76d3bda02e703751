import { useEffect, useState } from 'react';
import type { Chunk, Document } from '@/api/types';
import { asApiError } from '@/api/errors';
import { Notice } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { isUnfinished } from '../../documents/document-list';
import { fetchOriginal } from '../original';
import { Outline } from '../outline';
import { t } from '../words';
import { openPdf, type Pdf } from './file';
import { PdfView } from './pdf-view';

interface PdfPaneProps {
  document: Document;
  chunks: readonly Chunk[];
  wanted: string | undefined;
  onWant: (id: string) => void;
}

type Opened = { pdf: Pdf } | { why: string } | null;

/** Why a PDF is not shown, as a sentence. */
function whyNot(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'PasswordException') return t('pdf.protected');
  if (/^(InvalidPDF|FormatError|UnexpectedResponse|MissingPDF|UnknownError)/.test(name)) return t('pdf.broken');
  return t('pdf.failed', { reason: asApiError(error).message });
}

function useOpened(document: Document): Opened {
  // Another file may have taken its place; what people change about chunks does not open it anew.
  const working = isUnfinished(document);
  const [opened, setOpened] = useState<Opened>(null);
  useEffect(() => {
    let over = false;
    let pdf: Pdf | null = null;
    const open = async () => {
      const file = await fetchOriginal(document.id);
      if (over) return;
      pdf = await openPdf(new Uint8Array(await file.arrayBuffer()));
      if (over) pdf.close();
      else setOpened({ pdf });
    };
    open().catch((error: unknown) => !over && setOpened({ why: whyNot(error) }));
    return () => {
      over = true;
      pdf?.close();
      setOpened(null);
    };
  }, [document.id, document.bytes, working]);
  return opened;
}

/** The pages of a PDF with its chunks marked in them, or the outline when it cannot be opened here. */
export function PdfPane({ document, ...rest }: PdfPaneProps) {
  const opened = useOpened(document);
  if (!opened) return <div className="px-4"><SkeletonRows rows={10} /></div>;
  if ('pdf' in opened) return <PdfView pdf={opened.pdf} {...rest} />;
  return (
    <>
      <Notice tone="warn" className="m-3">
        <p className="text-fg">{opened.why}</p>
      </Notice>
      <Outline {...rest} />
    </>
  );
}
