import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { readStored, writeStored } from '@/api/stored';
import type { Run } from '@/features/runs/api';
import { meQuery } from '@/features/session/api';
import { withWords } from '@/i18n';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { SkeletonRows } from '@/ui/skeleton';
import { tl } from './late-words';
import { type Known, RunForm, useRunForm } from './run-form';
import type { Saver } from './saver';
import type { Editor } from './store';
import { Trial } from './trial';
import { type Drawn, Watched } from './watched';

const TalkView = lazy(withWords(() => import('./talk/talk')));

/** Whether chat flows are talked with here, or run once: as somebody chose last in this browser. */
const KEPT = 'headwater.dock.talks';

/** How often a run was asked for, and whether the last time was meant to start it as it stands. */
export interface Asked {
  times: number;
  now: boolean;
}

interface RunTabProps {
  slug: string;
  /** The flow's id. */
  flow: string;
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
  onDraw: (run: string) => void;
  onWrong: () => void;
  /** Where over the canvas there is room for the choice of a round. */
  stage: HTMLElement | null;
  /** Shows the graph that the run ran. */
  onOwn: (() => void) | null;
}

/** Runs the draft or one of its nodes, and shows what becomes of it. */
export function RunTab(props: RunTabProps) {
  const { slug, flow, draft, saver, mayRun, asked, run, drawn, trying, onTryingEnd, onDrawn, onRun, onDraw, onWrong, stage, onOwn } = props;
  const doc = useSyncExternalStore(draft.subscribe, () => draft.doc);
  const me = useQuery(meQuery).data?.user?.id ?? '';
  const form = useRunForm({ flow: slug, draft, doc, onStarted: onRun, onWrong });
  const [talks, setTalks] = useState(() => readStored(KEPT) === 'yes');
  const talking = talks && mayRun && doc.kind === 'chat' && !trying;
  const handled = useRef(0);
  /** Whether a run was asked for that nobody has heard of; from then on it is heard. */
  const hear = () => {
    const isNew = handled.current !== asked.times;
    handled.current = asked.times;
    return isNew;
  };
  useEffect(() => {
    // The conversation hears it by itself.
    if (talking || !hear()) return;
    if (asked.now || form.fields.length === 0) form.onStart();
  });
  const choose = (talk: boolean) => {
    setTalks(talk);
    hear();
    writeStored(KEPT, talk ? 'yes' : null);
  };
  const ways = <Ways talks={talks} onChoose={choose} />;
  // What the run that is drawn was given stands in the form, unless somebody types there.
  const { untouched, fill } = form;
  const open = useRef(untouched);
  open.current = untouched;
  const onRead = useCallback((read: Run) => open.current && fill(read.input), [fill]);
  return (
    <div data-talks={talking || undefined} className="flex min-h-full flex-col md:h-full md:flex-row">
      {mayRun && (
        <div
          className={cx(
            'shrink-0 border-line max-md:border-b md:border-e',
            talking ? 'flex h-[max(42vh,20rem)] min-h-0 flex-col md:h-full md:w-3/5 2xl:w-1/2' : 'scroll-thin p-3 md:overflow-y-auto',
            !talking && (trying ? 'md:w-96' : 'md:w-72'),
          )}
        >
          {trying ? (
            <Trial key={trying} slug={slug} doc={doc} node={trying} drawn={drawn} saver={saver} onClose={onTryingEnd} onRun={onRun} />
          ) : talking ? (
            <Suspense fallback={<SkeletonRows rows={3} />}>
              <TalkView
                ways={ways}
                name={`talk.${flow}.${me}`}
                flow={slug}
                draft={draft}
                run={run}
                now={asked.now}
                hear={hear}
                onNeeded={onWrong}
                onRun={onRun}
                onDraw={onDraw}
              />
            </Suspense>
          ) : (
            <>
              {doc.kind === 'chat' && <div className="mb-3">{ways}</div>}
              <RunForm form={form} />
            </>
          )}
        </div>
      )}
      <div className="scroll-thin min-w-0 flex-1 md:overflow-y-auto" tabIndex={-1}>
        {run ? (
          <Watched key={run} id={run} draft={draft} stage={stage} onRead={onRead} onDrawn={onDrawn} onOwn={onOwn} onAgain={mayRun && !talking ? form.again : null} />
        ) : (
          <p className="p-4 text-fg-2">{tl('run.none')}</p>
        )}
      </div>
    </div>
  );
}

interface WaysProps {
  talks: boolean;
  onChoose: (talks: boolean) => void;
}

/** Whether a chat flow is run once, or asked one question after the other. */
function Ways({ talks, onChoose }: WaysProps) {
  return (
    <div role="group" aria-label={tl('run.way')} className="flex flex-wrap gap-1">
      {[false, true].map((one) => (
        <Button key={String(one)} size="sm" kind={one === talks ? 'secondary' : 'ghost'} aria-pressed={one === talks} onClick={() => onChoose(one)}>
          {one ? tl('run.talk') : tl('run.once')}
        </Button>
      ))}
    </div>
  );
}
