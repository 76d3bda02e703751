import { useNavigate } from '@tanstack/react-router';
import { ClipboardPaste, Copy, CopyPlus, Group, LogIn, Maximize, MousePointerSquareDashed, Play, Plus, Scissors, Search, Trash2, Ungroup, Wand2 } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef } from 'react';
import { t } from '@/i18n';
import { MenuItem, MenuLine } from '@/ui/menu';
import type { Adding } from './add-menu';
import { tc } from './canvas-words';
import { copyNow, pasteNow } from './clips';
import { disconnect, findNode, graphAt } from './graph';
import { edgeKey } from './keys';
import type { KeyActions } from './keyboard';
import { boxes } from './layout';
import { isContainer, type Point } from './model';
import { useEditor, useRoom } from './store';

/** Where a menu was asked for, and of what. */
export interface MenuAt {
  x: number;
  y: number;
  /** The same place in the graph. */
  place: Point;
  on: 'nodes' | 'canvas' | 'edge';
  /** The key of the edge. */
  edge?: string;
}

export interface CanvasActions extends KeyActions {
  tidy: () => void;
}

interface CanvasMenuProps {
  at: MenuAt;
  actions: CanvasActions;
  onAdd: (adding: Adding) => void;
  onClose: () => void;
}

const EDGE = 8;

/** What the keys do, for a mouse and for a finger that rests. */
export function CanvasMenu({ at, actions, onAdd, onClose }: CanvasMenuProps) {
  const box = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const menu = box.current;
    if (!menu) return;
    menu.showPopover();
    menu.style.left = `${Math.max(EDGE, Math.min(at.x, window.innerWidth - menu.offsetWidth - EDGE))}px`;
    menu.style.top = `${Math.max(EDGE, Math.min(at.y, window.innerHeight - menu.offsetHeight - EDGE))}px`;
    menu.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
  }, [at]);
  useEffect(() => {
    const menu = box.current;
    const before = document.activeElement;
    const toggled = (event: Event) => (event as ToggleEvent).newState === 'closed' && close.current();
    menu?.addEventListener('toggle', toggled);
    return () => {
      menu?.removeEventListener('toggle', toggled);
      if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body) before.focus();
    };
  }, []);
  const press = (event: KeyboardEvent) => {
    const all = [...(box.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const now = all.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === 'Tab') onClose();
    if (next === undefined) return;
    event.preventDefault();
    all.at(next % all.length)?.focus();
  };
  return (
    <div
      ref={box}
      popover="auto"
      role="menu"
      tabIndex={-1}
      aria-label={tc('menu.label')}
      onKeyDown={press}
      className="open:animate-pop fixed m-0 min-w-52 rounded-lg border border-line bg-surface p-1 text-fg shadow-pop"
    >
      <Items at={at} actions={actions} onAdd={onAdd} onClose={onClose} />
    </div>
  );
}

function Items(props: CanvasMenuProps) {
  if (props.at.on === 'edge') return <EdgeItems {...props} />;
  return props.at.on === 'nodes' ? <NodeItems {...props} /> : <PaneItems {...props} />;
}

