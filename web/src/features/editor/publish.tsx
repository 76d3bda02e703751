import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError } from '@/api/errors';
import type { Flow } from '@/features/flows/api';
import { t } from '@/i18n';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { Notice } from '@/ui/problem';
import { toast } from '@/ui/toast';
import { Diff } from './diff-list';
import { diffQuery, publish } from './later-api';
import { ProblemList } from './problems-tab';
import type { Saver } from './saver';
import { useEditor } from './store';
import { tl, tln } from './late-words';
import { te } from './words';

interface PublishProps {
  flow: Flow;
  saver: Saver;
  onClose: () => void;
}

/** Says what publishing changes, asks why, and makes the draft the next revision. */
export function Publish({ flow, saver, onClose }: PublishProps) {
  const problems = useEditor((state) => state.problems.length);
  const [message, setMessage] = useState('');
  const send = useMutation({
    mutationFn: async () => {
      await saver.flush();
      if (saver.dirty) throw new ApiError({ status: 409, code: 'conflict', detail: tl('publish.unsaved') });
      return publish(flow.slug, message);
    },
    onSuccess: ({ number }) => {
      onClose();
      toast.success(tl('publish.done', { number }));
    },
  });
  return (
    <Dialog open onOpenChange={onClose} title={tl('publish.title')} description={tl('publish.text')}>
      <DialogForm action={te('head.publish')} sending={send} disabled={problems > 0} onCancel={onClose}>
        {problems > 0 ? (
          <div className="overflow-hidden rounded-lg border border-line-strong">
            <Notice tone="warn" className="rounded-none border-0">
              {tln('publish.problems', problems)}
            </Notice>
            <ProblemList onLead={onClose} />
          </div>
        ) : (
          <Changes flow={flow} saver={saver} />
        )}
        <Field label={tl('publish.message')} optional={t('field.optional')}>
          {(ids) => <Input {...ids} autoFocus maxLength={500} value={message} onChange={(event) => setMessage(event.target.value)} />}
        </Field>
      </DialogForm>
    </Dialog>
  );
}

/** What changes for those who use the flow. */
function Changes({ flow, saver }: { flow: Flow; saver: Saver }) {
  // The server compares what is saved.
  const [saved, setSaved] = useState(!saver.dirty);
  useEffect(() => {
    if (saved) return undefined;
    let wanted = true;
    void saver.flush().then(() => wanted && setSaved(!saver.dirty));
    return () => {
      wanted = false;
    };
  }, [saver, saved]);
  const live = flow.published ?? null;
  const { data } = useQuery({ ...diffQuery(flow.slug, String(live ?? 0), 'draft'), enabled: saved && live !== null });
  if (live === null) return <p className="text-fg-2">{tl('publish.first')}</p>;
  if (!data) return null;
  return (
    <section aria-label={tl('publish.changes', { number: live })} data-testid="publish-changes">
      <h3 className="text-12 font-medium text-fg-2">{tl('publish.changes', { number: live })}</h3>
      <div className="scroll-thin max-h-[36vh] overflow-y-auto px-1 pb-1">
        <Diff diff={data} />
      </div>
    </section>
  );
}
