import { Button } from '@/ui/button';
import { Notice, ProblemBox } from '@/ui/problem';
import { tl } from './late-words';
import { type Saver, useSaving } from './saver';

interface SaveNoticeProps {
  saver: Saver;
  onCopy: () => void;
  copying: boolean;
}

/** Says why something is not saved, and what can be done about it. */
export function SaveNotice({ saver, onCopy, copying }: SaveNoticeProps) {
  const state = useSaving(saver);
  if (state.as === 'failed') return <ProblemBox error={state.error} onRetry={() => void saver.flush()} className="m-2" />;
  if (state.as !== 'conflict') return null;
  const { clashes } = state;
  return (
    <Notice tone="warn" className="m-2">
      <p className="font-medium text-fg">{tl('conflict.title')}</p>
      <p className="text-fg">{clashes.length === 0 ? tl('conflict.apart') : tl('conflict.same', { names: clashes.slice(0, 5).join(', ') })}</p>
      <div className="mt-2 flex flex-wrap gap-2">
        {clashes.length === 0 && (
          <Button size="sm" kind="primary" onClick={() => saver.takeBoth()}>
            {tl('conflict.both')}
          </Button>
        )}
        <Button size="sm" onClick={() => saver.takeTheirs()}>
          {tl('conflict.theirs')}
        </Button>
        <Button size="sm" busy={copying} onClick={onCopy}>
          {tl('conflict.copy')}
        </Button>
      </div>
    </Notice>
  );
}
