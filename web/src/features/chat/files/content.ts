import { useQuery } from '@tanstack/react-query';
import { API, refused, sessionHeaders } from '@/api/client';
import { errorFrom } from '@/api/errors';
import type { Attachment } from '@/api/types';

/** The file itself, with the workspace's header, which a plain link cannot send. */
async function fetchContent(id: string): Promise<Blob> {
  const response = await fetch(`${API}/attachments/${encodeURIComponent(id)}/content`, {
    headers: sessionHeaders(),
    credentials: 'same-origin',
  });
  if (!response.ok) throw refused(errorFrom(response, await response.json().catch(() => null)));
  return response.blob();
}

/** The bytes as an address: unlike one of an object it needs no end. */
function asAddress(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result)));
    reader.addEventListener('error', () => reject(reader.error ?? new Error('unreadable')));
    reader.readAsDataURL(blob);
  });
}

/** A picture, once it is here; `failed` when it will not be. */
export function usePicture(id: string | null | undefined): { url: string | undefined; failed: boolean } {
  const { data, isError } = useQuery({
    queryKey: ['attachment', id],
    queryFn: async () => asAddress(await fetchContent(id ?? '')),
    enabled: Boolean(id),
    staleTime: Infinity,
    retry: false,
  });
  return { url: data, failed: isError };
}

/** Saves a file of a question. */
export async function download({ id, name }: Attachment): Promise<void> {
  if (!id) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await fetchContent(id));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
