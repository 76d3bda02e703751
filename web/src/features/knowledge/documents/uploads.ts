import { useMemo, useSyncExternalStore } from 'react';
import { type ApiError, asApiError, isAbort } from '@/api/errors';
import { RESUMABLE_BYTES, uploadResumable } from '@/api/resumable';
import { replaceDocument, uploadDocument } from '@/api/upload';
import { documentsArrived } from '../api';
import type { NamedFile } from './folders';
import { observed, type Pace, paceOf, type Sample } from './pace';

/** A file on its way to the server. Uploads go on while the person looks at other pages. */
export interface Upload extends NamedFile {
  key: number;
  knowledgeBaseId: string;
  /** The document whose file it takes the place of. */
  replaces: string | undefined;
  fraction: number;
  /** How many bytes had gone at which time. */
  seen: Sample[];
  /** The connection broke; it goes on as soon as there is one. */
  interrupted: boolean;
  state: 'waiting' | 'sending' | 'failed';
  error: Error | null;
  abort: AbortController;
}

export interface Totals {
  files: number;
  bytes: number;
}

const AT_ONCE = 3;
let uploads: Upload[] = [];
/** What went through since the last time nothing was under way, by knowledge base. */
const sent = new Map<string, Totals>();
/** How many bytes of all had gone at which time, by knowledge base. */
const seen = new Map<string, Sample[]>();
let nextKey = 1;
/** Until when the server asked not to be sent more. */
let pausedUntil = 0;
const listeners = new Set<() => void>();

/** Leaving the page would end what is under way; the browser asks first. */
const holdPage = (event: BeforeUnloadEvent) => event.preventDefault();

function set(next: Upload[]): void {
  uploads = next;
  const busy = uploads.some(({ state }) => state !== 'failed');
  if (busy) window.addEventListener('beforeunload', holdPage);
  else {
    window.removeEventListener('beforeunload', holdPage);
    sent.clear();
    seen.clear();
  }
  for (const listener of listeners) listener();
}

function patch(key: number, change: Partial<Upload>): void {
  set(uploads.map((upload) => (upload.key === key ? { ...upload, ...change } : upload)));
}

function drop(key: number): void {
  set(uploads.filter((upload) => upload.key !== key));
}

function arrived({ key, knowledgeBaseId, file }: Upload): void {
  const before = sent.get(knowledgeBaseId) ?? { files: 0, bytes: 0 };
  sent.set(knowledgeBaseId, { files: before.files + 1, bytes: before.bytes + file.size });
  drop(key);
}

/** How many bytes have gone, and how many go, of a knowledge base's uploads. */
export function bytesOf(own: readonly Upload[], gone: number): { done: number; total: number } {
  return own.reduce(({ done, total }, { file, fraction }) => ({ done: done + file.size * fraction, total: total + file.size }), { done: gone, total: gone });
}

/** Notes how far an upload is, for its speed and that of all. */
function progressed({ key, knowledgeBaseId: base, file }: Upload, fraction: number): void {
  const at = Date.now();
  const before = uploads.find((upload) => upload.key === key)?.seen ?? [];
  patch(key, { fraction, interrupted: false, seen: observed(before, { at, done: file.size * fraction }) });
  const own = uploads.filter(({ knowledgeBaseId }) => knowledgeBaseId === base);
  seen.set(base, observed(seen.get(base) ?? [], { at, done: bytesOf(own, sent.get(base)?.bytes ?? 0).done }));
}

/** Whether the server only wants to be left alone for a while; the file waits then. */
function putOff(upload: Upload, error: ApiError): boolean {
  if (error.status !== 429 || !error.retryAfter) return false;
  pausedUntil = Date.now() + error.retryAfter * 1000;
  setTimeout(pump, error.retryAfter * 1000);
  patch(upload.key, { state: 'waiting', fraction: 0 });
  return true;
}

async function send(upload: Upload): Promise<void> {
  const { key, knowledgeBaseId, replaces, file, name, abort } = upload;
  patch(key, { state: 'sending', error: null, fraction: 0, interrupted: false, seen: [] });
  const onProgress = (fraction: number) => progressed(upload, fraction);
  const sending = { file, name, onProgress, signal: abort.signal };
  const onInterrupted = () => patch(key, { interrupted: true });
  const ways = {
    pieces: () => uploadResumable({ ...sending, knowledgeBaseId, replaces, onInterrupted }),
    whole: () => (replaces ? replaceDocument(replaces, sending) : uploadDocument(knowledgeBaseId, sending)),
  };
  try {
    const documents = await ways[file.size < RESUMABLE_BYTES ? 'whole' : 'pieces']();
    arrived(upload);
    documentsArrived(knowledgeBaseId, documents);
  } catch (error) {
    if (isAbort(error)) drop(key);
    else if (!putOff(upload, asApiError(error))) patch(key, { state: 'failed', error: asApiError(error) });
  }
  pump();
}

/** Sends the next waiting files, a few at a time. */
function pump(): void {
  if (Date.now() < pausedUntil) return;
  const sending = uploads.filter(({ state }) => state === 'sending').length;
  const waiting = uploads.filter(({ state }) => state === 'waiting');
  for (const upload of waiting.slice(0, Math.max(0, AT_ONCE - sending))) void send(upload);
}

export interface FileToSend extends NamedFile {
  replaces?: string | undefined;
}

export function startUploads(knowledgeBaseId: string, files: Iterable<FileToSend>): void {
  const added: Upload[] = [...files].map(({ file, name, replaces }) => ({
    key: nextKey++,
    knowledgeBaseId,
    file,
    name,
    replaces,
    fraction: 0,
    seen: [],
    interrupted: false,
    state: 'waiting',
    error: null,
    abort: new AbortController(),
  }));
  set([...uploads, ...added]);
  pump();
}

export function retryUploads(again: readonly Upload[]): void {
  for (const { key } of again) patch(key, { state: 'waiting', abort: new AbortController() });
  pump();
}

/** Stops uploads, or takes failed ones off the list. */
export function dismissUploads(ended: readonly Upload[]): void {
  const keys = new Set(ended.map(({ key }) => key));
  for (const { abort } of ended) abort.abort();
  set(uploads.filter(({ key }) => !keys.has(key)));
  pump();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What is on its way to a knowledge base, what has arrived, and how fast all of it goes. */
export function useUploads(knowledgeBaseId: string): { uploads: Upload[]; sent: Totals; pace: Pace | null } {
  const all = useSyncExternalStore(subscribe, () => uploads);
  return useMemo(
    () => {
      const own = all.filter((upload) => upload.knowledgeBaseId === knowledgeBaseId);
      const arrived = sent.get(knowledgeBaseId) ?? { files: 0, bytes: 0 };
      return { uploads: own, sent: arrived, pace: paceOf(seen.get(knowledgeBaseId) ?? [], bytesOf(own, arrived.bytes).total) };
    },
    [all, knowledgeBaseId],
  );
}
