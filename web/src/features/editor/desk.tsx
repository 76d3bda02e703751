import { ReactFlowProvider, useReactFlow } from '@xyflow/react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { createFlow, type Flow, flowQuery } from '@/features/flows/api';
import type { Run } from '@/features/runs/api';
import { usePermission } from '@/features/session/api';
import { said } from '@/features/said/said';
import { queryClient } from '@/api/query-client';
import { cx } from '@/ui/cx';
import { toast } from '@/ui/toast';
import type { Adding } from './add-menu';
import { Dock, type DockTab } from './dock';
import { findNode, graphAt, moveNodes, wayTo } from './graph';
import { Header } from './header';
import { type KeyActions, useKeys } from './keyboard';
import { AddMenu, Canvas, fetchTheRest, FindMenu, HistoryTab, ListView, OtherVersion, ProblemsTab, RunTab, SaveNotice, VariablesTab, VersionsTab } from './later';
import { loadArrange } from './layout';
import { type FlowDoc, fromWire, START, toWire } from './model';
import { showAll } from './motion';
import { Panel } from './panel';
import type { Other } from './other-version';
import type { Asked } from './run-tab';
import { Saver } from './saver';
import type { FlowSchema } from './schema';
import { Editor, EditorContext, useDoc, useEditor, useRoom } from './store';
import { useProblems } from './use-problems';
import { useView } from './use-view';
import type { Drawn } from './watched';
import { te } from './words';

interface DeskProps {
  flow: Flow;
  schema: FlowSchema;
  readOnly: boolean;
}

/** An editor that shows what the address says is looked at. */
function openAt(doc: FlowDoc, readOnly: boolean, { node, in: container }: { node?: string | undefined; in?: string | undefined }): Editor {
  const editor = new Editor(doc, readOnly);
  if (node && findNode(doc, node)) editor.reveal(node);
  else if (container && wayTo(doc, container)) editor.enter(container);
  return editor;
}

/** Lays out one flow for editing. */
export function Desk({ flow, schema, readOnly }: DeskProps) {
  const search = useSearch({ from: '/app/flows/$id' });
  const [room] = useState(() => {
    const { slug: _, ...doc } = fromWire(flow.draft.document);
    const editor = openAt(doc, readOnly, search);
    const saver = new Saver(flow.slug, editor, flow.draft.version, (saved) => {
      for (const id of [flow.slug, flow.id]) queryClient.setQueryData(flowQuery(id).queryKey, saved as Flow);
    });
    return { editor, schema, slug: flow.slug, saver };
  });
  // What is looked at in place of the draft: it may not be changed.
  const [shown, setShown] = useState<{ key: string; editor: Editor } | null>(null);
  const place = useRef(search);
  place.current = search;
  const show = useCallback((other: Other | null) => setShown(other && { key: other.key, editor: openAt(other.doc, true, place.current) }), []);
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
    <EditorContext value={shown ? { ...room, editor: shown.editor } : room}>
      <ReactFlowProvider>
        <Laid flow={flow} saver={room.saver} draft={room.editor} shown={shown?.key ?? null} onShow={show} />
      </ReactFlowProvider>
    </EditorContext>
  );
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

interface LaidProps {
  flow: Flow;
  saver: Saver;
  draft: Editor;
  /** What is shown in place of the draft. */
  shown: string | null;
  onShow: (other: Other | null) => void;
}

