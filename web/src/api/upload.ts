import { API, refused, sessionHeaders } from './client';
import { errorFrom, networkError } from './errors';
import type { Attachment, Document } from './types';

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export interface Sending {
  file: File;
  /** What it is called there. */
  name: string;
  onProgress: (fraction: number) => void;
  signal: AbortSignal;
}

/** Sends one file as a form. XMLHttpRequest, because fetch does not tell how much has left. */
function send(method: 'POST' | 'PUT', url: string, { file, name, onProgress, signal }: Sending): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(sessionHeaders())) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    });
    request.addEventListener('load', () => {
      const body = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) {
        resolve(body);
        return;
      }
      const headers = { get: (name: string) => request.getResponseHeader(name) };
      reject(refused(errorFrom({ status: request.status, headers }, body)));
    });
    request.addEventListener('error', () => reject(networkError()));
    request.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    signal.addEventListener('abort', () => request.abort());
    const form = new FormData();
    form.append('file', file, name);
    request.send(form);
  });
}

export async function uploadDocument(knowledgeBaseId: string, sending: Sending): Promise<Document[]> {
  const body = await send('POST', `${API}/knowledge-bases/${encodeURIComponent(knowledgeBaseId)}/documents`, sending);
  return (body as { items: Document[] }).items;
}

/** A file or a picture for a question. */
export async function uploadAttachment(sending: Sending): Promise<Attachment> {
  return (await send('POST', `${API}/attachments`, sending)) as Attachment;
}

/** Puts another file in a document's place; its chunks answer until the new ones are there. */
export async function replaceDocument(id: string, sending: Sending): Promise<Document[]> {
  return [(await send('PUT', `${API}/documents/${encodeURIComponent(id)}/content`, sending)) as Document];
}
