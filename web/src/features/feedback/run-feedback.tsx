import { useMutation, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { Run } from '@/features/runs/api';
import { usePermission } from '@/features/session/api';
import { withWords } from '@/i18n';
import { formatAgo, formatDateTime } from '@/i18n/format';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { ProblemBox } from '@/ui/problem';
import { type Annotation, type By, type Feedback, runFeedbackQuery, unannotate } from './api';
import { PICTURES, reasonName, Thumbs } from './thumbs';
import { tf } from './words';

const AnnotationDialog = lazy(withWords(() => import('./annotation-dialog')));
const UseDialog = lazy(withWords(() => import('./use-dialog')));

/** What people said of a run that is over, and what one may say oneself. */
export default function RunFeedback({ run }: { run: Run }) {
  const { data, error, refetch } = useQuery(runFeedbackQuery(run.id));
  const mayRate = usePermission('runs.rate');
  if (error) return <ProblemBox error={error} onRetry={() => void refetch()} />;
  if (!data) return null;
  return (
    <>
      <section aria-labelledby="feedback-title" data-testid="feedback">
        <h3 id="feedback-title" className="mb-1.5 text-12 font-medium text-fg-2">
          {tf('feedback.title')}
        </h3>
        {mayRate && (
          <p className="-ms-1.5 flex items-center gap-1">
            <Thumbs run={run.id} own={data.ratings.find(({ mine }) => mine)} conversation={run.conversation_id ?? null} />
            <span className="text-12 text-fg-3">{tf('feedback.own')}</span>
          </p>
        )}
        {data.ratings.length === 0 && <p className="mt-1 text-fg-3">{tf('feedback.none')}</p>}
        {data.ratings.length > 0 && (
          <ul className="mt-2 flex flex-col gap-2">
            {data.ratings.map((one) => (
              <Said key={one.by.id} said={one} />
            ))}
          </ul>
        )}
      </section>
      <Better run={run} annotation={data.annotation ?? null} />
    </>
  );
}

const nameOf = (by: By) => by.name ?? tf(by.id === 'operator' ? 'feedback.operator' : 'feedback.program');

function Said({ said }: { said: Feedback }) {
  const Picture = PICTURES[said.rating];
  return (
    <li className="flex gap-2.5" data-testid="rating" data-rating={said.rating}>
      <Picture size={14} aria-hidden="true" className={`mt-1 shrink-0 ${said.rating === 'up' ? 'text-ok' : 'text-bad'}`} />
      <div className="min-w-0 flex-1">
        <p className="text-12 text-fg-2">
          <span className="font-medium text-fg">{said.mine ? tf('feedback.you') : nameOf(said.by)}</span> {tf(`feedback.${said.rating}`)} ·{' '}
          <time dateTime={said.updated_at} title={formatDateTime(said.updated_at)}>
            {formatAgo(said.updated_at)}
          </time>
        </p>
        {said.reasons.length > 0 && (
          <ul className="mt-1 flex flex-wrap gap-1.5">
            {said.reasons.map((reason) => (
              <li key={reason} className="rounded-full bg-surface-3 px-2 text-12 text-fg-2">
                {reasonName(reason)}
              </li>
            ))}
          </ul>
        )}
        {said.comment && (
          <p dir="auto" className="mt-1 break-words whitespace-pre-wrap">
            {said.comment}
          </p>
        )}
      </div>
    </li>
  );
}

type Asked = 'write' | 'use' | 'remove';

/** What the run should have answered. */
function Better({ run, annotation }: { run: Run; annotation: Annotation | null }) {
  const mayAnnotate = usePermission('runs.annotate');
  const mayUse = usePermission('knowledge.write');
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const remove = useMutation({ mutationFn: () => unannotate(run.id), onSuccess: close });
  if (!annotation && !mayAnnotate) return null;
  return (
    <section aria-labelledby="annotation-title" data-testid="annotation">
      <h3 id="annotation-title" className="mb-1.5 text-12 font-medium text-fg-2">
        {tf('annotation.title')}
      </h3>
      {annotation ? (
        <>
          <div className="rounded-md border border-line bg-surface-2 px-3 py-2">
            <p dir="auto" className="break-words whitespace-pre-wrap">
              {annotation.answer}
            </p>
            {annotation.note && (
              <p dir="auto" className="mt-2 border-t border-line pt-2 text-12 break-words whitespace-pre-wrap text-fg-2">
                {annotation.note}
              </p>
            )}
          </div>
          <p className="mt-1 text-12 text-fg-2" title={formatDateTime(annotation.updated_at)}>
            {tf('annotation.by', { name: nameOf(annotation.updated_by), time: formatAgo(annotation.updated_at) })}
          </p>
        </>
      ) : (
        <p className="text-fg-2">{tf('annotation.none')}</p>
      )}
      {(mayAnnotate || mayUse) && (
        <div className="mt-2 flex flex-wrap gap-2">
          {mayAnnotate && (
            <Button size="sm" onClick={() => setAsked('write')}>
              {tf(annotation ? 'annotation.edit' : 'annotation.write')}
            </Button>
          )}
          {annotation && mayAnnotate && mayUse && (
            <Button size="sm" onClick={() => setAsked('use')}>
              {tf('annotation.use')}
            </Button>
          )}
          {annotation && mayAnnotate && (
            <Button size="sm" kind="ghost" onClick={() => setAsked('remove')}>
              {tf('annotation.remove')}
            </Button>
          )}
        </div>
      )}
      <Suspense fallback={null}>
        {asked === 'write' && <AnnotationDialog run={run} annotation={annotation} onClose={close} />}
        {asked === 'use' && annotation && <UseDialog run={run} onClose={close} />}
      </Suspense>
      <ConfirmDialog
        open={asked === 'remove'}
        onOpenChange={close}
        title={tf('annotation.remove.title')}
        text={tf('annotation.remove.text')}
        action={tf('annotation.remove')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </section>
  );
}
