import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Pause, Play, RotateCcw, Square, StepForward } from 'lucide-react';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { Button } from '@/ui/button';
import { Dialog, DialogForm } from '@/ui/dialog';
import { toast } from '@/ui/toast';
import { cancelRun, isOver, pauseRun, replayRun, resumeRun, retryRun, type Run } from './api';
import type { TraceStep } from './tree';
import { tr } from './words';

interface RunActionsProps {
  run: Run;
  steps: TraceStep[];
  /** Somebody is asked; then the answer is what lets it go on. */
  asks: boolean;
}

/** What can be done with a run as it stands. */
export function RunActions({ run, steps, asks }: RunActionsProps) {
  const mayStart = usePermission('runs.start');
  const navigate = useNavigate();
  const [replaying, setReplaying] = useState(false);
  const act = useMutation({
    mutationFn: (what: (id: string) => Promise<Run>) => what(run.id),
    onSuccess: (answer) => {
      if (answer.id !== run.id) void navigate({ to: '/runs/$id', params: { id: answer.id } });
    },
    onError: (error) => toast.error(error.message),
  });
  if (!mayStart) return null;
  const over = isOver(run);
  return (
    <>
      {(run.status === 'running' || run.status === 'queued') && (
        <Button size="sm" disabled={act.isPending} onClick={() => act.mutate(pauseRun)}>
          <Pause size={13} />
          {tr('run.pause')}
        </Button>
      )}
      {run.status === 'paused' && !asks && (
        <Button size="sm" kind="primary" disabled={act.isPending} onClick={() => act.mutate(resumeRun)}>
          <Play size={13} />
          {tr('run.resume')}
        </Button>
      )}
      {!over && (
        <Button size="sm" disabled={act.isPending} onClick={() => act.mutate(cancelRun)}>
          <Square size={12} />
          {tr('run.cancel')}
        </Button>
      )}
      {(run.status === 'failed' || run.status === 'cancelled') && (
        <Button size="sm" kind="primary" title={tr('run.retry.hint')} disabled={act.isPending} onClick={() => act.mutate(retryRun)}>
          <StepForward size={13} />
          {tr('run.retry')}
        </Button>
      )}
      {over && (
        <Button size="sm" onClick={() => setReplaying(true)}>
          <RotateCcw size={13} />
          {tr('run.replay')}
        </Button>
      )}
      {replaying && <ReplayDialog run={run} steps={steps} onClose={() => setReplaying(false)} />}
    </>
  );
}

/** Nodes outside of containers that came to a result: these can be kept. */
function kept(steps: TraceStep[]): string[] {
  return [...new Set(steps.filter((step) => step.path === step.node && step.status === 'done').map((step) => step.node))].filter(
    (node) => node !== 'start',
  );
}

function ReplayDialog({ run, steps, onClose }: { run: Run; steps: TraceStep[]; onClose: () => void }) {
  const navigate = useNavigate();
  const [pins, setPins] = useState<string[]>([]);
  const [published, setPublished] = useState(false);
  const nodes = kept(steps);
  const replay = useMutation({
    mutationFn: () => replayRun(run.id, pins, published),
    onSuccess: ({ id }) => {
      onClose();
      void navigate({ to: '/runs/$id', params: { id } });
    },
  });
  return (
    <Dialog open onOpenChange={onClose} title={tr('run.replay')} description={tr('run.replay.text')}>
      <DialogForm action={tr('run.replay.start')} sending={replay} onCancel={onClose}>
        {nodes.length > 0 && (
          <fieldset className="scroll-thin max-h-60 overflow-y-auto">
            <legend className="font-medium">{tr('run.replay.pins')}</legend>
            {nodes.map((node) => (
              <label key={node} className="mt-1.5 flex items-center gap-2">
                <input
                  type="checkbox"
                  className="size-3.5 accent-(--accent)"
                  checked={pins.includes(node)}
                  onChange={(event) => setPins(event.target.checked ? [...pins, node] : pins.filter((pin) => pin !== node))}
                />
                <span className="break-all">{node}</span>
              </label>
            ))}
          </fieldset>
        )}
        {run.flow_id && (
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              className="size-3.5 accent-(--accent)"
              checked={published}
              onChange={(event) => setPublished(event.target.checked)}
            />
            {tr('run.replay.published')}
          </label>
        )}
      </DialogForm>
    </Dialog>
  );
}
