import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError } from '@/api/errors';
import { formatDateTime } from '@/i18n/format';
import { WordMark } from '@/ui/mark';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useDocumentTitle } from '@/ui/use-document-title';
import { answerLink, askedBy } from './api';
import { WaitForm } from './wait-form';
import { ti } from './words';

/** What a link leads to: the question, for somebody who has no account. */
export function AnswerPage() {
  const { token } = useParams({ from: '/answers/$token' });
  const [done, setDone] = useState(false);
  const asked = useQuery({
    queryKey: ['asked', token],
    queryFn: () => askedBy(token),
    // The form must not change under somebody who fills it in.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const used = asked.error instanceof ApiError && asked.error.status < 500 && asked.error.status >= 400;
  const title = done
    ? ti('answer.done')
    : used
      ? ti('answer.gone')
      : asked.data?.title || ti('answer.title');
  useDocumentTitle(title);
  return (
    <main className="mx-auto flex min-h-full w-full max-w-[560px] flex-col px-4 pt-8 pb-16 md:pt-[12vh]">
      <WordMark />
      <h1 className="mt-6 text-20 font-semibold break-words">{title}</h1>
      {done ? (
        <p className="mt-1 text-fg-2" role="status">
          {ti('answer.done.text')}
        </p>
      ) : (
        <>
          {asked.data && (
            <p className="mt-0.5 flex flex-wrap gap-x-3 text-12 text-fg-3">
              <span className="break-words">{ti('answer.from', { flow: asked.data.flow_name })}</span>
              {asked.data.deadline && <span>{ti('wait.deadline', { when: formatDateTime(asked.data.deadline) })}</span>}
            </p>
          )}
          <div className="mt-5">
            {asked.isPending && <SkeletonRows />}
            {asked.error && <ProblemBox error={asked.error} {...(used ? {} : { onRetry: () => void asked.refetch() })} />}
            {asked.data && (
              <WaitForm form={asked.data} send={(reply) => answerLink(token, reply)} onDone={() => setDone(true)} />
            )}
          </div>
        </>
      )}
    </main>
  );
}
