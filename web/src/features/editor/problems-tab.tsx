import { CircleCheck } from 'lucide-react';
import { START } from './model';
import { KindIcon, kindName } from './kinds';
import { findNode } from './graph';
import { said } from '@/features/said/said';
import { useDoc, useEditor, useRoom } from './store';
import { tl } from './late-words';
import { te } from './words';

/** Everything that is wrong; each leads to where it is put right. */
export function ProblemsTab() {
  const problems = useEditor((state) => state.problems);
  const checked = useEditor((state) => state.checked);
  if (problems.length === 0) {
    return (
      <p className="flex items-center gap-2 p-4 text-fg-2" role="status">
        {checked && <CircleCheck size={15} className="text-ok" aria-hidden="true" />}
        {checked ? tl('problems.none') : tl('problems.checking')}
      </p>
    );
  }
  return <ProblemList />;
}

/** What is wrong with the flow, problem by problem. */
export function ProblemList({ onLead }: { onLead?: () => void }) {
  const { editor } = useRoom();
  const doc = useDoc();
  const problems = useEditor((state) => state.problems);
  return (
    <ul aria-label={te('dock.problems')} className="divide-y divide-line">
      {problems.map(({ node, field, message, fix }) => (
        <li key={`${node} ${field} ${message}`}>
          <button
            type="button"
            data-testid="problem"
            className="flex w-full items-start gap-2.5 px-4 py-2 text-start transition-colors hover:bg-surface-2 focus-visible:-outline-offset-2"
            onClick={() => {
              onLead?.();
              editor.reveal(node ?? START, field);
            }}
          >
            <span className="mt-0.5">
              <KindIcon kind={node ? (findNode(doc, node)?.kind ?? '') : START} />
            </span>
            <span className="min-w-0 flex-1">
              <span className="block">
                <span className="font-medium">{node ?? kindName(START)}</span>
                {field && <span className="ms-2 font-mono text-11 text-fg-2">{field}</span>}
              </span>
              <span className="block break-words">
                {said(message)} <span className="text-fg-2">{said(fix)}</span>
              </span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