function Laid({ flow, saver, draft, shown, onShow }: LaidProps) {
  const { editor, slug } = useRoom();
  const { run = null, v = null } = useSearch({ from: '/app/flows/$id' });
  const navigate = useNavigate({ from: '/flows/$id' });
  const canvas = useReactFlow();
  const mayRun = usePermission('runs.inline');
  const doc = useDoc();
  const container = useEditor((state) => state.container);
  const only = useEditor((state) => (state.nodes.size === 1 ? ([...state.nodes][0] ?? null) : null));
  const [view, setView] = useView();
  const [tab, setTab] = useState<DockTab | null>(run ? 'run' : null);
  const [adding, setAdding] = useState<Adding | null>(null);
  const [finding, setFinding] = useState(false);
  const [trying, setTrying] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked>({ times: 0, now: false });
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  // Runs that were begun here are drawn over the draft, and those whose own graph is wanted are not.
  const [mine] = useState(() => new Set<string>());
  const [own, setOwn] = useState<string | null>(null);
  const middle = useRef<HTMLDivElement>(null);
  const [stage, setStage] = useState<HTMLElement | null>(null);
  useProblems();
  usePlaceInAddress();
  const openRun = () => {
    setTab('run');
    // On a phone the panel would cover it.
    if (matchMedia('(max-width: 639px)').matches) editor.select([]);
  };
  const draw = (id: string | null) => void navigate({ search: (before) => ({ ...before, run: id ?? undefined, v: undefined }), replace: true });
  const showRun = ({ id }: Run) => {
    mine.add(id);
    openRun();
    draw(id);
  };
  const ask = (now: boolean) => {
    setTrying(null);
    setAsked(({ times }) => ({ times: times + 1, now }));
  };
  const addAfter = (id: string | null, handle: string | null) => {
    const area = middle.current?.getBoundingClientRect();
    const box = document.querySelector(`[data-testid="node"][data-id="${id ? CSS.escape(id) : ''}"]`)?.getBoundingClientRect();
    const at = box ? { x: box.right + 24, y: box.top } : { x: (area?.left ?? 0) + 80, y: (area?.top ?? 0) + 80 };
    setAdding({ at, from: id ? { node: id, handle } : null });
  };
  const tryNode = (id: string) => {
    if (shown || editor.readOnly || id === START) return;
    if (wayTo(doc, id)?.length) {
      toast.error(te('trial.inside'));
      return;
    }
    setTrying(id);
    openRun();
  };
  const copy = useMutation({
    mutationFn: () => createFlow({ ...toWire(editor.doc), name: te('conflict.name', { name: editor.doc.name }).slice(0, 100) }),
    onSuccess: (made) => {
      toast.success(te('conflict.copied', { name: made.name }));
      saver.takeTheirs();
      void navigate({ to: '/flows/$id', params: { id: made.slug }, search: {} });
    },
    onError: (error) => toast.error(said(error.message)),
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
      run: () => mayRun && !shown && ask(true),
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
        draft={draft}
        saver={saver}
        view={view}
        onView={setView}
        onTidy={() => void tidy()}
        onRun={() => {
          ask(tab === 'run' && !trying);
          openRun();
        }}
        mayRun={mayRun && !shown}
      />
      <Suspense fallback={null}>
        <SaveNotice saver={saver} onCopy={() => copy.mutate()} copying={copy.isPending} />
        {(run || v) && <OtherVersion flow={flow} draft={draft} run={run} version={v} mine={mine} own={own} onShow={onShow} />}
      </Suspense>
      <div className="relative flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col">
          <div ref={middle} className="relative min-h-0 flex-1">
            <Suspense fallback={null}>
              {view === 'list' ? <ListView onAdd={keys.add} /> : <Canvas key={`${shown ?? ''} ${container ?? ''}`} onAdd={setAdding} actions={{ ...keys, tidy: () => void tidy() }} />}
            </Suspense>
            <div ref={setStage} className="contents" />
          </div>
          <Dock tab={tab} onTab={setTab}>
            <Suspense fallback={null}>
              {/* A run is watched while another tab is looked at. */}
              <div className={cx('min-h-full md:h-full', tab !== 'run' && 'hidden')}>
                {(run || tab === 'run' || asked.times > 0) && (
                  <RunTab
                    slug={slug}
                    flow={flow.id}
                    draft={draft}
                    saver={saver}
                    mayRun={mayRun}
                    asked={asked}
                    run={run}
                    drawn={drawn?.run === run ? drawn : null}
                    trying={shown ? null : trying}
                    onTryingEnd={() => setTrying(null)}
                    onDrawn={setDrawn}
                    onRun={showRun}
                    onDraw={draw}
                    onWrong={openRun}
                    stage={stage}
                    onOwn={shown || own === run ? null : () => setOwn(run)}
                  />
                )}
              </div>
              {tab === 'variables' && <VariablesTab run={run} drawn={drawn?.run === run ? drawn : null} />}
              {tab === 'problems' && <ProblemsTab />}
              {tab === 'history' && <HistoryTab flow={flow.id} run={run} onChoose={draw} />}
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
      </Suspense>
    </div>
  );
}
