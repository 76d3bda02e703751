import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { call, client } from '@/api/client';
import type { components } from '@/api/schema';
import { placeOf } from '@/features/chat/place';
import { compareNames, formatNumber } from '@/i18n/format';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Select, Textarea } from '@/ui/field';
import { Notice, ProblemBox } from '@/ui/problem';
import { Skeleton } from '@/ui/skeleton';
import { useDocuments } from '../api';
import { useSettled } from '../use-settled';
import type { Chunking } from './settings-draft';
import { t, tn } from './words';

type Previewed = components['schemas']['PreviewedChunk'];
type From = 'text' | 'file' | 'document';
const WAYS: From[] = ['text', 'document', 'file'];
const SHOWN = 30;

function previewFile(id: string, file: File, chunking: Chunking) {
  const form = new FormData();
  form.append('chunking', JSON.stringify(chunking));
  form.append('limit', String(SHOWN));
  form.append('file', file, file.name);
  return call(
    client.POST('/api/v1/knowledge-bases/{id}/preview/file', {
      params: { path: { id } },
      body: { file: '' },
      bodySerializer: () => form,
    }),
  );
}

/** What settings would make of a text, a file or a document, while they are being changed. */
export function ChunkingPreview({ id, chunking }: { id: string; chunking: Chunking }) {
  const { documents } = useDocuments(id);
  const ready = useMemo(
    () => documents.filter(({ chunks }) => chunks > 0).toSorted((one, other) => compareNames(one.name, other.name)).slice(0, 500),
    [documents],
  );
  const [from, setFrom] = useState<From>('text');
  const [text, setText] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const [document, setDocument] = useState('');
  const picker = useRef<HTMLInputElement>(null);
  const chosen = ready.find((one) => one.id === document) ?? ready[0];
  const settings = useSettled(JSON.stringify(chunking));
  const typed = useSettled(text);
  const source = { text: typed.trim() ? typed : null, file: file && `${file.name} ${file.size} ${file.lastModified}`, document: chosen?.id ?? null }[from];
  const preview = useQuery({
    queryKey: ['preview', id, from, source, settings],
    queryFn: () => {
      const cut = JSON.parse(settings) as Chunking;
      if (from === 'document') {
        return call(client.POST('/api/v1/knowledge-bases/{id}/preview', { params: { path: { id } }, body: { document: chosen?.id ?? '', chunking: cut as components['schemas']['ChunkingSettings'], limit: SHOWN } }));
      }
      const sent = from === 'file' && file ? file : new File([typed], 'preview.md', { type: 'text/markdown' });
      return previewFile(id, sent, cut);
    },
    enabled: source !== null,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  });
  return (
    <section aria-label={t('preview.title')} className="flex min-w-0 flex-col rounded-lg border border-line bg-surface" data-testid="preview">
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2">
        <h3 className="flex-1 font-medium">{t('preview.title')}</h3>
        <div role="group" aria-label={t('preview.from')} className="flex rounded-md border border-line-strong p-0.5">
          {WAYS.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={from === one}
              className={cx('h-6 rounded-sm px-2 text-12', from === one ? 'bg-surface-3 font-medium text-fg' : 'text-fg-2 hover:text-fg')}
              onClick={() => setFrom(one)}
            >
              {t(`preview.from.${one}`)}
            </button>
          ))}
        </div>
      </div>
      <div className="border-b border-line px-4 py-3">
        {from === 'text' && (
          <Textarea rows={5} aria-label={t('preview.from.text')} placeholder={t('preview.paste')} value={text} onChange={(event) => setText(event.target.value)} />
        )}
        {from === 'file' && (
          <div className="flex min-w-0 items-center gap-3">
            <input ref={picker} type="file" className="sr-only" tabIndex={-1} aria-label={t('preview.from.file')} data-testid="preview-file" onChange={(event) => setFile(event.target.files?.[0] ?? null)} />
            <Button onClick={() => picker.current?.click()}>{t('preview.choose')}</Button>
            <span className="truncate text-fg-2">{file?.name ?? t('preview.notStored')}</span>
          </div>
        )}
        {from === 'document' &&
          (chosen ? (
            <Select aria-label={t('preview.from.document')} value={chosen.id} onChange={(event) => setDocument(event.target.value)}>
              {ready.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </Select>
          ) : (
            <p className="text-fg-2">{t('preview.noDocument')}</p>
          ))}
      </div>
      <div className="scroll-thin max-h-[480px] min-h-24 overflow-y-auto px-4 py-3" tabIndex={0} role="region" aria-label={t('preview.chunks')}>
        {source === null && <p className="text-fg-3">{t('preview.nothing')}</p>}
        {source !== null && preview.error && <ProblemBox error={preview.error} />}
        {source !== null && preview.isPending && <Skeleton className="w-2/3" />}
        {source !== null && preview.data && !preview.error && (
          <div className={cx('flex flex-col gap-3 transition-opacity', preview.isFetching && 'opacity-60')}>
            <p role="status" className="num text-12 text-fg-2" data-testid="preview-count">
              {tn('preview.count', preview.data.chunks)} · {t('preview.longest', { tokens: formatNumber(preview.data.longest_tokens) })}
              {from === 'document' && chosen && ` · ${t('preview.now', { count: formatNumber(chosen.chunks) })}`}
            </p>
            {preview.data.left_out && (
              <Notice tone="warn">
                <p className="whitespace-pre-line text-fg">{preview.data.left_out}</p>
              </Notice>
            )}
            <ol className="flex flex-col gap-2">
              {preview.data.items.map((chunk) => (
                <PreviewedChunk key={chunk.index} chunk={chunk} longest={preview.data.longest_tokens} />
              ))}
            </ol>
            {preview.data.chunks > preview.data.items.length && <p className="num text-12 text-fg-3">{tn('preview.more', preview.data.chunks - preview.data.items.length)}</p>}
          </div>
        )}
      </div>
    </section>
  );
}

function PreviewedChunk({ chunk, longest }: { chunk: Previewed; longest: number }) {
  return (
    <li className="rounded-md border border-line" data-testid="previewed">
      <div className="num flex items-center gap-2 px-3 py-1.5 text-12 text-fg-3">
        <span className="font-mono">{chunk.index + 1}</span>
        <span className="min-w-0 flex-1 truncate">{placeOf(chunk)}</span>
        <span className="h-1 w-16 shrink-0 overflow-hidden rounded-full bg-surface-3" aria-hidden="true">
          <span className="block h-full rounded-full bg-fg-3" style={{ width: `${longest > 0 ? (100 * chunk.tokens) / longest : 0}%` }} />
        </span>
        <span className="shrink-0 text-fg-2">{t('preview.tokens', { count: formatNumber(chunk.tokens) })}</span>
      </div>
      <p className="line-clamp-6 border-t border-line px-3 py-2 text-12 break-words whitespace-pre-wrap">{chunk.text}</p>
      {chunk.given && (
        <details className="border-t border-line px-3 py-1.5 text-12 text-fg-2">
          <summary className="w-fit cursor-pointer rounded-sm text-fg-3 hover:text-fg">{t('preview.given')}</summary>
          <p className="mt-1 break-words whitespace-pre-wrap">{chunk.given}</p>
        </details>
      )}
    </li>
  );
}
