import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Columns2, Search, SlidersHorizontal } from 'lucide-react';
import { useMemo, useState } from 'react';
import { usePermission } from '@/features/session/api';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Input } from '@/ui/field';
import { knowledgeBaseQuery, useDocuments } from '../api';
import { SearchFields, type Wanted } from '../tuning/search-fields';
import { keepChanges, keptChanges, type Settings } from '../tuning/settings-draft';
import { ConditionsFields } from './conditions-fields';
import { readTrial, tidied, type Trial } from './trial';
import { TrialColumn, useTrial } from './trial-column';
import { t, tn } from './words';

/** Fields that every chunk may have, besides those of the metadata. */
const FIELDS = ['document_name', 'media_type', 'added_at', 'page', 'heading', 'bytes'];

/** Tries questions, with other settings too, and two of them side by side; the address has it all. */
export function SearchTab() {
  const { id } = useParams({ from: '/app/knowledge/$id' });
  const { q = '', a, b } = useSearch({ from: '/app/knowledge/$id/search' });
  const navigate = useNavigate();
  const [text, setText] = useState(q);
  const one = useMemo(() => readTrial(a), [a]);
  const two = useMemo(() => (b === undefined ? null : readTrial(b)), [b]);
  const [open, setOpen] = useState(a !== undefined || b !== undefined);
  const first = useTrial(id, q, one, true);
  const second = useTrial(id, q, two ?? {}, two !== null);
  const go = (part: { q?: string | undefined; a?: Trial | undefined; b?: Trial | undefined }) =>
    void navigate({ to: '/knowledge/$id/search', params: { id }, search: { q: q || undefined, a, b, ...part }, replace: !('q' in part) });
  const changed = Object.keys(one).length;
  return (
    <div className="flex flex-col gap-4">
      <form
        role="search"
        className="flex flex-wrap gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          const next = text.trim();
          if (next !== q) return go({ q: next || undefined });
          void first.refetch();
          if (two) void second.refetch();
        }}
      >
        <Input
          type="search"
          className="min-w-0 flex-1 basis-60"
          aria-label={t('label')}
          placeholder={t('placeholder')}
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" kind="primary" busy={first.isFetching}>
          <Search size={14} />
          {t('submit')}
        </Button>
        <Button aria-expanded={open} onClick={() => setOpen(!open)}>
          <SlidersHorizontal size={14} />
          {changed > 0 ? tn('options.changed', changed) : t('options')}
        </Button>
        <Button
          aria-pressed={two !== null}
          onClick={() => {
            if (!two) setOpen(true);
            go({ b: two ? undefined : {} });
          }}
        >
          <Columns2 size={14} />
          {two ? t('compare.end') : t('compare')}
        </Button>
      </form>
      {q === '' && <p className="text-fg-2">{t('lead')}</p>}
      <div className={two ? 'grid gap-4 lg:grid-cols-2 lg:items-start' : ''}>
        {[{ name: 'a' as const, trial: one, result: first, other: undefined }, ...(two ? [{ name: 'b' as const, trial: two, result: second, other: first }] : [])].map(
          ({ name, trial, result, other }) => (
            <section
              key={name}
              aria-label={two ? t(`compare.${name}`) : t('results')}
              // One search has its settings beside it, two have theirs above them.
              className={cx('flex min-w-0 flex-col gap-3', !two && open && 'lg:grid lg:grid-cols-[340px_minmax(0,1fr)] lg:items-start lg:gap-4')}
              data-testid={`trial-${name}`}
            >
              {two && <h2 className="text-14 font-semibold">{t(`compare.${name}`)}</h2>}
              {open && (
                <Options
                  id={id}
                  name={name}
                  trial={trial}
                  className={two ? 'max-h-80' : 'max-h-96 lg:sticky lg:top-0 lg:max-h-[calc(100vh-48px)]'}
                  onChange={(next) => go({ [name]: name === 'b' ? (tidied(next) ?? {}) : tidied(next) })}
                />
              )}
              <TrialColumn knowledgeBaseId={id} result={result} other={other} />
            </section>
          ),
        )}
      </div>
    </div>
  );
}

interface OptionsProps {
  id: string;
  name: 'a' | 'b';
  trial: Trial;
  className: string;
  onChange: (trial: Trial) => void;
}

/** What one search wants otherwise than its knowledge base says. */
function Options({ id, name, trial, className, onChange }: OptionsProps) {
  const { data: base } = useQuery(knowledgeBaseQuery(id));
  const { documents } = useDocuments(id);
  const navigate = useNavigate();
  const mayWrite = usePermission('knowledge.write');
  // Fields begin anew when everything is taken back.
  const [begun, setBegun] = useState(0);
  const names = useMemo(() => [...new Set([...FIELDS, ...documents.flatMap(({ metadata }) => Object.keys(metadata))])], [documents]);
  if (!base) return null;
  const { conditions = [], ...wanted } = trial;
  const set = Object.keys(trial).length > 0;
  /** Leads to the settings with these in them; there they are looked at and saved. */
  const keep = () => {
    const { rerank_model: model, ...rest } = wanted;
    const rerank: Wanted = model === undefined || model === null ? {} : { rerank_model: model === 'none' ? null : model };
    keepChanges(id, { ...keptChanges(id), retrieval: { ...base.retrieval, ...rest, ...rerank } as Settings['retrieval'] });
    void navigate({ to: '/knowledge/$id/settings', params: { id } });
  };
  return (
    <div
      key={begun}
      className={cx('scroll-thin flex flex-col gap-4 overflow-y-auto rounded-lg border border-line bg-surface p-4', className)}
      role="group"
      aria-label={t('options')}
      data-testid="options"
    >
      <SearchFields value={wanted} inherited={base.retrieval} hasVectors={Boolean(base.embedding_model)} onChange={(next) => onChange({ ...next, conditions })} />
      <ConditionsFields id={`filter-${name}`} value={conditions} names={names} onChange={(next) => onChange({ ...wanted, conditions: next })} />
      {set && (
        <div className="flex flex-wrap gap-2">
          <Button
            size="sm"
            onClick={() => {
              onChange({});
              setBegun(begun + 1);
            }}
          >
            {t('options.reset')}
          </Button>
          {mayWrite && Object.keys(wanted).length > 0 && (
            <Button size="sm" onClick={keep}>
              {t('options.keep')}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
