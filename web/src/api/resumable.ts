import type { DetailedError, HttpResponse } from 'tus-js-client';
import { API, call, client, refused, sessionHeaders } from './client';
import { type ApiError, errorFrom, networkError } from './errors';
import { parse, type Sending } from './upload';
import type { Document } from './types';
import { activeWorkspace } from './workspace';

/** Files from this size on are sent so that they go on where they broke off. */
export const RESUMABLE_BYTES = 4 * 1024 * 1024;

/** How long to wait, in milliseconds, before each new try in a row that brings nothing. */
const RETRIES = [0, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000];

export interface Resumable extends Sending {
  knowledgeBaseId: string;
  /** The document whose file it takes the place of. */
  replaces: string | undefined;
  /** The connection broke; it goes on by itself. */
  onInterrupted: () => void;
}

function header(response: HttpResponse | null | undefined, name: string): string | null {
  return response?.getHeader(name) ?? null;
}

function errorOf(error: Error | DetailedError): ApiError {
  const response = 'originalResponse' in error ? error.originalResponse : null;
  if (!response) return networkError();
  const headers = { get: (name: string) => header(response, name) };
  return errorFrom({ status: response.getStatus(), headers }, parse(response.getBody()));
}

/** Whether waiting may help: nobody answered, or the server has too much to do. */
function mayPass(error: Error | DetailedError): boolean {
  const status = 'originalResponse' in error ? (error.originalResponse?.getStatus() ?? 0) : 0;
  return status === 0 || status === 409 || status === 429 || status >= 500;
}

/** Sends a file in the words of tus 1.0. After a reload of the page, the same file goes on where it was. */
export async function uploadResumable(sending: Resumable): Promise<Document[]> {
  const { Upload } = await import('tus-js-client');
  const { knowledgeBaseId, replaces, file, name, onProgress, onInterrupted, signal } = sending;
  // Whole, so that the relative place of the upload in the answer is found from it.
  const place = new URL(`${API}/knowledge-bases/${encodeURIComponent(knowledgeBaseId)}/uploads`, window.location.href).href;
  const known = [activeWorkspace() ?? '', knowledgeBaseId, replaces ?? '', name, file.size, file.lastModified].join('|');
  let document: string | null = null;
  await new Promise<void>((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint: place,
      headers: sessionHeaders(),
      metadata: { filename: name, filetype: file.type, ...(replaces ? { replaces } : {}) },
      retryDelays: RETRIES,
      removeFingerprintOnSuccess: true,
      fingerprint: async () => `headwater-upload-${known}`,
      onProgress: (sent, total) => onProgress(total ? sent / total : 0),
      onAfterResponse: (_, response) => {
        document = header(response, 'Headwater-Document') ?? document;
      },
      onShouldRetry: (error) => {
        const again = mayPass(error);
        if (again) onInterrupted();
        return again;
      },
      onSuccess: () => resolve(),
      onError: (error) => reject(refused(errorOf(error))),
    });
    signal.addEventListener('abort', () => {
      // What is there of it is not wanted any more.
      void upload.abort(true).catch(() => undefined);
      reject(new DOMException('aborted', 'AbortError'));
    });
    void upload.findPreviousUploads().then(([before]) => {
      if (signal.aborted) return;
      if (before) upload.resumeFromPreviousUpload(before);
      upload.start();
    });
  });
  if (!document) return [];
  // It is there; whoever lists the documents hears of it also when it cannot be read just now.
  const read = call(client.GET('/api/v1/documents/{id}', { params: { path: { id: document } } }));
  return read.then((one) => [one], () => []);
}
