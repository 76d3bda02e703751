import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { RotateCcw, Square } from 'lucide-react';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { createPortal } from 'react-dom';
import { cancelRun, isOver, type Run, runQuery } from '@/features/runs/api';
import { between, formatMs } from '@/features/runs/measure';
import { RunSummary } from '@/features/runs/run-summary';
import { StatusBadge } from '@/features/runs/status';
import { StepPanel } from '@/features/runs/step-panel';
import { buildTree, findNode as findStep } from '@/features/runs/tree';
import { useTrace } from '@/features/runs/use-trace';
import { retold } from '@/features/said/said';
import { Button } from '@/ui/button';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { wayTo } from './graph';
import { runDocumentQuery } from './later-api';
import { tl } from './late-words';
import { givenBy, outputsFrom, overlayOf, type Rounds, roundsOf } from './overlay';
import { RoundSwitch } from './round-switch';
import type { Known } from './run-form';
import { sameRun } from './same-run';
import { type Editor, useDoc, useEditor, useRoom } from './store';
import { te } from './words';

/** What a run that is drawn had and gave, as far as it has come. */
export interface Drawn extends Known {
  run: string;
  /** What each node gave, those in containers in the round that is looked at. */
  given: Record<string, unknown>;
}

interface WatchedProps {
  id: string;
  draft: Editor;
  stage: HTMLElement | null;
  onRead: (run: Run) => void;
  onDrawn: (drawn: Drawn) => void;
  onOwn: (() => void) | null;
  onAgain: ((input: Record<string, unknown>) => void) | null;
}

/** One run: drawn over the canvas while it goes on, and told here. */
export function Watched({ id, draft, stage, onRead, onDrawn, onOwn, onAgain }: WatchedProps) {
  const { editor } = useRoom();
  const doc = useDoc();
  const { data: run, error } = useQuery(runQuery(id));
  const trace = useTrace(run);
  const [rounds, setRounds] = useState<Rounds>({});
  const overlay = useMemo(() => overlayOf(doc, trace.steps, rounds), [doc, trace.steps, rounds]);
  useEffect(() => editor.set({ overlay }), [editor, overlay]);
  useEffect(() => () => editor.set({ overlay: new Map() }), [editor]);
  const input = run?.input;
  useEffect(() => {
    if (input) onDrawn({ run: id, input, outputs: outputsFrom(trace.steps), given: givenBy(doc, trace.steps, rounds) });
  }, [id, input, doc, trace.steps, rounds, onDrawn]);
  const known = run !== undefined;
  useEffect(() => {
    if (run) onRead(run);
    // Once, when it is there: what is typed later stays.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [known, onRead]);
  const chosen = useEditor((state) => (state.nodes.size === 1 ? ([...state.nodes][0] ?? null) : null));
  const path = chosen ? overlay.get(chosen)?.path : undefined;
  const step = useMemo(() => (path ? findStep(buildTree(trace.steps), path) : null), [path, trace.steps]);
  if (error) return <ProblemBox error={retold(error)} className="m-3" />;
  if (!run) {
    return (
      <div className="p-4">
        <SkeletonRows rows={2} />
      </div>
    );
  }
  return (
    <>
      <RunHead run={run} onAgain={onAgain} />
      {onOwn && <Changed run={run} draft={draft} onOwn={onOwn} />}
      {trace.error ? <ProblemBox error={retold(trace.error)} className="m-3" /> : null}
      {step ? <StepPanel key={step.path} node={step} onClose={() => editor.select([])} /> : <RunSummary run={run} />}
      {stage && createPortal(<Switches steps={trace.steps} rounds={rounds} onRounds={setRounds} />, stage)}
    </>
  );
}

/** The choice of a round for each container that one has entered. */
function Switches({ steps, rounds, onRounds }: { steps: ReturnType<typeof useTrace>['steps']; rounds: Rounds; onRounds: (rounds: Rounds) => void }) {
  const doc = useDoc();
  const container = useEditor((state) => state.container);
  const way = useMemo(() => (container === null ? [] : [...(wayTo(doc, container) ?? []), container]), [doc, container]);
  const several = way.map((id) => ({ id, all: roundsOf(doc, steps, id, rounds) })).filter(({ all }) => all.length > 1);
  if (several.length === 0) return null;
  const choose = (id: string, number: number | null) => {
    const { [id]: _, ...others } = rounds;
    // Rounds of what is inside belong to the round that was left.
    const inside = new Set(way.slice(way.indexOf(id) + 1));
    const kept = Object.fromEntries(Object.entries(others).filter(([other]) => !inside.has(other)));
    onRounds(number === null ? kept : { ...kept, [id]: number });
  };
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-3 z-[5] flex flex-col items-center gap-1.5 px-3">
      {several.map(({ id, all }) => (
        <RoundSwitch key={id} name={id} rounds={all} chosen={rounds[id] ?? null} onChoose={(number) => choose(id, number)} />
      ))}
    </div>
  );
}

/** Says that the draft is no longer what ran, and leads to what did. */
function Changed({ run, draft, onOwn }: { run: Run; draft: Editor; onOwn: () => void }) {
  const now = useSyncExternalStore(draft.subscribe, () => draft.doc);
  const ran = useQuery(runDocumentQuery(run.id)).data;
  const differs = useMemo(() => ran !== undefined && ran !== null && !sameRun(ran, now), [ran, now]);
  if (!differs) return null;
  return (
    <p className="flex flex-wrap items-center gap-2 border-b border-line bg-warn-soft px-4 py-1 text-12" role="status">
      {tl('run.changed')}
      <Button size="sm" kind="ghost" onClick={onOwn}>
        {tl('run.showOwn')}
      </Button>
    </p>
  );
}

function RunHead({ run, onAgain }: { run: Run; onAgain: ((input: Record<string, unknown>) => void) | null }) {
  const took = between(run.started_at, run.finished_at, Date.now());
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-2 border-b border-line px-4 py-1" data-testid="run-state" data-status={run.status} role="status">
      <h2 className="sr-only">{te('dock.run')}</h2>
      <StatusBadge status={run.status} />
      {isOver(run) && took !== null && <span className="num font-mono text-11 text-fg-2">{formatMs(took)}</span>}
      <span className="ms-auto flex flex-wrap items-center gap-2">
        <Link to="/runs/$id" params={{ id: run.id }} className="rounded-sm text-12 text-accent hover:underline">
          {tl('run.trace')}
        </Link>
        {isOver(run) && onAgain && (
          <Button size="sm" title={tl('run.again.hint')} onClick={() => onAgain(run.input)}>
            <RotateCcw size={13} />
            {tl('run.again')}
          </Button>
        )}
        {!isOver(run) && (
          <Button size="sm" onClick={() => void cancelRun(run.id)}>
            <Square size={12} />
            {tl('run.stop')}
          </Button>
        )}
      </span>
    </div>
  );
}
