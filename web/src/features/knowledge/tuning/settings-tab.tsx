import { useMutation, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { formatNumber } from '@/i18n/format';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Field, Input, Textarea } from '@/ui/field';
import { Section } from '@/ui/page';
import { Notice } from '@/ui/problem';
import { toast } from '@/ui/toast';
import { changeKnowledgeBase, deleteKnowledgeBase, type KnowledgeBase, knowledgeBaseQuery } from '../api';
import { ChunkingFields } from './chunking-fields';
import { ModelField } from './model-field';
import { ChunkingPreview } from './preview';
import { SaveBar } from './save-bar';
import { SearchFields } from './search-fields';
import { changesOf, keepChanges, keptChanges, type Settings, settingsOf } from './settings-draft';
import { t, tn } from './words';

/** What a knowledge base is called, how its documents are cut, and how it is searched. */
export function SettingsTab() {
  const { id } = useParams({ from: '/app/knowledge/$id' });
  const { data: base } = useSuspenseQuery(knowledgeBaseQuery(id));
  // Fields hold what they were begun with; they begin anew with another base, and when asked to.
  const [begun, setBegun] = useState(0);
  return <SettingsForm key={`${base.id} ${begun}`} base={base} onBegin={() => setBegun(begun + 1)} />;
}

function SettingsForm({ base, onBegin }: { base: KnowledgeBase; onBegin: () => void }) {
  const stored = settingsOf(base);
  const [edited, setEdited] = useState<Partial<Settings>>(() => keptChanges(base.id));
  const [restored] = useState(() => Object.keys(edited).length > 0);
  const draft = { ...stored, ...edited };
  const changes = changesOf(stored, draft);
  const dirty = Object.keys(changes).length > 0;
  const change = (part: Partial<Settings>) => {
    const next = { ...edited, ...part };
    setEdited(next);
    keepChanges(base.id, next);
  };
  const forget = () => {
    keepChanges(base.id, {});
    setEdited({});
    onBegin();
  };
  const save = useMutation({
    mutationFn: () => changeKnowledgeBase(base.id, changes),
    onSuccess: () => {
      forget();
      toast.success(t('state.saved'));
    },
  });
  useEffect(() => {
    if (!dirty) return undefined;
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', hold);
    return () => window.removeEventListener('beforeunload', hold);
  }, [dirty]);
  return (
    <>
      {restored && dirty && (
        <Notice tone="warn" className="mb-5">
          <p className="text-fg">{t('save.restored')}</p>
        </Notice>
      )}
      <General draft={draft} slug={base.slug} onChange={change} />
      <Section title={t('chunking.title')} lead={t('chunking.lead')}>
        <div className="grid gap-5 lg:grid-cols-2 lg:items-start">
          <ChunkingFields value={draft.chunking} onChange={(chunking) => change({ chunking })} />
          <ChunkingPreview id={base.id} chunking={draft.chunking} />
        </div>
      </Section>
      <Section title={t('model.title')} lead={t('model.lead')}>
        <ModelField
          kind="embedding"
          label={t('model.embedding')}
          hint={t('model.embedding.hint')}
          value={draft.embedding_model ?? ''}
          onChange={(model) => change({ embedding_model: model || null })}
          besides={[{ value: '', name: t('model.none') }]}
        />
        {base.chunks_to_embed > 0 && (
          <p className="num mt-2 text-12 text-fg-2">{t('model.left', { left: formatNumber(base.chunks_to_embed), all: formatNumber(base.chunks) })}</p>
        )}
      </Section>
      <Section title={t('search.title')} lead={t('search.lead')}>
        <div className="max-w-[640px]">
          <SearchFields value={draft.retrieval} hasVectors={draft.embedding_model !== null} onChange={(wanted) => change({ retrieval: wanted as Settings['retrieval'] })} />
          <Field label={t('search.language')} optional={t('field.optional')} hint={t('search.language.hint')} className="mt-4 max-w-48">
            {(ids) => (
              <Input
                {...ids}
                maxLength={2}
                placeholder="de"
                value={draft.retrieval.language ?? ''}
                onChange={(event) => change({ retrieval: { ...draft.retrieval, language: event.target.value.trim().toLowerCase() || null } })}
              />
            )}
          </Field>
        </div>
      </Section>
      <Deleting base={base} />
      <SaveBar base={base} changes={changes} saving={save} disabled={!draft.name.trim()} onDiscard={forget} />
    </>
  );
}

function General({ draft, slug, onChange }: { draft: Settings; slug: string; onChange: (part: Partial<Settings>) => void }) {
  return (
    <Section title={t('knowledge.settings.general')}>
      <div className="flex max-w-[480px] flex-col gap-4">
        <Field label={t('field.name')} hint={t('knowledge.slug', { slug })}>
          {(ids) => <Input {...ids} required maxLength={100} value={draft.name} onChange={(event) => onChange({ name: event.target.value })} />}
        </Field>
        <Field label={t('field.description')} optional={t('field.optional')}>
          {(ids) => <Textarea {...ids} rows={2} maxLength={500} value={draft.description} onChange={(event) => onChange({ description: event.target.value })} />}
        </Field>
      </div>
    </Section>
  );
}

function Deleting({ base }: { base: KnowledgeBase }) {
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const remove = useMutation({
    mutationFn: () => deleteKnowledgeBase(base.id),
    onSuccess: () => navigate({ to: '/knowledge' }),
  });
  return (
    <Section title={t('knowledge.delete.title')} lead={t('knowledge.delete.lead')}>
      <Button kind="danger" onClick={() => setDeleting(true)}>
        {t('knowledge.delete.action')}
      </Button>
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={t('knowledge.delete.confirm', { name: base.name })}
        text={t('knowledge.delete.text', { documents: tn('count.documents', base.documents) })}
        action={t('knowledge.delete.action')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </Section>
  );
}
