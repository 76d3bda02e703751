import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Textarea } from '@/ui/field';
import { emptyRow, metadataOf } from '../metadata';
import { MetadataFields } from '../metadata-fields';
import { addChunk } from './chunk-api';
import { keywordsOf } from './drafts';
import { t } from './words';

interface NewChunkProps {
  documentId: string;
  onAdded: (chunkId: string) => void;
  onClose: () => void;
}

/** Adds a chunk that the document itself does not have. */
export function NewChunk({ documentId, onAdded, onClose }: NewChunkProps) {
  const [text, setText] = useState('');
  const [given, setGiven] = useState('');
  const [heading, setHeading] = useState('');
  const [page, setPage] = useState('');
  const [keywords, setKeywords] = useState('');
  const [rows, setRows] = useState(() => [emptyRow()]);
  const metadata = metadataOf(rows);
  const add = useMutation({
    mutationFn: () =>
      addChunk(documentId, {
        text,
        given: given.trim() || null,
        heading: heading.trim() || null,
        page: page ? Number(page) : null,
        keywords: keywordsOf(keywords),
        metadata: metadata ?? {},
      }),
    onSuccess: ({ id }) => onAdded(id),
  });
  return (
    <Dialog open onOpenChange={onClose} title={t('chunk.add')} description={t('chunk.add.lead')}>
      <DialogForm action={t('chunk.add')} sending={add} disabled={text.trim() === '' || !metadata} onCancel={onClose}>
        <Field label={t('chunk.text')} hint={t('chunk.text.hint')}>
          {(ids) => <Textarea {...ids} rows={5} required value={text} onChange={(event) => setText(event.target.value)} />}
        </Field>
        <Field label={t('chunk.given')} optional={t('field.optional')} hint={t('chunk.given.hint')}>
          {(ids) => <Textarea {...ids} rows={3} value={given} onChange={(event) => setGiven(event.target.value)} />}
        </Field>
        <div className="flex gap-3">
          <Field label={t('chunk.heading')} optional={t('field.optional')} className="min-w-0 flex-1">
            {(ids) => <Input {...ids} value={heading} onChange={(event) => setHeading(event.target.value)} />}
          </Field>
          <Field label={t('chunk.page')} optional={t('field.optional')} className="w-28">
            {(ids) => <Input {...ids} type="number" min={1} value={page} onChange={(event) => setPage(event.target.value)} />}
          </Field>
        </div>
        <Field label={t('chunk.keywords')} optional={t('field.optional')} hint={t('chunk.keywords.hint')}>
          {(ids) => <Input {...ids} value={keywords} onChange={(event) => setKeywords(event.target.value)} />}
        </Field>
        <MetadataFields rows={rows} onChange={setRows} />
      </DialogForm>
    </Dialog>
  );
}
