import { refreshRun } from '@/features/runs/api';
import { usePermission } from '@/features/session/api';
import { formatDateTime } from '@/i18n/format';
import { toast } from '@/ui/toast';
import { answerWait, type Wait } from './api';
import { ti } from './words';
import { WaitForm } from './wait-form';

/** A question to people where its run is looked at; the run goes on in place once it is answered. */
export default function AnswerHere({ wait }: { wait: Wait }) {
  const mayAnswer = usePermission('waits.answer');
  const done = () => {
    toast.success(ti('inbox.answered'));
    void refreshRun(wait.run_id);
  };
  return (
    <section aria-label={wait.title || wait.flow_name} data-testid="wait" className="rounded-lg border border-accent-line bg-surface p-4">
      <h3 className="font-semibold break-words">{wait.title || wait.flow_name}</h3>
      <p className="mb-3 flex flex-wrap gap-x-3 text-12 text-fg-3">
        {wait.deadline && <span>{ti('wait.deadline', { when: formatDateTime(wait.deadline) })}</span>}
        {wait.assignees.length > 0 && <span className="break-all">{ti('wait.for', { who: wait.assignees.join(', ') })}</span>}
      </p>
      {mayAnswer ? <WaitForm key={wait.id} form={wait} send={(reply) => answerWait(wait.id, reply)} onDone={done} /> : <p className="text-fg-2">{ti('wait.others')}</p>}
    </section>
  );
}
