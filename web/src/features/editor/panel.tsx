import { Suspense } from 'react';
import { FlowPanel } from './flow-panel';
import { findNode } from './graph';
import { ChosenPanel, NodePanel } from './later';
import { START } from './model';
import { useDoc, useEditor, useRoom } from './store';

export interface PanelProps {
  id: string;
  onRunNode: (id: string) => void;
  onAddAfter: (id: string, handle: string | null) => void;
}

/** The settings of one node, or of the flow when its start is chosen. */
export function Panel({ id, onRunNode, onAddAfter }: PanelProps) {
  const { editor } = useRoom();
  const doc = useDoc();
  const inside = useEditor((state) => (state.nodes.size === 0 ? state.container : null));
  const several = useEditor((state) => state.nodes.size > 1);
  if (several) {
    return (
      <Suspense fallback={null}>
        <ChosenPanel />
      </Suspense>
    );
  }
  // Inside a container, what is not about one of its nodes is about the container.
  const node = findNode(doc, inside ?? id);
  if (!node) return null;
  if (node.kind === START) return <FlowPanel doc={doc} onAddAfter={onAddAfter} />;
  return (
    <Suspense fallback={null}>
      <NodePanel key={node.id} editor={editor} doc={doc} node={node} onRunNode={onRunNode} onAddAfter={onAddAfter} />
    </Suspense>
  );
}
