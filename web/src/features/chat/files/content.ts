import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
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

/** The address of a picture in this page, once it is here; `failed` when it will not be. */
export function usePicture(id: string | undefined): { url: string | undefined; failed: boolean } {
  const [url, setUrl] = useState<string>();
  const { data, isError } = useQuery({
    queryKey: ['attachment', id],
    queryFn: () => fetchContent(id ?? ''),
    enabled: id !== undefined,
    staleTime: Infinity,
    retry: false,
  });
  useEffect(() => {
    if (!data) return undefined;
    const made = URL.createObjectURL(data);
    setUrl(made);
    return () => {
      setUrl(undefined);
      URL.revokeObjectURL(made);
    };
  }, [data]);
  return { url, failed: isError };
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
