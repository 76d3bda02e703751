import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ChevronRight, GitCompareArrows } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import { type Flow, flowQuery } from '@/features/flows/api';
import { usePermission } from '@/features/session/api';
import { retold } from '@/features/said/said';
import { t, withWords } from '@/i18n';
import { Badge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Field, Select } from '@/ui/field';
import { Empty } from '@/ui/page';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { useDocumentTitle } from '@/ui/use-document-title';
import { Diff } from '../diff-list';
import { tl } from '../late-words';
import { diffQuery, revisionDocument, revisionsQuery, rollBack } from '../later-api';
import { type FlowDoc, fromWire, type Point, toWire } from '../model';
import { type Change, containersOf, diffGraphs, diffGroups, graphOf, placesOfBoth, statesIn } from './graph-diff';
import { VersionList } from './version-list';
import { tv } from './words';

const DiffCanvas = lazy(withWords(async () => ({ default: (await import('./diff-canvas')).DiffCanvas })));

/** Two versions of a flow, laid over each other: as a graph, and field by field. */
export function VersionsPage() {
  const { id, pair } = useParams({ from: '/app/flows/$id/versions/$pair' });
  const states = statesIn(pair);
  const flow = useQuery(flowQuery(id));
  useDocumentTitle(tv('versions.title', { name: flow.data?.name ?? id }));
  return (
    <div className="flex h-full flex-col">
      <header className="flex shrink-0 flex-wrap items-center gap-1 border-b border-line bg-surface px-3 py-2.5">
        <Link to="/flows" className="rounded-sm text-fg-2 hover:text-fg">
          {t('nav.flows')}
        </Link>
        <ChevronRight size={13} aria-hidden="true" className="text-fg-3" />
        <Link to="/flows/$id" params={{ id }} search={{}} className="min-w-0 truncate rounded-sm text-fg-2 hover:text-fg">
          {flow.data?.name ?? id}
        </Link>
        <ChevronRight size={13} aria-hidden="true" className="text-fg-3" />
        <h1 className="font-semibold">{tl('versions.heading')}</h1>
      </header>
      {!states && (
        <Notice tone="warn" className="m-4">
          {tv('versions.address')}
        </Notice>
      )}
      {flow.error && <ProblemBox error={flow.error} className="m-4" />}
      {flow.data && !flow.data.published && <Unpublished id={id} />}
      {states && flow.data?.published && (
        <div className="flex min-h-0 flex-1 max-md:flex-col">
          <nav aria-label={tl('versions.heading')} className="scroll-thin shrink-0 overflow-y-auto border-line bg-surface max-md:max-h-44 max-md:border-b md:w-60 md:border-e">
            <VersionList flow={flow.data} from={states[0]} to={states[1]} />
          </nav>
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">
            <Compared key={pair} flow={flow.data} from={states[0]} to={states[1]} />
          </div>
        </div>
      )}
    </div>
  );
}

/** There is nothing to compare yet. */
function Unpublished({ id }: { id: string }) {
  return (
    <div className="p-4">
      <Empty icon={<GitCompareArrows size={24} />} title={tv('versions.none')} text={tl('versions.none')}>
        <Link to="/flows/$id" params={{ id }} search={{}} className={buttonClass('primary')}>
          {tv('versions.none.go')}
        </Link>
      </Empty>
    </div>
  );
}

