import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Play, Square } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { type AskedField, type Typed, type Wrong } from '@/features/forms/fields';
import { Fields } from '@/features/forms/fields-view';
import { cancelRun, isOver, type Run, runQuery } from '@/features/runs/api';
import { between, formatMs } from '@/features/runs/measure';
import { RunSummary } from '@/features/runs/run-summary';
import { StatusBadge } from '@/features/runs/status';
import { StepPanel } from '@/features/runs/step-panel';
import { buildTree, findNode as findStep } from '@/features/runs/tree';
import { useTrace } from '@/features/runs/use-trace';
import { Button } from '@/ui/button';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { outputsFrom, overlayOf } from './overlay';
import { useDoc, useEditor, useRoom } from './store';
import { tl } from './late-words';
import { te } from './words';

export interface RunFormState {
  fields: AskedField[];
  typed: Typed;
  wrong: Record<string, Wrong>;
  onChange: (typed: Typed) => void;
  onStart: () => void;
  busy: boolean;
  error: unknown;
}

/** What later runs can be begun with. */
export interface Known {
  input: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

interface RunTabProps {
  form: RunFormState;
  run: string | null;
  onKnown: (known: Known) => void;
}

/** Runs the draft with inputs, and shows what becomes of it. */
export function RunTab({ form, run, onKnown }: RunTabProps) {
  return (
    <div className="flex min-h-full flex-col md:h-full md:flex-row">
      <form
        aria-label={tl('run.form')}
        className="scroll-thin flex shrink-0 flex-col gap-3 border-line p-3 max-md:border-b md:w-72 md:overflow-y-auto md:border-e"
        onSubmit={(event) => {
          event.preventDefault();
          form.onStart();
        }}
      >
        {form.fields.length === 0 && <p className="text-fg-2">{tl('run.noInputs')}</p>}
        <Fields fields={form.fields} typed={form.typed} wrong={form.wrong} onChange={form.onChange} />
        {form.error ? <ProblemBox error={form.error} /> : null}
        <Button type="submit" kind="primary" className="self-start" busy={form.busy}>
          <Play size={13} />
          {tl('run.start')}
        </Button>
      </form>
      <div className="scroll-thin min-w-0 flex-1 md:overflow-y-auto" tabIndex={-1}>
        {run ? <Watched key={run} id={run} onKnown={onKnown} /> : <p className="p-4 text-fg-2">{tl('run.none')}</p>}
      </div>
    </div>
  );
}

/** One run: drawn over the canvas while it goes on, and told here. */
function Watched({ id, onKnown }: { id: string; onKnown: (known: Known) => void }) {
  const { editor } = useRoom();
  const doc = useDoc();
  const { data: run, error } = useQuery(runQuery(id));
  const trace = useTrace(run);
  const overlay = useMemo(() => overlayOf(doc, trace.steps), [doc, trace.steps]);
  useEffect(() => editor.set({ overlay }), [editor, overlay]);
  useEffect(() => () => editor.set({ overlay: new Map() }), [editor]);
  useEffect(() => {
    if (run && isOver(run)) onKnown({ input: run.input, outputs: outputsFrom(trace.steps) });
  }, [run, trace.steps, onKnown]);
  const chosen = useEditor((state) => (state.nodes.size === 1 ? ([...state.nodes][0] ?? null) : null));
  const path = chosen ? overlay.get(chosen)?.path : undefined;
  const step = useMemo(() => (path ? findStep(buildTree(trace.steps), path) : null), [path, trace.steps]);
  if (error) return <ProblemBox error={error} className="m-3" />;
  if (!run) {
    return (
      <div className="p-4">
        <SkeletonRows rows={2} />
      </div>
    );
  }
  return (
    <>
      <RunHead run={run} />
      {trace.error ? <ProblemBox error={trace.error} className="m-3" /> : null}
      {step ? <StepPanel key={step.path} node={step} onClose={() => editor.select([])} /> : <RunSummary run={run} />}
    </>
  );
}

function RunHead({ run }: { run: Run }) {
  const took = between(run.started_at, run.finished_at, Date.now());
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-2 border-b border-line px-4 py-1" data-testid="run-state" data-status={run.status} role="status">
      <h2 className="sr-only">{te('dock.run')}</h2>
      <StatusBadge status={run.status} />
      {isOver(run) && took !== null && <span className="num font-mono text-11 text-fg-2">{formatMs(took)}</span>}
      <Link to="/runs/$id" params={{ id: run.id }} className="ms-auto rounded-sm text-12 text-accent hover:underline">
        {tl('run.trace')}
      </Link>
      {!isOver(run) && (
        <Button size="sm" onClick={() => void cancelRun(run.id)}>
          <Square size={12} />
          {tl('run.stop')}
        </Button>
      )}
    </div>
  );
}
