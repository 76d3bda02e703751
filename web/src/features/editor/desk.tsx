import { ReactFlowProvider, useReactFlow } from '@xyflow/react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { createFlow, type Flow, flowQuery } from '@/features/flows/api';
import { begin, collect, fromFormField, type Typed, type Wrong } from '@/features/forms/fields';
import type { Run } from '@/features/runs/api';
import { usePermission } from '@/features/session/api';
import { queryClient } from '@/api/query-client';
import { cx } from '@/ui/cx';
import { Button } from '@/ui/button';
import { toast } from '@/ui/toast';
import type { Adding } from './add-menu';
import { runDocument } from './api';
import { Dock, type DockTab } from './dock';
import { findNode, graphAt, moveNodes, wayTo } from './graph';
import { Header } from './header';
import { type KeyActions, useKeys } from './keyboard';
import { AddMenu, Canvas, fetchTheRest, FindMenu, ListView, ProblemsTab, RunTab, SaveNotice, Trial, VersionsTab } from './later';
import { loadArrange } from './layout';
import { fromWire, START, toWire } from './model';
import { showAll } from './motion';
import { Panel } from './panel';
import type { Known } from './run-tab';
import { Saver } from './saver';
import type { FlowSchema } from './schema';
import { Editor, EditorContext, useDoc, useEditor, useRoom } from './store';
import { useProblems } from './use-problems';
import { te } from './words';

interface DeskProps {
  flow: Flow;
  schema: FlowSchema;
  readOnly: boolean;
}

/** Lays out one flow for editing. */
export function Desk({ flow, schema, readOnly }: DeskProps) {
  const search = useSearch({ from: '/app/flows/$id' });
  const [room] = useState(() => {
    const { slug: _, ...doc } = fromWire(flow.draft.document);
    const editor = new Editor(doc, readOnly);
    // The address says what is looked at.
    if (search.node && findNode(doc, search.node)) editor.reveal(search.node);
    else if (search.in && wayTo(doc, search.in)) editor.enter(search.in);
    const saver = new Saver(flow.slug, editor, flow.draft.version, (saved) => {
      for (const id of [flow.slug, flow.id]) queryClient.setQueryData(flowQuery(id).queryKey, saved as Flow);
    });
    return { editor, schema, slug: flow.slug, saver };
  });
  useEffect(() => room.saver.open(), [room]);
  useEffect(() => {
    const timer = setTimeout(fetchTheRest, 1000);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    if (room.saver.notice(flow.draft)) toast.success(te('save.theirs'));
  }, [room, flow.draft]);
  useEffect(() => {
    const leaving = (event: BeforeUnloadEvent) => {
      if (room.saver.dirty) event.preventDefault();
    };
    addEventListener('beforeunload', leaving);
    return () => removeEventListener('beforeunload', leaving);
  }, [room]);
  return (
    <EditorContext value={room}>
      <ReactFlowProvider>
        <Laid flow={flow} saver={room.saver} />
      </ReactFlowProvider>
    </EditorContext>
  );
}

/** The inputs of a run of the draft, as they are typed. */
function useRunForm(onStarted: (run: Run) => void, onWrong: () => void) {
  const { editor } = useRoom();
  const doc = useDoc();
  const inputs = doc.inputs;
  const fields = useMemo(
    () => (inputs ?? []).filter(({ name }) => name).map((field) => fromFormField({ ...field, type: field.type ?? 'string', options: field.options, label: field.name })),
    [inputs],
  );
  const [typed, setTyped] = useState<Typed>({});
  const [wrong, setWrong] = useState<Record<string, Wrong>>({});
  const start = useMutation({ mutationFn: (input: Record<string, unknown>) => runDocument(editor.doc, input), onSuccess: onStarted });
  const filled = { ...begin(fields), ...typed };
  const onStart = () => {
    const read = collect(fields, filled);
    setWrong(read.wrong);
    if (Object.keys(read.wrong).length > 0) onWrong();
    else start.mutate(read.values);
  };
  return { fields, typed: filled, wrong, onChange: setTyped, onStart, busy: start.isPending, error: start.error };
}

