import { X } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { IconButton } from '@/ui/button';
import { type Problem, START } from './model';
import { said } from '@/features/said/said';
import { isYetToCome } from './problems';
import { type Editor, useEditor } from './store';
import { te } from './words';

/** What is wrong with one node, or with the flow as a whole, by field. */
export function useWrong(node: string | null) {
  const problems = useEditor((state) => state.problems);
  const fresh = useEditor((state) => state.fresh);
  return useMemo(() => {
    const [byField, yet] = [new Map<string, string>(), new Map<string, string>()];
    const own = problems.filter((problem) => (problem.node ?? null) === node);
    for (const problem of own) {
      const { field, message, fix } = problem;
      const map = isYetToCome(fresh, problem) ? yet : byField;
      if (field && !map.has(field)) map.set(field, `${said(message)} ${said(fix)}`);
    }
    return { byField, yet, others: own.filter((problem) => (!problem.field || problem.field === 'edges') && !isYetToCome(fresh, problem)) };
  }, [problems, fresh, node]);
}

/** Brings the field that a problem names into view, and puts the cursor there. */
export function useSought(node: string | null) {
  const box = useRef<HTMLDivElement>(null);
  const sought = useEditor((state) => state.sought);
  useEffect(() => {
    if (!sought || sought.id !== (node ?? START) || !sought.field) return;
    let path = sought.field;
    const find = () => box.current?.querySelector<HTMLElement>(`[data-field="${CSS.escape(path)}"]`);
    while (path && !find()) path = path.slice(0, Math.max(0, path.search(/[.[][^.[]*$/)));
    const field = path ? find() : null;
    for (let up = field?.closest('details'); up; up = up.parentElement?.closest('details')) up.open = true;
    field?.scrollIntoView({ block: 'center' });
    (field?.querySelector<HTMLElement>('input, textarea, select, [contenteditable], button') ?? box.current)?.focus();
  }, [sought, node]);
  return box;
}

export function Frame({ name, testId, head, children }: { name: string; testId: string; head: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={name} data-testid={testId} data-document className="flex h-full flex-col">
      <header className="flex min-h-12 shrink-0 items-center gap-2 border-b border-line py-1.5 pe-2 ps-3">{head}</header>
      {/* A panel that scrolls does so with the keyboard, too. */}
      <div className="scroll-thin flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-3 pt-3 pb-10" tabIndex={-1}>
        {children}
      </div>
    </section>
  );
}

export const CloseButton = ({ editor }: { editor: Editor }) => (
  <IconButton small className="lg:hidden" label={te('panel.close')} onClick={() => editor.select([])}>
    <X size={15} />
  </IconButton>
);

export function withField<T extends object>(held: T, name: string, value: unknown): T {
  const { [name as keyof T]: _, ...rest } = held;
  return (value === undefined ? rest : { ...rest, [name]: value }) as T;
}

export function OtherProblems({ problems }: { problems: Problem[] }) {
  if (problems.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 rounded-md border border-bad-line bg-bad-soft px-2.5 py-2 text-12">
      {problems.map(({ message, fix }) => (
        <li key={message}>
          {said(message)} <span className="text-fg-2">{said(fix)}</span>
        </li>
      ))}
    </ul>
  );
}

export function Fold({ title, open, children }: { title: string; open: boolean; children: ReactNode }) {
  const [begun] = useState(open);
  return (
    <details className="border-t border-line pt-3" open={begun || undefined}>
      <summary className="cursor-pointer rounded-sm font-medium">{title}</summary>
      <div className="mt-3 flex flex-col gap-3">{children}</div>
    </details>
  );
}
