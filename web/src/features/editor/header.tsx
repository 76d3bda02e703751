import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { ChevronRight, Ellipsis, List, Network, Play, Redo2, Undo2, Wand2 } from 'lucide-react';
import { Fragment, Suspense, useState } from 'react';
import { type Flow, flowQuery } from '@/features/flows/api';
import { t } from '@/i18n';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { Menu } from '@/ui/menu';
import { wayTo } from './graph';
import { MoreItems, Publish, Unpublished } from './later';
import { type Saver, useSaving } from './saver';
import { type Editor, useDoc, useEditor, useRoom } from './store';
import { te } from './words';

interface HeaderProps {
  flow: Flow;
  /** The draft, whatever is shown. */
  draft: Editor;
  saver: Saver;
  view: 'canvas' | 'list';
  onView: (view: 'canvas' | 'list') => void;
  onTidy: () => void;
  onRun: () => void;
  mayRun: boolean;
}

export function Header({ flow, draft, saver, view, onView, onTidy, onRun, mayRun }: HeaderProps) {
  const { editor } = useRoom();
  const past = useEditor((state) => state.history.past.length);
  const future = useEditor((state) => state.history.future.length);
  const [publishing, setPublishing] = useState(false);
  return (
    <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-2 gap-y-1 border-b border-line bg-surface px-3 py-1.5">
      <Trail />
      {flow.published ? <Badge tone="ok">{te('head.published', { number: flow.published })}</Badge> : <Badge>{te('head.draft')}</Badge>}
      {flow.published && (
        <Suspense fallback={null}>
          <Unpublished flow={flow} number={flow.published} draft={draft} />
        </Suspense>
      )}
      <SavedText saver={saver} />
      <div className="ms-auto flex flex-wrap items-center gap-1">
        {!editor.readOnly && (
          <>
            <IconButton small label={te('head.undo')} disabled={past === 0} onClick={() => editor.undo()}>
              <Undo2 size={15} />
            </IconButton>
            <IconButton small label={te('head.redo')} disabled={future === 0} onClick={() => editor.redo()}>
              <Redo2 size={15} />
            </IconButton>
            <IconButton small label={te('head.tidy')} className="max-md:hidden" onClick={onTidy}>
              <Wand2 size={15} />
            </IconButton>
          </>
        )}
        <IconButton small label={view === 'canvas' ? te('head.list') : te('head.canvas')} onClick={() => onView(view === 'canvas' ? 'list' : 'canvas')}>
          {view === 'canvas' ? <List size={15} /> : <Network size={15} />}
        </IconButton>
        <MoreMenu flow={flow} draft={draft} />
        {mayRun && (
          <Button size="sm" onClick={onRun} title={te('head.run.hint')}>
            <Play size={13} />
            {te('head.run')}
          </Button>
        )}
        {!editor.readOnly && (
          <Button size="sm" kind="primary" onClick={() => setPublishing(true)}>
            {te('head.publish')}
          </Button>
        )}
      </div>
      {publishing && (
        <Suspense fallback={null}>
          <Publish flow={flow} saver={saver} onClose={() => setPublishing(false)} />
        </Suspense>
      )}
    </header>
  );
}

/** Where one is: the flows, this flow, and the containers one has entered. */
function Trail() {
  const { editor } = useRoom();
  const { from } = useSearch({ from: '/app/flows/$id' });
  const doc = useDoc();
  const container = useEditor((state) => state.container);
  const way = container === null ? [] : [...(wayTo(doc, container) ?? []), container];
  const crumb = 'min-w-0 truncate rounded-sm text-fg-2 hover:text-fg';
  return (
    <nav aria-label={te('head.trail')} className="flex min-w-0 items-center gap-1">
      <Link to="/flows" className={`${crumb} shrink-0`}>
        {t('nav.flows')}
      </Link>
      <ChevronRight size={13} aria-hidden="true" className="shrink-0 text-fg-3" />
      {from && <Caller slug={from} crumb={crumb} />}
      <h1 className="min-w-0 max-w-72 truncate font-semibold">
        {way.length > 0 ? (
          <button type="button" className={crumb} onClick={() => editor.enter(null)}>
            {doc.name}
          </button>
        ) : (
          doc.name
        )}
      </h1>
      {way.map((id, at) => (
        <Fragment key={id}>
          <ChevronRight size={13} aria-hidden="true" className="shrink-0 text-fg-3" />
          {at === way.length - 1 ? (
            <span aria-current="location" className="min-w-0 truncate font-semibold">
              {id}
            </span>
          ) : (
            <button type="button" className={crumb} onClick={() => editor.enter(id)}>
              {id}
            </button>
          )}
        </Fragment>
      ))}
    </nav>
  );
}

/** The flow that calls this one, where one came from. */
function Caller({ slug, crumb }: { slug: string; crumb: string }) {
  const { data } = useQuery({ ...flowQuery(slug), retry: false });
  return (
    <>
      <Link to="/flows/$id" params={{ id: slug }} search={{}} className={crumb}>
        {data?.name ?? slug}
      </Link>
      <ChevronRight size={13} aria-hidden="true" className="shrink-0 text-fg-3" />
    </>
  );
}

function SavedText({ saver }: { saver: Saver }) {
  const { editor } = useRoom();
  const { as } = useSaving(saver);
  return (
    <span role="status" data-testid="save-state" data-state={as} className={as === 'failed' || as === 'conflict' ? 'text-12 text-bad' : 'text-12 text-fg-2'}>
      {editor.readOnly ? te('save.readOnly') : te(`save.${as}`)}
    </span>
  );
}

function MoreMenu({ flow, draft }: { flow: Flow; draft: Editor }) {
  return (
    <Menu
      trigger={
        <IconButton small label={te('head.more')}>
          <Ellipsis size={16} />
        </IconButton>
      }
    >
      <Suspense fallback={null}>
        <MoreItems flow={flow} draft={draft} />
      </Suspense>
    </Menu>
  );
}
