import { useMutation } from '@tanstack/react-query';
import { type KeyboardEvent, useState } from 'react';
import { asApiError } from '@/api/errors';
import type { Chunk } from '@/api/types';
import { Button } from '@/ui/button';
import { Field, Input, Textarea } from '@/ui/field';
import { Notice, ProblemBox } from '@/ui/problem';
import { MetadataFields } from '../metadata-fields';
import { addChunk, changeChunk, chunksChanged, readChunk } from './chunk-api';
import { baseOf, changeOf, type Draft, draftOf, keepDraft, keptDraft, keywordsOf, movedOn } from './drafts';
import { t } from './words';

type Outcome = { saved: true } | { saved: false; now: Chunk | null };

/** Saves a draft, unless the chunk is no longer what its editing began with. */
async function save(chunk: Chunk, draft: Draft, anyway: boolean): Promise<Outcome> {
  const change = changeOf(draft);
  if (!change || Object.keys(change).length === 0) return { saved: true };
  try {
    // The API has no precondition for chunks; looking right before is the most that can be done.
    const now = await readChunk(chunk.id);
    if (!anyway && movedOn(draft, now)) return { saved: false, now };
    await changeChunk(chunk.id, change);
    return { saved: true };
  } catch (error) {
    if (asApiError(error).status === 404) return { saved: false, now: null };
    throw error;
  }
}

/** Changes a chunk where it stands. What is typed is kept until it is saved or discarded. */
export function ChunkEditor({ chunk, onClose }: { chunk: Chunk; onClose: () => void }) {
  const [draft, setDraft] = useState(() => keptDraft(chunk.id) ?? draftOf(chunk));
  const change = (part: Partial<Draft>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    keepDraft(chunk.id, next);
  };
  const close = () => {
    keepDraft(chunk.id, null);
    onClose();
  };
  const sending = useMutation({
    mutationFn: (anyway: boolean) => save(chunk, draft, anyway),
    onSuccess: (outcome) => outcome.saved && close(),
  });
  const addInstead = useMutation({
    mutationFn: () => addChunk(chunk.document_id, { text: draft.text, given: draft.given || null, heading: chunk.heading ?? null, page: chunk.page ?? null, keywords: keywordsOf(draft.keywords) }),
    onSuccess: close,
  });
  const held = sending.data && !sending.data.saved ? sending.data : null;
  const changes = changeOf(draft);
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && !event.nativeEvent.isComposing) sending.mutate(false);
    if (event.key === 'Escape' && changes && Object.keys(changes).length === 0) close();
  };
  return (
    // The form takes the keys of its fields.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      className="flex flex-col gap-3 px-4 py-3"
      data-testid="chunk-editor"
      onKeyDown={press}
      onSubmit={(event) => {
        event.preventDefault();
        sending.mutate(false);
      }}
    >
      <Field label={t('chunk.text')} hint={t('chunk.text.hint')}>
        {(ids) => <Textarea {...ids} autoFocus rows={3} className="[field-sizing:content]" required value={draft.text} onChange={(event) => change({ text: event.target.value })} />}
      </Field>
      {(chunk.given || draft.given) && (
        <Field label={t('chunk.given')} hint={t('chunk.given.hint')}>
          {(ids) => <Textarea {...ids} rows={3} className="max-h-80 [field-sizing:content]" value={draft.given} onChange={(event) => change({ given: event.target.value })} />}
        </Field>
      )}
      <Field label={t('chunk.keywords')} hint={t('chunk.keywords.hint')}>
        {(ids) => <Input {...ids} value={draft.keywords} onChange={(event) => change({ keywords: event.target.value })} />}
      </Field>
      <MetadataFields rows={draft.rows} onChange={(rows) => change({ rows })} />
      {held?.now && (
        <Notice tone="warn">
          <p className="text-fg">{t('chunk.conflict')}</p>
          <p className="my-2 max-h-40 overflow-y-auto rounded-md bg-surface px-3 py-2 break-words whitespace-pre-wrap text-fg-2">{held.now.text}</p>
          <div className="flex flex-wrap gap-2">
            <Button size="sm" onClick={() => sending.mutate(true)} busy={sending.isPending}>
              {t('chunk.conflict.mine')}
            </Button>
            <Button
              size="sm"
              onClick={() => {
                if (held.now) change({ ...draftOf(held.now), base: baseOf(held.now) });
                sending.reset();
                chunksChanged(chunk.document_id);
              }}
            >
              {t('chunk.conflict.theirs')}
            </Button>
          </div>
        </Notice>
      )}
      {held && !held.now && (
        <Notice tone="warn">
          <p className="text-fg">{t('chunk.gone')}</p>
          <Button size="sm" className="mt-2" busy={addInstead.isPending} onClick={() => addInstead.mutate()}>
            {t('chunk.gone.add')}
          </Button>
        </Notice>
      )}
      {(sending.error ?? addInstead.error) && <ProblemBox error={sending.error ?? addInstead.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={close}>{t('action.cancel')}</Button>
        <Button type="submit" kind="primary" busy={sending.isPending} disabled={!changes || draft.text.trim() === ''}>
          {t('action.save')}
        </Button>
      </div>
    </form>
  );
}
