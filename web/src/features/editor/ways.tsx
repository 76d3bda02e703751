import { CornerDownRight, X } from 'lucide-react';
import { saidWay } from '@/features/said/said';
import { Button, IconButton } from '@/ui/button';
import { connect, disconnect, graphAt, mayConnect, outletsOf } from './graph';
import type { FlowEdge, FlowNode } from './model';
import { type Editor, useDoc, useEditor } from './store';
import { te } from './words';

interface WaysProps {
  editor: Editor;
  node: FlowNode;
  onAddAfter: (id: string, handle: string | null) => void;
}

/** Where a node leads, way by way: what the canvas draws, for the keyboard and for screen readers. */
export function Ways({ editor, node, onAddAfter }: WaysProps) {
  const container = useEditor((state) => state.container);
  const doc = useDoc();
  const graph = graphAt(doc, container);
  const ways = outletsOf(node);
  if (ways.length === 0) return null;
  const go = (edge: FlowEdge) => editor.edit((before) => connect(before, container, edge));
  return (
    <div className="border-t border-line pt-3">
      <h2 className="font-medium">{te('ways.title')}</h2>
      <ul className="mt-2 flex flex-col gap-2.5">
        {ways.map(({ handle }) => {
          const edges = graph.edges.filter((edge) => edge.from === node.id && (edge.handle ?? null) === handle);
          const others = graph.nodes.filter(({ id }) => mayConnect(graph, { from: node.id, to: id, handle }));
          const name = handle === null ? te('ways.next') : saidWay(handle);
          return (
            <li key={name}>
              {handle !== null && <p className="mb-1 font-mono text-12 text-fg-2">{name}</p>}
              {edges.map((edge) => (
                <p key={edge.to} className="flex h-7 items-center gap-1.5">
                  <CornerDownRight size={13} aria-hidden="true" className="shrink-0 text-fg-3" />
                  <button type="button" className="min-w-0 truncate rounded-sm hover:underline" onClick={() => editor.reveal(edge.to)}>
                    {edge.to}
                  </button>
                  {!editor.readOnly && (
                    <IconButton small className="ms-auto" label={te('ways.remove', { name: edge.to })} onClick={() => editor.edit((before) => disconnect(before, container, [edge]))}>
                      <X size={13} />
                    </IconButton>
                  )}
                </p>
              ))}
              {!editor.readOnly && (
                <div className="flex gap-1.5">
                  <select
                    aria-label={te('ways.to', { name })}
                    className="h-7 min-w-0 flex-1 rounded-md border border-line-strong bg-surface px-1.5 text-12"
                    value=""
                    onChange={(event) => go({ from: node.id, to: event.target.value, handle })}
                  >
                    <option value="">{te('ways.choose')}</option>
                    {others.map(({ id }) => (
                      <option key={id} value={id}>
                        {id}
                      </option>
                    ))}
                  </select>
                  <Button size="sm" onClick={() => onAddAfter(node.id, handle)}>
                    {te('ways.new')}
                  </Button>
                </div>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
