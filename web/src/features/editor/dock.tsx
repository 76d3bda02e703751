import { ChevronDown, ChevronUp } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { readStored, writeStored } from '@/api/stored';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { useEditor } from './store';
import { te } from './words';

const TABS = ['run', 'variables', 'problems', 'history', 'versions'] as const;
export type DockTab = (typeof TABS)[number];

const KEPT = 'headwater.dock';
const LEAST = 176;
const STEP = 32;

interface EdgeProps {
  height: number | null;
  now: () => number;
  onHeight: (height: number | null) => void;
}

/** The upper edge: dragged, or moved by the arrow keys; a double click puts it back. */
function Edge({ height, now, onHeight }: EdgeProps) {
  const held = useRef<number | null>(null);
  const set = (next: number) => onHeight(Math.round(Math.min(Math.max(LEAST, next), innerHeight * 0.7)));
  return (
    // A separator with a value is a control: it takes the keys of a slider.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="separator"
      aria-orientation="horizontal"
      aria-label={te('dock.height')}
      aria-valuemin={LEAST}
      aria-valuenow={height ?? Math.round(innerHeight * 0.34)}
      aria-valuemax={Math.round(innerHeight * 0.7)}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="absolute inset-x-0 -top-1 z-[6] h-2 cursor-ns-resize touch-none transition-colors hover:bg-accent/30"
      onDoubleClick={() => onHeight(null)}
      onKeyDown={({ key }) => {
        if (key === 'ArrowUp') set(now() + STEP);
        if (key === 'ArrowDown') set(now() - STEP);
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        held.current = now() + event.clientY;
      }}
      onPointerMove={({ clientY }) => held.current !== null && set(held.current - clientY)}
      onPointerUp={() => (held.current = null)}
    />
  );
}

interface DockProps {
  tab: DockTab | null;
  onTab: (tab: DockTab | null) => void;
  children: ReactNode;
}

/** What is said about the flow, below the canvas: a run, values, problems, earlier runs and versions. */
export function Dock({ tab, onTab, children }: DockProps) {
  const problems = useEditor((state) => state.problems.length);
  const panel = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(() => Number(readStored(KEPT)) || null);
  return (
    <section aria-label={te('dock.label')} className="relative flex shrink-0 flex-col border-t border-line bg-surface">
      {tab && (
        <Edge
          height={height}
          now={() => panel.current?.offsetHeight ?? 0}
          onHeight={(next) => {
            setHeight(next);
            writeStored(KEPT, next === null ? null : String(next));
          }}
        />
      )}
      <div className="flex h-9 shrink-0 items-center gap-1 px-2">
        <div role="tablist" aria-label={te('dock.label')} className="flex min-w-0 gap-0.5 overflow-x-auto py-1 [scrollbar-width:none]">
          {TABS.map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              id={`dock-${one}`}
              aria-selected={tab === one}
              aria-controls="dock-panel"
              onClick={() => onTab(tab === one ? null : one)}
              className={cx('flex h-7 shrink-0 items-center gap-1.5 rounded-md px-2 transition-colors focus-visible:-outline-offset-2', tab === one ? 'bg-surface-3 font-medium' : 'text-fg-2 hover:bg-surface-3 hover:text-fg')}
            >
              {te(`dock.${one}`)}
              {one === 'problems' && problems > 0 && <Badge tone="bad">{problems}</Badge>}
            </button>
          ))}
        </div>
        <IconButton small className="ms-auto shrink-0" label={tab ? te('dock.close') : te('dock.open')} onClick={() => onTab(tab ? null : 'run')}>
          {tab ? <ChevronDown size={15} /> : <ChevronUp size={15} />}
        </IconButton>
      </div>
      <div
        ref={panel}
        id="dock-panel"
        style={height ? { height } : undefined}
        role="tabpanel"
        aria-labelledby={`dock-${tab ?? 'run'}`}
        tabIndex={0}
        className={cx('scroll-thin h-[34vh] has-data-talks:h-[42vh] max-h-[70vh] min-h-44 overflow-y-auto border-t border-line focus-visible:-outline-offset-2', !tab && 'hidden')}
      >
        {children}
      </div>
    </section>
  );
}
