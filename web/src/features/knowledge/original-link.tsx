import { Download } from 'lucide-react';
import type { MouseEvent } from 'react';
import { toast } from '@/ui/toast';
import { API, sessionHeaders } from '@/api/client';
import { activeWorkspace } from '@/api/workspace';
import { partsOfName } from './documents/folders';
import { t } from './words';
import { buttonClass } from '@/ui/button';

/** Fetches the file with the workspace's header, which a plain link cannot send. */
async function download(url: string, name: string): Promise<void> {
  const response = await fetch(url, { headers: sessionHeaders(), credentials: 'same-origin' });
  if (!response.ok) throw new Error(String(response.status));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = partsOfName(name).file;
  link.click();
  URL.revokeObjectURL(link.href);
}

export function OriginalLink({ documentId, name }: { documentId: string; name: string }) {
  const url = `${API}/documents/${encodeURIComponent(documentId)}/content`;
  const click = (event: MouseEvent) => {
    if (!activeWorkspace()) return;
    event.preventDefault();
    download(url, name).catch(() => toast.error(t('document.download.failed')));
  };
  return (
    <a href={url} download={partsOfName(name).file} onClick={click} className={buttonClass('secondary')}>
      <Download size={14} />
      {t('document.download')}
    </a>
  );
}
