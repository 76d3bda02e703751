import { Button } from '@/ui/button';
import { Notice } from '@/ui/problem';
import { isClosed, wordsOf } from './look';
import { ts } from './words';

/** Why there is nothing to see. */
export function Closed({ problem, onRetry }: { problem: unknown; onRetry: () => void }) {
  return (
    <main className="mx-auto flex min-h-full w-full max-w-[520px] flex-col justify-center p-6">
      <h1 className="mb-3 text-20 font-semibold">{ts('shared.closed')}</h1>
      <Notice tone="warn">
        <p className="text-fg">{wordsOf(problem)}</p>
      </Notice>
      {!isClosed(problem) && (
        <Button className="mt-4 self-start" onClick={onRetry}>
          {ts('action.tryAgain')}
        </Button>
      )}
    </main>
  );
}
