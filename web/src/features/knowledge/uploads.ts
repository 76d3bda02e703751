import { useSyncExternalStore } from 'react';
import { asApiError, isAbort } from '@/api/errors';
import { uploadDocument } from '@/api/upload';
import { refreshKnowledge } from './api';

/** A file on its way to the server. Uploads go on while the person looks at other pages. */
export interface Upload {
  key: number;
  knowledgeBaseId: string;
  file: File;
  fraction: number;
  state: 'waiting' | 'sending' | 'failed';
  error: Error | null;
  abort: AbortController;
}

const AT_ONCE = 3;
let uploads: Upload[] = [];
let nextKey = 1;
const listeners = new Set<() => void>();

function set(next: Upload[]): void {
  uploads = next;
  for (const listener of listeners) listener();
}

function patch(key: number, change: Partial<Upload>): void {
  set(uploads.map((upload) => (upload.key === key ? { ...upload, ...change } : upload)));
}

function drop(key: number): void {
  set(uploads.filter((upload) => upload.key !== key));
}

async function send(upload: Upload): Promise<void> {
  const { key, knowledgeBaseId, file, abort } = upload;
  patch(key, { state: 'sending', error: null, fraction: 0 });
  try {
    await uploadDocument(knowledgeBaseId, file, (fraction) => patch(key, { fraction }), abort.signal);
    drop(key);
    refreshKnowledge(knowledgeBaseId);
  } catch (error) {
    if (isAbort(error)) drop(key);
    else patch(key, { state: 'failed', error: asApiError(error) });
  }
  pump();
}

/** Sends the next waiting files, a few at a time. */
function pump(): void {
  const sending = uploads.filter(({ state }) => state === 'sending').length;
  const waiting = uploads.filter(({ state }) => state === 'waiting');
  for (const upload of waiting.slice(0, Math.max(0, AT_ONCE - sending))) void send(upload);
}

export function startUploads(knowledgeBaseId: string, files: Iterable<File>): void {
  const added: Upload[] = [...files].map((file) => ({
    key: nextKey++,
    knowledgeBaseId,
    file,
    fraction: 0,
    state: 'waiting',
    error: null,
    abort: new AbortController(),
  }));
  set([...uploads, ...added]);
  pump();
}

export function retryUpload(upload: Upload): void {
  patch(upload.key, { state: 'waiting', abort: new AbortController() });
  pump();
}

/** Stops an upload, or takes a failed one off the list. */
export function dismissUpload(upload: Upload): void {
  upload.abort.abort();
  drop(upload.key);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useUploads(knowledgeBaseId: string): Upload[] {
  const all = useSyncExternalStore(subscribe, () => uploads);
  return all.filter((upload) => upload.knowledgeBaseId === knowledgeBaseId);
}
