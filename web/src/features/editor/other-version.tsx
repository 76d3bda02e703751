import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ArrowLeft, History } from 'lucide-react';
import { useEffect, useState } from 'react';
import { runQuery } from '@/features/runs/api';
import type { Flow } from '@/features/flows/api';
import { retold } from '@/features/said/said';
import { Button } from '@/ui/button';
import { ProblemBox } from '@/ui/problem';
import { toast } from '@/ui/toast';
import { runDocumentQuery, versionQuery } from './later-api';
import { tl } from './late-words';
import type { FlowDoc } from './model';
import { sameRun } from './same-run';
import type { Editor } from './store';

/** A document that is looked at in place of the draft; the key tells one from the other. */
export interface Other {
  key: string;
  doc: FlowDoc;
}

interface OtherVersionProps {
  flow: Flow;
  draft: Editor;
  run: string | null;
  version: number | null;
  /** Runs that are drawn over the draft whatever becomes of it: those that were started here. */
  mine: ReadonlySet<string>;
  /** The run whose own graph somebody asked for. */
  own: string | null;
  onShow: (other: Other | null) => void;
}

/** Shows what an address names in place of the draft: a published version, or what a run ran when the draft is not that. */
export function OtherVersion(props: OtherVersionProps) {
  if (props.run) return <RunsOwn key={props.run} {...props} run={props.run} />;
  return props.version === null ? null : <Version key={props.version} {...props} version={props.version} />;
}

function RunsOwn({ flow, draft, run: id, mine, own, onShow }: OtherVersionProps & { run: string }) {
  const { data: run } = useQuery(runQuery(id));
  const { data: doc } = useQuery(runDocumentQuery(id));
  // It is decided once: the graph does not change under the hands of somebody who goes on with the draft.
  const [apart, setApart] = useState<boolean | null>(null);
  if (apart === null && doc) setApart(!mine.has(id) && !sameRun(doc, draft.doc));
  const shown = doc && (apart || own === id) ? doc : null;
  useShown(shown && { key: id, doc: shown }, onShow);
  if (!shown || !run) return null;
  const stranger = run.flow_id && run.flow_id !== flow.id;
  const said = stranger ? tl('other.stranger', { name: run.flow_name }) : run.revision > 0 ? tl('other.run', { number: run.revision }) : tl('other.draft');
  return <Bar text={said} doc={shown} draft={stranger ? null : draft} load={run.revision > 0 ? run.revision : null} />;
}

function Version({ flow, draft, version, onShow }: OtherVersionProps & { version: number }) {
  const { data: doc, error } = useQuery(versionQuery(flow.slug, version));
  useShown(doc ? { key: `v${version}`, doc } : null, onShow);
  if (error) return <ProblemBox error={retold(error)} className="m-2" />;
  if (!doc) return null;
  const live = flow.published === version;
  return <Bar text={live ? tl('other.live', { number: version }) : tl('other.version', { number: version })} doc={doc} draft={draft} load={version} />;
}

/** Hands the document on while it is the one to be shown. */
function useShown(other: Other | null, onShow: (other: Other | null) => void): void {
  const { key, doc } = other ?? {};
  useEffect(() => {
    if (!key || !doc) return undefined;
    onShow({ key, doc });
    return () => onShow(null);
  }, [key, doc, onShow]);
}

interface BarProps {
  text: string;
  doc: FlowDoc;
  /** What the document may be loaded into; null when it is another flow's. */
  draft: Editor | null;
  /** The number it was published under. */
  load: number | null;
}

function Bar({ text, doc, draft, load }: BarProps) {
  const navigate = useNavigate({ from: '/flows/$id' });
  const back = () => void navigate({ search: ({ from }) => ({ from }) });
  return (
    <div role="status" data-testid="other-version" className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-warn-soft px-3 py-1.5">
      <History size={15} aria-hidden="true" className="shrink-0 text-warn" />
      <p className="min-w-0 flex-1 basis-60">{text}</p>
      <span className="flex flex-wrap gap-2">
        {draft && !draft.readOnly && load !== null && (
          <Button
            size="sm"
            onClick={() => {
              draft.edit(() => doc);
              toast.success(tl('versions.loaded', { number: load }));
              back();
            }}
          >
            {tl('versions.load')}
          </Button>
        )}
        <Button size="sm" onClick={back}>
          <ArrowLeft size={13} className="rtl:-scale-x-100" />
          {tl('other.back')}
        </Button>
      </span>
    </div>
  );
}