/** The document of one state; the draft's is there already. */
function useDocument(flow: Flow, state: string) {
  return useQuery({
    queryKey: ['flow', flow.slug, 'document', state, state === 'draft' ? flow.draft.version : 0],
    queryFn: async () => fromWire(state === 'draft' ? flow.draft.document : await revisionDocument(flow.slug, Number(state))),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function Compared({ flow, from, to }: { flow: Flow; from: string; to: string }) {
  const before = useDocument(flow, from);
  const after = useDocument(flow, to);
  const diff = useQuery(diffQuery(flow.slug, from, to));
  const [chosen, setChosen] = useState<string | null>(null);
  const [container, setContainer] = useState<string | null>(null);
  const list = useRef<HTMLElement>(null);
  const error = before.error ?? after.error ?? diff.error;
  const choose = (id: string) => {
    setChosen(id);
    list.current?.querySelector(`[data-part="${CSS.escape(id)}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  const containers = before.data && after.data ? containersOf(before.data, after.data) : [];
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-end gap-3 border-b border-line px-3 py-2">
        <StateSelect flow={flow} label={tv('versions.from')} value={from} pair={(state) => `${state}..${to}`} />
        <StateSelect flow={flow} label={tv('versions.to')} value={to} pair={(state) => `${from}..${state}`} />
        {containers.length > 0 && (
          <Field label={tv('versions.show')} className="w-44">
            {(ids) => (
              <Select {...ids} value={container ?? ''} onChange={(event) => setContainer(event.target.value || null)}>
                <option value="">{tv('versions.show.flow')}</option>
                {containers.map((id) => (
                  <option key={id} value={id}>
                    {tv('versions.show.inside', { name: id })}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {from !== 'draft' && <Restore flow={flow} number={Number(from)} />}
      </div>
      {error ? (
        <ProblemBox error={retold(error)} className="m-4" />
      ) : (
        <div className="flex min-h-0 flex-1 flex-col min-[1400px]:flex-row">
          <section aria-label={tv('versions.graph')} className="h-[45%] shrink-0 border-line max-[1399px]:border-b min-[1400px]:h-auto min-[1400px]:min-w-0 min-[1400px]:flex-1 min-[1400px]:border-e">
            {before.data && after.data && <Picture before={before.data} after={after.data} container={container} chosen={chosen} onChoose={choose} />}
          </section>
          <section ref={list} aria-label={tv('versions.fields')} className="scroll-thin min-h-0 flex-1 overflow-y-auto p-4 min-[1400px]:w-[380px] min-[1400px]:flex-none" tabIndex={-1}>
            <h2 className="font-medium">{tv('versions.fields')}</h2>
            {diff.data ? <Diff diff={diff.data} chosen={chosen} /> : <SkeletonRows rows={3} />}
          </section>
        </div>
      )}
    </>
  );
}

interface StateSelectProps {
  flow: Flow;
  label: string;
  value: string;
  /** The address of the pair with another state in this place. */
  pair: (state: string) => string;
}

function StateSelect({ flow, label, value, pair }: StateSelectProps) {
  const navigate = useNavigate();
  const { data } = useQuery(revisionsQuery(flow.slug));
  const numbers = new Set([...(data?.items ?? []).map(({ number }) => String(number)), ...(value === 'draft' ? [] : [value])]);
  return (
    <Field label={label} className="w-36">
      {(ids) => (
        <Select
          {...ids}
          value={value}
          onChange={(event) => void navigate({ to: '/flows/$id/versions/$pair', params: { id: flow.slug, pair: pair(event.target.value) }, replace: true })}
        >
          <option value="draft">{tv('versions.draft')}</option>
          {[...numbers].map((number) => (
            <option key={number} value={number}>
              {tl('versions.number', { number })}
              {String(flow.published) === number ? ` · ${tl('versions.live')}` : ''}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

interface PictureProps {
  before: FlowDoc;
  after: FlowDoc;
  container: string | null;
  chosen: string | null;
  onChoose: (id: string) => void;
}

function Picture({ before, after, container, chosen, onChoose }: PictureProps) {
  const diff = useMemo(() => diffGraphs(graphOf(before, container), graphOf(after, container)), [before, after, container]);
  const groups = useMemo(() => diffGroups(before, after, diff), [before, after, diff]);
  const [placed, setPlaced] = useState<{ of: typeof diff; places: Record<string, Point> } | null>(null);
  useEffect(() => {
    let wanted = true;
    void placesOfBoth(before, after, diff, container === null).then((places) => wanted && setPlaced({ of: diff, places }));
    return () => {
      wanted = false;
    };
  }, [before, after, diff, container]);
  const count = (change: Change) => diff.nodes.filter((one) => one.change === change).length + diff.edges.filter((one) => one.change === change).length + groups.filter((one) => one.change === change).length;
  if (placed?.of !== diff) return null;
  return (
    <div className="relative h-full">
      <Suspense>
        <DiffCanvas diff={diff} groups={groups} places={placed.places} withStart={container === null} chosen={chosen} onChoose={onChoose} />
      </Suspense>
      <div aria-label={tv('versions.legend')} role="group" className="absolute top-2 start-2 flex flex-wrap gap-1.5">
        {(['added', 'removed', 'changed'] as const)
          .filter((change) => count(change) > 0)
          .map((change) => (
            <Badge key={change} tone={({ added: 'ok', removed: 'bad', changed: 'accent' } as const)[change]}>
              <span className="num">{count(change)}</span> {tl(`diff.${change}`)}
            </Badge>
          ))}
      </div>
    </div>
  );
}

/** Brings a revision back: into the draft, or as the next one that is published. */
function Restore({ flow, number }: { flow: Flow; number: number }) {
  const mayWrite = usePermission('flows.write');
  const [asking, setAsking] = useState<'load' | 'back' | null>(null);
  const close = () => setAsking(null);
  const load = useMutation({
    mutationFn: async () => {
      const { slug: _, ...document } = fromWire(await revisionDocument(flow.slug, number));
      const body = { document: toWire(document), version: flow.draft.version };
      await call(client.PUT('/api/v1/flows/{flow}/draft', { params: { path: { flow: flow.slug } }, body }));
      await queryClient.invalidateQueries({ queryKey: ['flow', flow.slug] });
    },
    onSuccess: () => {
      close();
      toast.success(tv('versions.loaded', { number }));
    },
  });
  const back = useMutation({
    mutationFn: () => rollBack(flow.slug, number),
    onSuccess: (made) => {
      close();
      toast.success(tl('versions.rolledBack', { number, made: made.number }));
    },
  });
  if (!mayWrite) return null;
  return (
    <div className="ms-auto flex flex-wrap gap-2">
      <Button size="sm" onClick={() => setAsking('load')}>
        {tv('versions.load', { number })}
      </Button>
      {flow.published !== number && (
        <Button size="sm" onClick={() => setAsking('back')}>
          {tl('versions.rollBack')}
        </Button>
      )}
      <ConfirmDialog
        open={asking === 'load'}
        onOpenChange={close}
        title={tv('versions.load', { number })}
        text={tv('versions.load.text', { number })}
        action={tl('versions.load')}
        busy={load.isPending}
        error={load.error}
        onConfirm={() => load.mutate()}
      />
      <ConfirmDialog
        open={asking === 'back'}
        onOpenChange={close}
        title={tl('versions.rollBack.title', { number })}
        text={tl('versions.rollBack.text')}
        action={tl('versions.rollBack')}
        busy={back.isPending}
        error={back.error}
        onConfirm={() => back.mutate()}
      />
    </div>
  );
}
