import { useEffect, useState } from 'react';
import { formatDateTime } from '@/i18n/format';
import { Dialog } from '@/ui/dialog';
import { Notice } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { readConversations, type VisitorConversation } from './api';
import { wordsOf } from './look';
import { ts } from './words';

/** What the visitor asked before, in this browser. */
export function Earlier({ onClose, onChoose }: { onClose: () => void; onChoose: (id: string) => void }) {
  const [found, setFound] = useState<VisitorConversation[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    readConversations().then(setFound, (error: unknown) => setProblem(wordsOf(error)));
  }, []);
  return (
    <Dialog open onOpenChange={onClose} title={ts('shared.earlier')}>
      {problem && (
        <Notice tone="bad">
          <p className="text-fg">{problem}</p>
        </Notice>
      )}
      {!found && !problem && <SkeletonRows rows={3} />}
      {found?.length === 0 && <p className="text-fg-2">{ts('shared.earlier.none')}</p>}
      <ul className="flex flex-col gap-1">
        {found?.map(({ id, title, updated_at }) => (
          <li key={id}>
            <button
              type="button"
              onClick={() => {
                onChoose(id);
                onClose();
              }}
              className="flex w-full flex-col rounded-md px-2 py-1.5 text-start transition-colors hover:bg-surface-3"
            >
              <span className="break-words">{title}</span>
              <span className="text-12 text-fg-3">{formatDateTime(updated_at)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
