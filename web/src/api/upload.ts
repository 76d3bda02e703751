import { API, refused, sessionHeaders } from './client';
import { errorFrom, networkError } from './errors';
import type { Document } from './types';

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Uploads one file. XMLHttpRequest, because fetch does not tell how much has left. */
export function uploadDocument(
  knowledgeBaseId: string,
  file: File,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<Document[]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${API}/knowledge-bases/${encodeURIComponent(knowledgeBaseId)}/documents`);
    for (const [name, value] of Object.entries(sessionHeaders())) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    });
    request.addEventListener('load', () => {
      const body = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) {
        resolve((body as { items: Document[] }).items);
        return;
      }
      const headers = { get: (name: string) => request.getResponseHeader(name) };
      reject(refused(errorFrom({ status: request.status, headers }, body)));
    });
    request.addEventListener('error', () => reject(networkError()));
    request.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    signal.addEventListener('abort', () => request.abort());
    const form = new FormData();
    form.append('file', file, file.name);
    request.send(form);
  });
}
