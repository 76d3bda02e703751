import { AlignHorizontalDistributeCenter, AlignStartHorizontal, AlignStartVertical, AlignVerticalDistributeCenter, Copy, CopyPlus, Group, Trash2, Ungroup, Wand2, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '@/i18n';
import { Button, IconButton } from '@/ui/button';
import { aligned, type Alignment } from './align';
import { tc, tcn } from './canvas-words';
import { copyNow } from './clips';
import { graphAt, moveNodes } from './graph';
import { groupsOf, isChosen } from './groups';
import { kindName, KindIcon } from './kinds';
import { boxes, loadArrange } from './layout';
import { type FlowNode, type Point, START } from './model';
import { Frame } from './panel-parts';
import { type Editor, useDoc, useEditor, useRoom } from './store';
import { te } from './words';

/** What can be done with several nodes at once. */
export function ChosenPanel() {
  const { editor } = useRoom();
  const doc = useDoc();
  const chosen = useEditor((state) => state.nodes);
  const container = useEditor((state) => state.container);
  const all = boxes(graphAt(doc, container), container === null);
  const nodes = all.filter(({ id }) => chosen.has(id));
  const groups = groupsOf(doc, all);
  const grouped = groups.some(({ members }) => members.some((id) => chosen.has(id)));
  const whole = groups.some((one) => isChosen(one, chosen));
  return (
    <Frame
      name={tcn('chosen.title', nodes.length)}
      testId="chosen"
      head={
        <>
          <h2 className="min-w-0 flex-1 truncate text-14 font-semibold">{tcn('chosen.title', nodes.length)}</h2>
          <IconButton small label={te('panel.close')} onClick={() => editor.select([])}>
            <X size={15} />
          </IconButton>
        </>
      }
    >
      {!editor.readOnly && <Order editor={editor} nodes={nodes} />}
      <div role="group" aria-label={tc('chosen.do')} className="flex flex-wrap gap-2">
        {!editor.readOnly && !whole && <Do icon={<Group size={14} />} label={te('group.do')} keys="Ctrl G" act={() => editor.groupChosen()} />}
        {!editor.readOnly && grouped && <Do icon={<Ungroup size={14} />} label={te('group.undo')} keys="Ctrl Shift G" act={() => editor.ungroupChosen()} />}
        <Do icon={<Copy size={14} />} label={tc('menu.copy')} keys="Ctrl C" act={() => copyNow(editor)} />
        {!editor.readOnly && (
          <>
            <Do icon={<CopyPlus size={14} />} label={tc('menu.duplicate')} keys="Ctrl D" act={() => editor.duplicate()} />
            <Do danger icon={<Trash2 size={14} />} label={t('action.delete')} keys="Delete" act={() => editor.removeChosen()} />
          </>
        )}
      </div>
      <ul aria-label={tc('chosen.names')} className="flex flex-col border-t border-line pt-2">
        {nodes.map((node) => (
          <li key={node.id}>
            <button
              type="button"
              title={tc('chosen.only', { name: node.id })}
              onClick={() => editor.reveal(node.id)}
              className="flex h-8 w-full items-center gap-2 rounded-md px-1.5 text-start transition-colors hover:bg-surface-2"
            >
              <KindIcon kind={node.kind} />
              <span className="min-w-0 flex-1 truncate font-medium">{node.kind === START ? kindName(START) : node.id}</span>
              <span className="shrink-0 text-12 text-fg-2">{node.kind === START ? '' : kindName(node.kind)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Frame>
  );
}

interface DoProps {
  icon: ReactNode;
  label: string;
  keys: string;
  danger?: boolean;
  act: () => void;
}

function Do({ icon, label, keys, danger, act }: DoProps) {
  return (
    <Button size="sm" title={keys} kind={danger ? 'danger' : 'secondary'} onClick={act}>
      {icon}
      {label}
    </Button>
  );
}

const WAYS: { how: Alignment; icon: ReactNode }[] = [
  { how: 'left', icon: <AlignStartVertical size={15} /> },
  { how: 'top', icon: <AlignStartHorizontal size={15} /> },
  { how: 'across', icon: <AlignHorizontalDistributeCenter size={15} /> },
  { how: 'down', icon: <AlignVerticalDistributeCenter size={15} /> },
];

function Order({ editor, nodes }: { editor: Editor; nodes: FlowNode[] }) {
  const put = (places: Record<string, Point>) => editor.edit((doc) => moveNodes(doc, { ...editor.places(), ...places }));
  /** Lays out the chosen boxes among themselves, where the first of them stands. */
  const tidy = async () => {
    const arrange = await loadArrange();
    const { container } = editor.state;
    const ids = new Set(nodes.map(({ id }) => id));
    const graph = graphAt(editor.doc, container);
    const now = editor.places();
    const own = arrange({ nodes, edges: graph.edges.filter(({ from, to }) => ids.has(from) && ids.has(to)) }, false, editor.doc.groups);
    const corner = (side: 0 | 1) => Math.min(...nodes.map(({ id }) => now[id]?.[side] ?? 0)) - Math.min(...nodes.map(({ id }) => own[id]?.[side] ?? 0));
    const [x, y] = [corner(0), corner(1)];
    put(Object.fromEntries(Object.entries(own).map(([id, at]) => [id, [at[0] + x, at[1] + y] as Point])));
  };
  return (
    <div role="group" aria-label={tc('chosen.align')} className="flex items-center gap-1">
      {WAYS.map(({ how, icon }) => (
        <IconButton key={how} small label={tc(`chosen.${how}`)} onClick={() => put(aligned(nodes, editor.places(), how))}>
          {icon}
        </IconButton>
      ))}
      <Button size="sm" className="ms-auto" onClick={() => void tidy()}>
        <Wand2 size={14} />
        {tc('chosen.tidy')}
      </Button>
    </div>
  );
}
