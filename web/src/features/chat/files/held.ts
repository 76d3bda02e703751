import { useCallback, useEffect, useRef, useState } from 'react';
import { call, client } from '@/api/client';
import type { Attachment } from '@/api/types';
import { asApiError } from '@/api/errors';
import { uploadAttachment } from '@/api/upload';
import { readFiles, writeFiles } from '../drafts';

/** One file of a question that is being written. */
export interface Item {
  key: string;
  name: string;
  bytes: number;
  /** How much of it has left, from 0 to 1. */
  sent: number;
  /** What it is, once it is there. */
  attachment: Attachment | undefined;
  error: string | undefined;
  /** The picture itself, as it was chosen here. */
  preview: string | undefined;
}

/** What the question will carry, and whether some of it is still on its way. */
export interface Held {
  files: Attachment[];
  busy: boolean;
}

let made = 0;

const ofDraft = (attachment: Attachment): Item => ({
  key: attachment.id ?? attachment.name,
  name: attachment.name,
  bytes: attachment.bytes,
  sent: 1,
  attachment,
  error: undefined,
  preview: undefined,
});

/** The files of a draft: kept over a reload, sent as they are chosen. */
export function useHeld(draftKey: string, onChange: (held: Held) => void) {
  const [items, setItems] = useState<Item[]>(() => readFiles(draftKey).map(ofDraft));
  const sending = useRef(new Map<string, AbortController>());
  const told = useRef(onChange);
  told.current = onChange;

  useEffect(() => {
    const files = items.flatMap(({ attachment }) => attachment ?? []);
    writeFiles(draftKey, files);
    told.current({ files, busy: items.some(({ attachment, error }) => !attachment && !error) });
  }, [draftKey, items]);

  const latest = useRef(items);
  latest.current = items;
  useEffect(() => {
    const all = sending.current;
    return () => {
      for (const one of all.values()) one.abort();
      for (const { preview } of latest.current) if (preview) URL.revokeObjectURL(preview);
    };
  }, []);

  const change = useCallback((key: string, part: Partial<Item>) => {
    setItems((before) => before.map((item) => (item.key === key ? { ...item, ...part } : item)));
  }, []);

  const add = useCallback(
    (chosen: File[]) => {
      for (const file of chosen) {
        const key = `new ${++made}`;
        const stop = new AbortController();
        sending.current.set(key, stop);
        const preview = file.type.startsWith('image/') && file.type !== 'image/svg+xml' ? URL.createObjectURL(file) : undefined;
        const item = { key, name: file.name, bytes: file.size, sent: 0, attachment: undefined, error: undefined, preview };
        setItems((before) => [...before, item]);
        uploadAttachment({ file, name: file.name, signal: stop.signal, onProgress: (sent) => change(key, { sent }) })
          .then((attachment) => change(key, { attachment, sent: 1 }))
          .catch((error: unknown) => {
            if (!stop.signal.aborted) change(key, { error: asApiError(error).message });
          })
          .finally(() => sending.current.delete(key));
      }
    },
    [change],
  );

  const remove = useCallback((item: Item) => {
    sending.current.get(item.key)?.abort();
    if (item.preview) URL.revokeObjectURL(item.preview);
    setItems((before) => before.filter(({ key }) => key !== item.key));
    const id = item.attachment?.id;
    // What a question has already stays; what is not discarded is forgotten after a day.
    if (id) call(client.DELETE('/api/v1/attachments/{id}', { params: { path: { id } } })).catch(() => {});
  }, []);

  return { items, add, remove };
}