interface ItemProps {
  icon: ReactNode;
  keys?: string;
  danger?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

/** One thing to do, with the keys that do it, too. */
function Item({ icon, keys, danger, onSelect, children }: ItemProps) {
  return (
    <MenuItem icon={icon} danger={danger ?? false} onSelect={onSelect}>
      <span className="flex-1">{children}</span>
      {keys && <kbd className="ps-4 font-mono text-11 text-fg-3">{keys}</kbd>}
    </MenuItem>
  );
}

function NodeItems({ at, actions, onAdd, onClose }: CanvasMenuProps) {
  const { editor } = useRoom();
  const navigate = useNavigate();
  const chosen = useEditor((state) => state.nodes);
  const doc = editor.doc;
  const only = chosen.size === 1 ? findNode(doc, [...chosen][0] ?? '') : null;
  const grouped = doc.groups?.some(({ nodes }) => nodes.some((id) => chosen.has(id)));
  const called = only?.kind === 'subflow' && typeof only.settings?.flow === 'string' ? only.settings.flow : '';
  const done = (act: () => void) => () => {
    onClose();
    act();
  };
  const mayChange = !editor.readOnly;
  const runs = only && only.kind !== 'note' && only.kind !== 'break' && only.kind !== 'start' && !isContainer(only.kind);
  return (
    <>
      {only && isContainer(only.kind) && (
        <Item icon={<LogIn size={14} />} onSelect={done(() => editor.enter(only.id))}>
          {tc('menu.open')}
        </Item>
      )}
      {called && (
        <Item icon={<LogIn size={14} />} onSelect={done(() => void navigate({ to: '/flows/$id', params: { id: called }, search: {} }))}>
          {tc('menu.openFlow')}
        </Item>
      )}
      {runs && mayChange && (
        <Item icon={<Play size={14} />} keys="Alt Enter" onSelect={done(actions.runNode)}>
          {tc('menu.run')}
        </Item>
      )}
      {only && only.kind !== 'note' && mayChange && (
        <Item icon={<Plus size={14} />} keys="n" onSelect={done(() => onAdd({ at, from: { node: only.id, handle: null } }))}>
          {tc('menu.addAfter')}
        </Item>
      )}
      <Item icon={<Copy size={14} />} keys="Ctrl C" onSelect={done(() => copyNow(editor))}>
        {tc('menu.copy')}
      </Item>
      {mayChange && (
        <>
          <Item
            icon={<Scissors size={14} />}
            keys="Ctrl X"
            onSelect={done(() => {
              copyNow(editor);
              editor.removeChosen();
            })}
          >
            {tc('menu.cut')}
          </Item>
          <Item icon={<CopyPlus size={14} />} keys="Ctrl D" onSelect={done(() => editor.duplicate())}>
            {tc('menu.duplicate')}
          </Item>
          {chosen.size > 1 && (
            <Item icon={<Group size={14} />} keys="Ctrl G" onSelect={done(() => editor.groupChosen())}>
              {tc('menu.group')}
            </Item>
          )}
          {grouped && (
            <Item icon={<Ungroup size={14} />} keys="Ctrl Shift G" onSelect={done(() => editor.ungroupChosen())}>
              {tc('menu.ungroup')}
            </Item>
          )}
          <MenuLine />
          <Item danger icon={<Trash2 size={14} />} keys="Delete" onSelect={done(() => editor.removeChosen())}>
            {t('action.delete')}
          </Item>
        </>
      )}
    </>
  );
}

function PaneItems({ at, actions, onAdd, onClose }: CanvasMenuProps) {
  const { editor } = useRoom();
  const done = (act: () => void) => () => {
    onClose();
    act();
  };
  const { container } = editor.state;
  const all = boxes(graphAt(editor.doc, container), container === null).map(({ id }) => id);
  return (
    <>
      {!editor.readOnly && (
        <>
          <Item icon={<Plus size={14} />} onSelect={done(() => onAdd({ at, place: at.place, from: null }))}>
            {tc('menu.add')}
          </Item>
          <Item icon={<ClipboardPaste size={14} />} keys="Ctrl V" onSelect={done(() => void pasteNow(editor))}>
            {tc('menu.paste')}
          </Item>
        </>
      )}
      <Item icon={<MousePointerSquareDashed size={14} />} keys="Ctrl A" onSelect={done(() => editor.select(all))}>
        {tc('menu.all')}
      </Item>
      <Item icon={<Search size={14} />} keys="/" onSelect={done(actions.find)}>
        {tc('menu.find')}
      </Item>
      <MenuLine />
      {!editor.readOnly && (
        <Item icon={<Wand2 size={14} />} onSelect={done(actions.tidy)}>
          {tc('menu.tidy')}
        </Item>
      )}
      <Item icon={<Maximize size={14} />} keys="1" onSelect={done(actions.fit)}>
        {tc('menu.fit')}
      </Item>
    </>
  );
}

function EdgeItems({ at, onAdd, onClose }: CanvasMenuProps) {
  const { editor } = useRoom();
  const { container } = editor.state;
  const edge = graphAt(editor.doc, container).edges.find((one) => edgeKey(one) === at.edge);
  if (!edge) return null;
  return (
    <>
      <Item
        icon={<Plus size={14} />}
        onSelect={() => {
          onClose();
          onAdd({ at, from: { node: edge.from, handle: edge.handle ?? null }, into: edge });
        }}
      >
        {tc('menu.insert')}
      </Item>
      <Item
        danger
        icon={<Trash2 size={14} />}
        keys="Delete"
        onSelect={() => {
          onClose();
          editor.edit((doc) => disconnect(doc, container, [edge]));
        }}
      >
        {tc('menu.cutEdge')}
      </Item>
    </>
  );
}
