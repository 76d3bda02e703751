import { CircleAlert, Plus } from 'lucide-react';
import { formatMs } from '@/features/runs/measure';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { fillIn, graphAt } from './graph';
import { toneOf } from './frame';
import { type Grouped, groupsOf } from './groups';
import { kindName, KindIcon } from './kinds';
import { boxes } from './layout';
import { type FlowNode, type Graph, type Group, START } from './model';
import { isYetToCome } from './problems';
import { useDoc, useEditor, useRoom } from './store';
import { summaryOf } from './summary';
import { tl } from './late-words';
import { te } from './words';

/** Nodes in the order they can run in; notes, and what a circle holds, come last. */
export function inOrder(graph: Graph, withStart: boolean): FlowNode[] {
  const all = boxes(graph, withStart);
  const open = new Map(all.map(({ id }) => [id, graph.edges.filter((edge) => edge.to === id && all.some((node) => node.id === edge.from)).length]));
  const ordered: FlowNode[] = [];
  const ready = all.filter((node) => open.get(node.id) === 0 && node.kind !== 'note');
  for (let node = ready.shift(); node; node = ready.shift()) {
    ordered.push(node);
    for (const { from, to } of graph.edges) {
      if (from !== node.id) continue;
      const left = (open.get(to) ?? 0) - 1;
      open.set(to, left);
      const next = left === 0 ? all.find(({ id }) => id === to) : undefined;
      if (next) ready.push(next);
    }
  }
  return [...ordered, ...all.filter((node) => !ordered.includes(node))];
}

/** The graph as a list: for screen readers, for phones, and for whoever likes lists. */
export function ListView({ onAdd }: { onAdd: () => void }) {
  const { editor } = useRoom();
  const doc = useDoc();
  return (
    <div className="scroll-thin h-full overflow-y-auto bg-bg p-3 md:p-5">
      {!editor.readOnly && (
        <div className="mx-auto mb-3 max-w-[720px]">
          <Button title="n" onClick={onAdd}>
            <Plus size={15} />
            {te('canvas.add')}
          </Button>
        </div>
      )}
      <div className="mx-auto max-w-[720px] rounded-lg border border-line bg-surface py-1.5">
        <Level graph={graphAt(doc, null)} label={tl('list.label')} withStart depth={0} />
      </div>
    </div>
  );
}

/** The nodes in order; those of a group are together, where its first one stands. */
export function inGroups(ordered: FlowNode[], groups: Grouped[]): (FlowNode | { group: Group; nodes: FlowNode[] })[] {
  const homes = new Map(groups.flatMap(({ group, members }) => members.map((id) => [id, group] as const)));
  const told = new Set<Group>();
  return ordered.flatMap((node): (FlowNode | { group: Group; nodes: FlowNode[] })[] => {
    const group = homes.get(node.id);
    if (!group) return [node];
    if (told.has(group)) return [];
    told.add(group);
    return [{ group, nodes: ordered.filter(({ id }) => homes.get(id) === group) }];
  });
}

function Level({ graph, label, withStart, depth }: { graph: Graph; label: string; withStart: boolean; depth: number }) {
  const doc = useDoc();
  const parts = inGroups(inOrder(graph, withStart), groupsOf(doc, boxes(graph, withStart)));
  return (
    <ul aria-label={label}>
      {parts.map((part) =>
        'group' in part ? (
          <li key={`group ${part.group.id}`} data-testid="list-group">
            <p className="flex items-center gap-2.5 py-1.5 pe-4 font-medium" style={{ paddingLeft: 16 + depth * 24 }}>
              <span aria-hidden="true" className="size-2.5 rounded-full" style={{ background: toneOf(part.group.colour) }} />
              {part.group.title || te('group.untitled')}
            </p>
            <ul aria-label={tl('list.group', { name: part.group.title || te('group.untitled') })}>
              {part.nodes.map((node) => (
                <Entry key={node.id} node={node} graph={graph} depth={depth + 1} />
              ))}
            </ul>
          </li>
        ) : (
          <Entry key={part.id} node={part} graph={graph} depth={depth} />
        ),
      )}
    </ul>
  );
}

function Entry({ node, graph, depth }: { node: FlowNode; graph: Graph; depth: number }) {
  return (
    <li>
      <Row node={node} graph={graph} depth={depth} />
      {node.body && <Level graph={fillIn(node.body)} label={tl('list.inside', { name: node.id })} withStart={false} depth={depth + 1} />}
    </li>
  );
}

function Row({ node, graph, depth }: { node: FlowNode; graph: Graph; depth: number }) {
  const { editor } = useRoom();
  const chosen = useEditor((state) => state.nodes.has(node.id));
  const trace = useEditor((state) => state.overlay.get(node.id));
  const wrong = useEditor((state) => state.problems.filter((problem) => (problem.node ?? START) === node.id && !isYetToCome(state.fresh, problem)).length);
  const next = graph.edges.filter((edge) => edge.from === node.id).map((edge) => (edge.handle ? `${edge.handle} → ${edge.to}` : edge.to));
  return (
    <button
      type="button"
      aria-pressed={chosen}
      data-testid="list-node"
      data-id={node.id}
      onClick={() => editor.reveal(node.id)}
      style={{ paddingLeft: 16 + depth * 24 }}
      className={cx('flex w-full items-center gap-2.5 py-1.5 pe-4 text-start transition-colors', chosen ? 'bg-accent-soft' : 'hover:bg-surface-2')}
    >
      <KindIcon kind={node.kind} size={16} />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className="truncate font-medium">{node.kind === START ? kindName(START) : node.id}</span>
          <span className="shrink-0 text-12 text-fg-2">{node.kind === START ? '' : kindName(node.kind)}</span>
        </span>
        <span className="block truncate text-12 text-fg-2">{summaryOf(node)}</span>
        {next.length > 0 && <span className="block text-12 text-fg-2">{tl('list.leads', { names: next.join(', ') })}</span>}
      </span>
      {trace && (
        <Badge tone={({ done: 'ok', failed: 'bad', running: 'accent', skipped: 'neutral' } as const)[trace.status]}>
          {te(`trace.${trace.status}`)}
          {trace.ms !== null && trace.status !== 'skipped' && ` · ${formatMs(trace.ms)}`}
        </Badge>
      )}
      {wrong > 0 && (
        <span className="flex shrink-0 items-center gap-1 text-12 text-bad">
          <CircleAlert size={14} aria-hidden="true" />
          <span className="sr-only">{te('node.wrong')}</span>
          {wrong}
        </span>
      )}
    </button>
  );
}