/** Keeps the address what is looked at. */
function usePlaceInAddress() {
  const { editor } = useRoom();
  const navigate = useNavigate({ from: '/flows/$id' });
  const place = useEditor((state) => `${state.container ?? ''} ${state.nodes.size === 1 ? ([...state.nodes][0] ?? '') : ''}`);
  useEffect(() => {
    const { container, nodes } = editor.state;
    const node = nodes.size === 1 ? [...nodes][0] : undefined;
    void navigate({ search: (before) => ({ ...before, node, in: node ? undefined : (container ?? undefined) }), replace: true });
  }, [editor, navigate, place]);
}

function Laid({ flow, saver }: { flow: Flow; saver: Saver }) {
  const { editor, slug } = useRoom();
  const { run = null } = useSearch({ from: '/app/flows/$id' });
  const navigate = useNavigate({ from: '/flows/$id' });
  const canvas = useReactFlow();
  const mayRun = usePermission('runs.inline');
  const doc = useDoc();
  const container = useEditor((state) => state.container);
  const only = useEditor((state) => (state.nodes.size === 1 ? ([...state.nodes][0] ?? null) : null));
  const [view, setView] = useState<'canvas' | 'list'>(() => (matchMedia('(max-width: 767px)').matches ? 'list' : 'canvas'));
  const [tab, setTab] = useState<DockTab | null>(run ? 'run' : null);
  const [adding, setAdding] = useState<Adding | null>(null);
  const [finding, setFinding] = useState(false);
  const [trying, setTrying] = useState<string | null>(null);
  const [known, setKnown] = useState<Known>({ input: {}, outputs: {} });
  const middle = useRef<HTMLDivElement>(null);
  useProblems();
  usePlaceInAddress();
  const onKnown = useCallback(({ input, outputs }: Known) => setKnown((before) => ({ input: { ...before.input, ...input }, outputs: { ...before.outputs, ...outputs } })), []);
  const openRun = () => {
    setTab('run');
    // On a phone the panel would cover it.
    if (matchMedia('(max-width: 639px)').matches) editor.select([]);
  };
  const showRun = ({ id }: Run) => {
    openRun();
    void navigate({ search: (before) => ({ ...before, run: id }), replace: true });
  };
  const form = useRunForm(showRun, openRun);
  const addAfter = (id: string | null, handle: string | null) => {
    const area = middle.current?.getBoundingClientRect();
    const box = document.querySelector(`[data-testid="node"][data-id="${id ? CSS.escape(id) : ''}"]`)?.getBoundingClientRect();
    const at = box ? { x: box.right + 24, y: box.top } : { x: (area?.left ?? 0) + 80, y: (area?.top ?? 0) + 80 };
    setAdding({ at, from: id ? { node: id, handle } : null });
  };
  const tryNode = (id: string) => {
    if (wayTo(doc, id)?.length) toast.error(te('trial.inside'));
    else if (id !== START) setTrying(id);
  };
  const copy = useMutation({
    mutationFn: () => createFlow({ ...toWire(editor.doc), name: te('conflict.name', { name: editor.doc.name }).slice(0, 100) }),
    onSuccess: (made) => {
      toast.success(te('conflict.copied', { name: made.name }));
      saver.takeTheirs();
      void navigate({ to: '/flows/$id', params: { id: made.slug }, search: {} });
    },
    onError: (error) => toast.error(error.message),
  });
  // The keys see what is there when they are pressed.
  const now = useRef<KeyActions>({ add: () => {}, run: () => {}, runNode: () => {}, fit: () => {}, find: () => {} });
  useEffect(() => {
    now.current = {
      add: () => {
        // The first node comes after the start, whatever is chosen.
        const first = container === null && graphAt(doc, null).nodes.every(({ kind }) => kind === 'note' || kind === START);
        const from = only && findNode(doc, only)?.kind !== 'note' ? only : first ? START : null;
        if (!editor.readOnly) addAfter(from, null);
      },
      run: () => mayRun && form.onStart(),
      runNode: () => only && mayRun && tryNode(only),
      find: () => setFinding(true),
      fit: () => showAll(canvas, middle.current, { padding: 0.1 }),
    };
  });
  const [keys] = useState<KeyActions>(() => ({
    add: () => now.current.add(),
    run: () => now.current.run(),
    runNode: () => now.current.runNode(),
    fit: () => now.current.fit(),
    find: () => now.current.find(),
  }));
  useKeys(editor, keys);
  const tidy = async () => {
    const arrange = await loadArrange();
    editor.edit((before) => moveNodes(before, arrange(graphAt(before, container), container === null, before.groups)));
    requestAnimationFrame(() => showAll(canvas, middle.current, { padding: 0.12, minZoom: 0.75 }));
  };
  return (
    <div className="flex h-full flex-col">
      <Header
        flow={flow}
        saver={saver}
        view={view}
        onView={setView}
        onTidy={() => void tidy()}
        onRun={() => (form.fields.length > 0 && tab !== 'run' ? openRun() : form.onStart())}
        mayRun={mayRun}
      />
      <Suspense fallback={null}>
        <SaveNotice saver={saver} onCopy={() => copy.mutate()} copying={copy.isPending} />
      </Suspense>
      <div className="relative flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col">
          <div ref={middle} className="relative min-h-0 flex-1">
            <Suspense fallback={null}>{view === 'list' ? <ListView /> : <Canvas key={container ?? ''} onAdd={setAdding} />}</Suspense>
            {view === 'canvas' && !editor.readOnly && <AddButtons container={container} onAdd={(from) => addAfter(from, null)} />}
          </div>
          <Dock tab={tab} onTab={setTab}>
            <Suspense fallback={null}>
              {/* A run is watched while another tab is looked at. */}
              <div className={cx('min-h-full md:h-full', tab !== 'run' && 'hidden')}>
                {(run || tab === 'run') && <RunTab form={form} run={run} onKnown={onKnown} />}
              </div>
              {tab === 'problems' && <ProblemsTab />}
              {tab === 'versions' && <VersionsTab published={flow.published ?? null} saved={!saver.dirty} />}
            </Suspense>
          </Dock>
        </div>
        {/* Where there is room, the panel is always there: nothing moves away under a second click. */}
        <aside className={cx('absolute inset-y-0 end-0 z-10 w-full border-s border-line bg-surface sm:w-[340px] lg:static lg:block lg:shrink-0', !only && 'hidden')}>
          <Panel id={only ?? START} onRunNode={tryNode} onAddAfter={addAfter} />
        </aside>
      </div>
      <Suspense fallback={null}>
        {adding && <AddMenu adding={adding} onClose={() => setAdding(null)} />}
        {finding && <FindMenu at={{ x: window.innerWidth / 2 - 160, y: 96 }} onClose={() => setFinding(false)} />}
        {trying && <Trial slug={slug} doc={doc} node={trying} known={known} saver={saver} onClose={() => setTrying(null)} onRun={showRun} />}
      </Suspense>
    </div>
  );
}

/** What an empty graph begins with, and the button that adds to any. */
function AddButtons({ container, onAdd }: { container: string | null; onAdd: (from: string | null) => void }) {
  const doc = useDoc();
  const chosen = useEditor((state) => (state.nodes.size === 1 ? ([...state.nodes][0] ?? null) : null));
  const empty = graphAt(doc, container).nodes.every(({ kind }) => kind === 'note' || kind === START);
  if (empty) {
    return (
      <div className="pointer-events-none absolute inset-x-0 bottom-[18%] flex flex-col items-center gap-2 px-4 text-center">
        {container !== null && <p className="max-w-80 text-fg-2">{te('canvas.empty')}</p>}
        <Button size="lg" className="pointer-events-auto border-dashed" onClick={() => onAdd(container === null ? START : null)}>
          <Plus size={15} />
          {te('canvas.first')}
        </Button>
      </div>
    );
  }
  return (
    <Button className="absolute top-3 start-3" title="n" onClick={() => onAdd(chosen)}>
      <Plus size={15} />
      {te('canvas.add')}
    </Button>
  );
}

