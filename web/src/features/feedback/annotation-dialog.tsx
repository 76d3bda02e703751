import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Run } from '@/features/runs/api';
import { t } from '@/i18n';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Textarea } from '@/ui/field';
import { type Annotation, annotate } from './api';
import { tf } from './words';

interface AnnotationDialogProps {
  run: Run;
  annotation: Annotation | null;
  onClose: () => void;
}

/** Writes what a run should have answered; it begins with what it did answer. */
export default function AnnotationDialog({ run, annotation, onClose }: AnnotationDialogProps) {
  const [answer, setAnswer] = useState(annotation?.answer ?? run.reply);
  const [note, setNote] = useState(annotation?.note ?? '');
  const send = useMutation({ mutationFn: () => annotate(run.id, { answer, note }), onSuccess: onClose });
  return (
    <Dialog open onOpenChange={onClose} title={tf('annotation.title')}>
      <DialogForm action={t('action.save')} sending={{ ...send, mutate: () => send.mutate() }} disabled={!answer.trim()} onCancel={onClose}>
        <Field label={tf('annotation.answer')}>
          {(ids) => <Textarea {...ids} dir="auto" rows={8} required maxLength={20000} value={answer} onChange={(event) => setAnswer(event.target.value)} />}
        </Field>
        <Field label={tf('annotation.note')} hint={tf('annotation.note.hint')}>
          {(ids) => <Input {...ids} dir="auto" maxLength={4000} value={note} onChange={(event) => setNote(event.target.value)} />}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
