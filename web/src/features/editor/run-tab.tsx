import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';
import type { Run } from '@/features/runs/api';
import { tl } from './late-words';
import { type Known, RunForm, useRunForm } from './run-form';
import type { Saver } from './saver';
import type { Editor } from './store';
import { Trial } from './trial';
import { type Drawn, Watched } from './watched';

/** How often a run was asked for, and whether the last time was meant to start it as it stands. */
export interface Asked {
  times: number;
  now: boolean;
}

interface RunTabProps {
  slug: string;
  /** The draft, whatever the canvas shows. */
  draft: Editor;
  saver: Saver;
  mayRun: boolean;
  asked: Asked;
  /** The run that is drawn. */
  run: string | null;
  drawn: Known | null;
  /** The node that is to run alone. */
  trying: string | null;
  onTryingEnd: () => void;
  onDrawn: (drawn: Drawn) => void;
  onRun: (run: Run) => void;
  onWrong: () => void;
  /** Where over the canvas there is room for the choice of a round. */
  stage: HTMLElement | null;
  /** Shows the graph that the run ran. */
  onOwn: (() => void) | null;
}

/** Runs the draft or one of its nodes, and shows what becomes of it. */
export function RunTab(props: RunTabProps) {
  const { slug, draft, saver, mayRun, asked, run, drawn, trying, onTryingEnd, onDrawn, onRun, onWrong, stage, onOwn } = props;
  const doc = useSyncExternalStore(draft.subscribe, () => draft.doc);
  const form = useRunForm({ flow: slug, draft, doc, onStarted: onRun, onWrong });
  const handled = useRef(0);
  useEffect(() => {
    if (handled.current === asked.times) return;
    handled.current = asked.times;
    if (asked.now || form.fields.length === 0) form.onStart();
  });
  // What the run that is drawn was given stands in the form, unless somebody types there.
  const { untouched, fill } = form;
  const open = useRef(untouched);
  open.current = untouched;
  const onRead = useCallback((read: Run) => open.current && fill(read.input), [fill]);
  return (
    <div className="flex min-h-full flex-col md:h-full md:flex-row">
      {mayRun && (
        <div className={`scroll-thin shrink-0 border-line p-3 max-md:border-b md:overflow-y-auto md:border-e ${trying ? 'md:w-96' : 'md:w-72'}`}>
          {trying ? (
            <Trial key={trying} slug={slug} doc={doc} node={trying} drawn={drawn} saver={saver} onClose={onTryingEnd} onRun={onRun} />
          ) : (
            <RunForm form={form} />
          )}
        </div>
      )}
      <div className="scroll-thin min-w-0 flex-1 md:overflow-y-auto" tabIndex={-1}>
        {run ? (
          <Watched key={run} id={run} draft={draft} stage={stage} onRead={onRead} onDrawn={onDrawn} onOwn={onOwn} onAgain={mayRun ? form.again : null} />
        ) : (
          <p className="p-4 text-fg-2">{tl('run.none')}</p>
        )}
      </div>
    </div>
  );
}
