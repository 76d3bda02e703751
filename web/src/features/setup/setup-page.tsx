import { useQuery } from '@tanstack/react-query';
import { Navigate, useNavigate, useSearch } from '@tanstack/react-router';
import { t } from './words';
import { cx } from '@/ui/cx';
import { WordMark } from '@/ui/mark';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useDocumentTitle } from '@/ui/use-document-title';
import { setupQuery } from './api';
import { ModelStep } from './model-step';
import { OwnerStep } from './owner-step';
import { QuestionStep } from './question-step';

export type SetupStep = 'owner' | 'model' | 'question';
const STEPS: SetupStep[] = ['owner', 'model', 'question'];

export function SetupPage() {
  useDocumentTitle(t('setup.title'));
  const { step = 'owner' } = useSearch({ from: '/setup' });
  const navigate = useNavigate();
  const go = (next: SetupStep) => navigate({ to: '/setup', search: { step: next } });

  return (
    <main className="flex min-h-full flex-col items-center px-4 pt-[9vh] pb-16">
      <WordMark />
      <Steps current={step} />
      <div className="mt-8 w-full max-w-[520px]">
        {step === 'owner' && <OwnerGate onDone={() => go('model')} />}
        {step === 'model' && <ModelStep onDone={() => go('question')} />}
        {step === 'question' && <QuestionStep />}
      </div>
    </main>
  );
}

/** The owner step exists only as long as there is no owner. */
function OwnerGate({ onDone }: { onDone: () => void }) {
  const { data, error, refetch } = useQuery(setupQuery);
  if (error) return <ProblemBox error={error} onRetry={() => void refetch()} />;
  if (!data) return <SkeletonRows rows={6} />;
  if (!data.needed) return <Navigate to="/chat" replace />;
  return <OwnerStep codeRequired={data.code_required} onDone={onDone} />;
}

function Steps({ current }: { current: SetupStep }) {
  const names = { owner: t('setup.step.owner'), model: t('setup.step.model'), question: t('setup.step.question') };
  const at = STEPS.indexOf(current);
  return (
    <ol aria-label={t('setup.steps')} className="mt-8 flex w-full max-w-[520px] gap-2">
      {STEPS.map((step, index) => (
        <li key={step} aria-current={step === current ? 'step' : undefined} className="flex-1">
          <span className={cx('block h-[3px] rounded-full', index <= at ? 'bg-accent' : 'bg-line-strong')} />
          <span className={cx('mt-1.5 block text-12', index === at ? 'font-medium text-fg' : 'text-fg-3')}>
            {names[step]}
          </span>
        </li>
      ))}
    </ol>
  );
}
