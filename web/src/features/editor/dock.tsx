import { ChevronDown, ChevronUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { useEditor } from './store';
import { te } from './words';

export type DockTab = 'run' | 'problems' | 'versions';
const TABS: DockTab[] = ['run', 'problems', 'versions'];

interface DockProps {
  tab: DockTab | null;
  onTab: (tab: DockTab | null) => void;
  children: ReactNode;
}

/** What is said about the flow, below the canvas: its run, its problems, its versions. */
export function Dock({ tab, onTab, children }: DockProps) {
  const problems = useEditor((state) => state.problems.length);
  return (
    <section aria-label={te('dock.label')} className="flex shrink-0 flex-col border-t border-line bg-surface">
      <div className="flex h-9 shrink-0 items-center gap-1 px-2">
        <div role="tablist" aria-label={te('dock.label')} className="flex gap-0.5">
          {TABS.map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              id={`dock-${one}`}
              aria-selected={tab === one}
              aria-controls="dock-panel"
              onClick={() => onTab(tab === one ? null : one)}
              className={cx('flex h-7 items-center gap-1.5 rounded-md px-2 transition-colors', tab === one ? 'bg-surface-3 font-medium' : 'text-fg-2 hover:bg-surface-3 hover:text-fg')}
            >
              {te(`dock.${one}`)}
              {one === 'problems' && problems > 0 && <Badge tone="bad">{problems}</Badge>}
            </button>
          ))}
        </div>
        <IconButton small className="ms-auto" label={tab ? te('dock.close') : te('dock.open')} onClick={() => onTab(tab ? null : 'run')}>
          {tab ? <ChevronDown size={15} /> : <ChevronUp size={15} />}
        </IconButton>
      </div>
      <div
        id="dock-panel"
        role="tabpanel"
        aria-labelledby={`dock-${tab ?? 'run'}`}
        tabIndex={0}
        className={cx('scroll-thin h-[34vh] min-h-44 overflow-y-auto border-t border-line focus-visible:-outline-offset-2', !tab && 'hidden')}
      >
        {children}
      </div>
    </section>
  );
}
