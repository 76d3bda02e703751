import { useQuery } from '@tanstack/react-query';
import { Braces, ChevronRight } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { ValueView } from '@/features/runs/value-view';
import { saidName } from '@/features/said/said';
import { environmentQuery } from '@/features/settings/values-api';
import { Badge } from '@/ui/badge';
import { CopyButton } from '@/ui/copy-button';
import { cx } from '@/ui/cx';
import { Input } from '@/ui/field';
import { useCalledOutputs } from './called';
import { KindIcon, kindName } from './kinds';
import { lastKnownQuery } from './later-api';
import { tl } from './late-words';
import { useDoc, useRoom } from './store';
import { preview, searched, type Variable, type VariableGroup, variablesOf } from './variables';
import type { Drawn } from './watched';

/** Everything that can be read in the flow, with what it was in the run that is drawn, or in the last ones. */
export function VariablesTab({ run, drawn }: { run: string | null; drawn: Drawn | null }) {
  const { slug, editor } = useRoom();
  const doc = useDoc();
  const called = useCalledOutputs(doc);
  const environment = useQuery({ ...environmentQuery, retry: false, enabled: (doc.environment ?? []).length > 0 });
  const last = useQuery({ ...lastKnownQuery(slug), enabled: run === null });
  const [query, setQuery] = useState('');
  const values = drawn?.run ?? null;
  const groups = useMemo(
    () =>
      variablesOf(
        doc,
        {
          run: values,
          input: run ? (drawn?.input ?? {}) : (last.data?.input ?? {}),
          given: run ? (drawn?.given ?? {}) : (last.data?.outputs ?? {}),
          environment: environment.data ?? null,
        },
        called,
      ),
    [doc, run, drawn, values, last.data, environment.data, called],
  );
  const found = searched(groups, query);
  return (
    <div className="flex flex-col">
      <div className="sticky top-0 z-[1] flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line bg-surface px-3 py-2">
        <Input type="search" className="max-w-72" aria-label={tl('vars.search')} placeholder={tl('vars.search')} value={query} onChange={(event) => setQuery(event.target.value)} />
        <p className="text-12 text-fg-2">{run ? tl('vars.drawn') : last.data?.any ? tl('vars.last') : tl('vars.none')}</p>
      </div>
      {found.length === 0 && <p className="p-4 text-fg-2">{query ? tl('vars.noMatch') : tl('vars.empty')}</p>}
      {found.map((group) => (
        <Group key={group.key} group={group} onReveal={group.node ? () => editor.reveal(group.node?.id ?? '') : null} />
      ))}
    </div>
  );
}

function titleOf({ of, node }: VariableGroup): ReactNode {
  if (of !== 'node' || !node) return tl(`vars.of.${of === 'node' ? 'inputs' : of}`);
  return (
    <>
      {node.id} <span className="font-normal text-fg-2">{kindName(node.kind)}</span>
    </>
  );
}

function Group({ group, onReveal }: { group: VariableGroup; onReveal: (() => void) | null }) {
  const { node, inside, variables } = group;
  const title = titleOf(group);
  const icon = node ? <KindIcon kind={node.kind} size={14} /> : <Braces size={14} aria-hidden="true" className="shrink-0 text-fg-3" />;
  return (
    <section className="border-b border-line pt-2 pb-1.5 last:border-b-0" data-testid="variables" data-group={node?.id ?? group.of}>
      <h2 className="flex items-center gap-2 px-3 text-12 font-medium">
        {icon}
        {onReveal ? (
          <button type="button" className="rounded-sm hover:underline" onClick={onReveal}>
            {title}
          </button>
        ) : (
          <span>{title}</span>
        )}
        {inside.length > 0 && <span className="font-normal text-fg-2">{tl('vars.inside', { name: inside.join(' › ') })}</span>}
      </h2>
      <ul className="mt-1">
        {variables.map((one) => (
          <Row key={one.path} variable={one} />
        ))}
      </ul>
    </section>
  );
}

function Row({ variable: { path, type, value, from, text } }: { variable: Variable }) {
  const [open, setOpen] = useState(false);
  const known = value !== undefined;
  return (
    <li className="px-3 hover:bg-surface-2" data-testid="variable" data-path={path}>
      <div className="flex min-h-8 items-center gap-x-3 max-sm:flex-wrap max-sm:py-1">
        <span className="flex min-w-0 basis-1/3 items-center gap-2 max-sm:basis-full">
          <span className="min-w-0 truncate font-mono text-12" title={path}>
            {path}
          </span>
          <span className="shrink-0 text-11 text-fg-2">{saidName(type)}</span>
        </span>
        {known ? (
          <button
            type="button"
            aria-expanded={open}
            aria-label={tl('vars.show', { name: path })}
            className="flex min-w-0 flex-1 items-center gap-1 rounded-sm text-start focus-visible:-outline-offset-2"
            onClick={() => setOpen(!open)}
          >
            <ChevronRight size={12} aria-hidden="true" className={cx('shrink-0 text-fg-3 transition-transform', open ? 'rotate-90' : 'rtl:-scale-x-100')} />
            <span className="min-w-0 truncate font-mono text-12 text-fg-2" data-testid="variable-value">
              {preview(value) || tl('vars.blank')}
            </span>
          </button>
        ) : (
          <span className="min-w-0 flex-1 truncate text-12 text-fg-3">{from === 'secret' ? tl('vars.secret') : '–'}</span>
        )}
        {known && from && from !== 'secret' && <Badge tone={from === 'workspace' ? 'accent' : 'neutral'}>{tl(`vars.from.${from}`)}</Badge>}
        {text === null ? <span className="w-7" /> : <CopyButton text={text} label={tl('vars.copy', { text })} />}
      </div>
      {open && known && (
        <div className="pb-2">
          <ValueView name={path} value={value} />
        </div>
      )}
    </li>
  );
}
