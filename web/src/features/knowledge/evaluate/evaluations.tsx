import { useMutation, useQuery } from '@tanstack/react-query';
import { Trash2, X } from 'lucide-react';
import { useState } from 'react';
import { formatAgo, formatDateTime, formatDigits, formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { cx } from '@/ui/cx';
import { Card, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { Progress } from '@/ui/progress';
import { toast } from '@/ui/toast';
import { cancelEvaluation, deleteEvaluation, type Evaluation, evaluationsQuery } from './evaluate-api';
import { headline } from './measures';
import { t } from './words';

interface EvaluationsProps {
  knowledgeBaseId: string;
  mayWrite: boolean;
  /** The one that is looked at, and the one it is compared with. */
  run: string | undefined;
  against: string | undefined;
  onLook: (run: string | undefined, against?: string) => void;
}

/** Evaluations with the few measures that say most; one is opened, a second compared with it. */
export function Evaluations({ knowledgeBaseId, mayWrite, run, against, onLook }: EvaluationsProps) {
  const { data, error, refetch } = useQuery(evaluationsQuery(knowledgeBaseId));
  if (error) return <ProblemBox error={error} onRetry={() => void refetch()} />;
  if (!data || data.length === 0) return null;
  const opened = data.find(({ id }) => id === run);
  return (
    <Section title={t('evaluations.title')} lead={opened ? t('evaluations.lead') : undefined}>
      <Card>
        <ul data-rows className="divide-y divide-line" aria-label={t('evaluations.title')}>
          {data.map((evaluation) => (
            <Row
              key={evaluation.id}
              evaluation={evaluation}
              mayWrite={mayWrite}
              opened={evaluation.id === run}
              compared={evaluation.id === against}
              comparable={opened !== undefined && evaluation.id !== run && evaluation.status === 'done' && opened.status === 'done' && evaluation.question_set_id === opened.question_set_id}
              onOpen={() => onLook(evaluation.id === run ? undefined : evaluation.id)}
              onCompare={() => onLook(run, evaluation.id === against ? undefined : evaluation.id)}
              onGone={() => evaluation.id === run && onLook(undefined)}
            />
          ))}
        </ul>
      </Card>
    </Section>
  );
}

interface RowProps {
  evaluation: Evaluation;
  mayWrite: boolean;
  opened: boolean;
  compared: boolean;
  comparable: boolean;
  onOpen: () => void;
  onCompare: () => void;
  onGone: () => void;
}

const TONES = { queued: 'neutral', running: 'accent', done: 'ok', failed: 'bad', cancelled: 'neutral' } as const;

function Row({ evaluation, mayWrite, opened, compared, comparable, onOpen, onCompare, onGone }: RowProps) {
  const { status, settings, question_set_name: set, questions, done, report, created_at } = evaluation;
  const under = status === 'queued' || status === 'running';
  const onError = (error: Error) => toast.error(error.message);
  const cancel = useMutation({ mutationFn: () => cancelEvaluation(evaluation), onError });
  const [deleting, setDeleting] = useState(false);
  const remove = useMutation({ mutationFn: () => deleteEvaluation(evaluation), onSuccess: onGone });
  const measures = (report?.measures ?? {}) as Record<string, number>;
  const name = settings.name ?? set;
  const far = t('evaluation.far', { done: formatNumber(done), all: formatNumber(questions) });
  return (
    <li className={cx('flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2', opened && 'bg-accent-soft')} data-testid="evaluation" data-status={status}>
      <button type="button" aria-pressed={opened} className="min-w-0 flex-1 basis-48 rounded-sm text-start hover:text-accent" onClick={onOpen}>
        <span className="block truncate font-medium">{name}</span>
        <span className="num block truncate text-12 text-fg-3">
          {set} · <time dateTime={created_at} title={formatDateTime(created_at)}>{formatAgo(created_at)}</time>
        </span>
      </button>
      {status === 'done' ? (
        <dl className="num flex flex-wrap gap-x-4 text-12">
          {headline(measures).map((measure) => (
            <div key={measure} className="flex gap-1">
              <dt className="text-fg-3">{measure}</dt>
              <dd className="font-mono">{formatDigits(measures[measure] ?? 0, 3)}</dd>
            </div>
          ))}
        </dl>
      ) : under ? (
        <span className="num flex w-32 flex-col gap-1 text-12 text-fg-2">
          {far}
          <Progress value={questions > 0 ? done / questions : 0} label={far} />
        </span>
      ) : (
        <Badge tone={TONES[status]}>{t(`evaluation.${status}`)}</Badge>
      )}
      {comparable && (
        <button type="button" aria-pressed={compared} className={cx('rounded-sm text-12 hover:underline', compared ? 'font-medium text-accent' : 'text-fg-2')} onClick={onCompare}>
          {compared ? t('compare.end') : t('compare')}
        </button>
      )}
      {mayWrite &&
        (under ? (
          <IconButton small label={t('evaluation.cancel', { name })} disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            <X size={14} />
          </IconButton>
        ) : (
          <IconButton small label={t('evaluation.delete', { name })} onClick={() => setDeleting(true)}>
            <Trash2 size={14} />
          </IconButton>
        ))}
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={t('evaluation.delete.title', { name })}
        text={t('evaluation.delete.text')}
        action={t('action.delete')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}
