import { queryOptions } from '@tanstack/react-query';
import { API, refused, sessionHeaders } from '@/api/client';
import { errorFrom } from '@/api/errors';
import type { Document } from '@/api/types';

/** How a file can be looked at here. What is not named is downloaded only. */
export type Look = 'text' | 'picture' | 'pdf';

const PICTURES = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/bmp']);
const TEXTS = new Set(['application/json', 'application/xml', 'application/x-yaml', 'application/yaml', 'application/toml', 'application/javascript', 'application/sql', 'application/x-ndjson']);
/** More text than this is a long wait for little. */
const MOST_TEXT = 1_000_000;
const MOST_PICTURE = 20_000_000;

export function lookOf({ media_type, bytes }: Pick<Document, 'media_type' | 'bytes'>): Look | null {
  const type = media_type.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/pdf') return 'pdf';
  if (PICTURES.has(type)) return bytes <= MOST_PICTURE ? 'picture' : null;
  const isText = (type.startsWith('text/') && type !== 'text/rtf') || TEXTS.has(type) || type.endsWith('+json');
  return isText && bytes <= MOST_TEXT ? 'text' : null;
}

/** The file itself, with the workspace's header, which a plain link cannot send. */
export async function fetchOriginal(documentId: string): Promise<Blob> {
  const response = await fetch(`${API}/documents/${encodeURIComponent(documentId)}/content`, {
    headers: sessionHeaders(),
    credentials: 'same-origin',
  });
  if (!response.ok) throw refused(errorFrom(response, await response.json().catch(() => null)));
  return response.blob();
}

/** The text of an original, as its bytes say; a mark at its beginning tells UTF-16 from UTF-8. */
export function originalTextQuery(document: Document) {
  return queryOptions({
    queryKey: ['original-text', document.id, document.updated_at],
    queryFn: async () => {
      const bytes = new Uint8Array(await (await fetchOriginal(document.id)).arrayBuffer());
      const wide = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
      return new TextDecoder(wide).decode(bytes);
    },
    staleTime: Infinity,
  });
}

/** Opens a PDF in a tab of its own, at a page. Only what the server knows as a PDF is shown like this. */
export async function openPdf(documentId: string, page: number | null): Promise<void> {
  const tab = window.open('', '_blank');
  try {
    const file = await fetchOriginal(documentId);
    const url = URL.createObjectURL(new Blob([file], { type: 'application/pdf' }));
    const address = page === null ? url : `${url}#page=${page}`;
    if (tab) tab.location.replace(address);
    else window.location.assign(address);
    // The tab reads the file once; after a while nobody needs the address.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    tab?.close();
    throw error;
  }
}
