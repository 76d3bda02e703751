import { useEffect } from 'react';
import { queryClient, renew } from '@/api/query-client';
import { openEvents } from '@/api/run-events';
import type { components } from '@/api/schema';
import { documentQuery, knowledgeBaseQuery, listOf } from './api';
import { EventReader, type KnowledgeEvent } from './event-reader';
import { isHeard, setHeard } from './heard';

type Source = components['schemas']['Source'];

/** Counts of a knowledge base are read again no more often than this, in milliseconds. */
const COUNTS = 1000;
/** A reader outlives the page for so long: another page of the same knowledge base takes it over. */
const LINGER = 1000;

interface Listening {
  pages: number;
  close: () => void;
  leaving?: ReturnType<typeof setTimeout>;
}

const open = new Map<string, Listening>();

/** Puts what happened where it is shown. */
function apply(id: string, events: KnowledgeEvent[]): void {
  const list = listOf(id);
  const documents = events.flatMap((event) => (event.type === 'document' ? [event.document] : []));
  const gone = events.flatMap((event) => (event.type === 'document_gone' ? [event.document_id] : []));
  if (documents.length > 0) list?.put(documents);
  if (gone.length > 0) list?.drop(gone);
  for (const document of documents) {
    queryClient.setQueryData(documentQuery(document.id).queryKey, (before) => (before && before.updated_at <= document.updated_at ? document : before));
  }
  for (const event of events) {
    if (event.type !== 'sync') continue;
    const { sync } = event;
    queryClient.setQueryData<Source[]>(['sources', id], (before) =>
      before?.map((source) => (source.id === sync.source_id ? { ...source, last_sync: sync } : source)),
    );
    // With its end a source has other counts, and another time to come.
    if (sync.status !== 'queued' && sync.status !== 'running') void renew(['sources', id]);
  }
}

function begin(id: string): () => void {
  let counting: ReturnType<typeof setTimeout> | undefined;
  const reader = new EventReader({
    open: (lastId, signal) => openEvents(`/knowledge-bases/${encodeURIComponent(id)}/events`, lastId, signal),
    onEvents: (events) => {
      apply(id, events);
      counting ??= setTimeout(() => {
        counting = undefined;
        void renew(knowledgeBaseQuery(id).queryKey);
      }, COUNTS);
    },
    onHeard: (heard) => {
      if (isHeard(id) === heard) return;
      setHeard(id, heard);
      // Whoever looked for themselves stops, or begins to.
      void renew(['sources', id]);
    },
  });
  const look = () => (document.hidden ? reader.stop() : reader.start());
  look();
  document.addEventListener('visibilitychange', look);
  return () => {
    document.removeEventListener('visibilitychange', look);
    clearTimeout(counting);
    reader.stop();
    setHeard(id, false);
  };
}

/** Listens to a knowledge base while a page of it is shown: one reader, however many parts show it. */
export function useKnowledgeEvents(id: string): void {
  useEffect(() => {
    const listening = open.get(id) ?? { pages: 0, close: begin(id) };
    clearTimeout(listening.leaving);
    listening.pages += 1;
    open.set(id, listening);
    return () => {
      listening.pages -= 1;
      if (listening.pages > 0) return;
      listening.leaving = setTimeout(() => {
        open.delete(id);
        listening.close();
      }, LINGER);
    };
  }, [id]);
}
