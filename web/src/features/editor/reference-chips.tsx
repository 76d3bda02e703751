import { CircleAlert } from 'lucide-react';
import { cx } from '@/ui/cx';
import { useCalledOutputs } from './called';
import { KindIcon } from './kinds';
import { tl } from './late-words';
import type { Named } from './references';
import { scopeOf } from './scope';
import { useDoc } from './store';

interface ReferenceChipsProps {
  node: string;
  field: string;
  named: Named[];
  /** Marks a value in the text. */
  onShow: (one: Named) => void;
}

/** The values that a text names, as chips: which node gives each, and which of them nothing gives. */
export function ReferenceChips({ node, field, named, onShow }: ReferenceChipsProps) {
  const doc = useDoc();
  const called = useCalledOutputs(doc);
  const roots = new Map(scopeOf(doc, node, field, called).map((root) => [root.name, root]));
  return (
    <ul aria-label={tl('chips.label')} className="mt-1 flex flex-wrap gap-1">
      {named.map((one) => {
        const root = roots.get(one.root);
        return (
          <li key={one.from} className="min-w-0">
            <button
              type="button"
              data-testid="reference"
              data-known={root !== undefined}
              title={root ? tl('chips.show') : tl('chips.unknown')}
              onClick={() => onShow(one)}
              className={cx('flex h-6 max-w-full items-center gap-1 rounded-sm border px-1.5 font-mono text-11 transition-colors', root ? 'border-line bg-surface-2 hover:border-line-strong' : 'border-bad bg-bad-soft text-bad')}
            >
              {root ? root.kind && <KindIcon kind={root.kind} size={12} /> : <CircleAlert size={12} aria-hidden="true" className="shrink-0" />}
              <span className="truncate">{one.name}</span>
              {!root && <span className="sr-only">{tl('chips.unknown')}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
