import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type KeyboardEvent, useMemo, useState } from 'react';
import type { Document } from '@/api/types';
import { usePermission } from '@/features/session/api';
import { singleKeys } from '@/features/shortcuts/single-keys';
import { compareNames } from '@/i18n/format';
import { ConfirmDialog } from '@/ui/dialog';
import { Card } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { WindowedList } from '@/ui/windowed-list';
import { useDocuments } from '../api';
import { MetadataDialog } from '../metadata-dialog';
import { t, tn } from '../words';
import { type Choice, chosen, readChoice, type State, stateOf } from './choose';
import { type Deed, DocumentRow, rowHeight } from './document-row';
import { DocumentsToolbar } from './documents-toolbar';
import { DropZone } from './drop-zone';
import type { NamedFile } from './folders';
import { SameNames } from './same-names';
import { isSamples, SamplesNote, TrySamples } from './samples';
import { useSelection } from './selection';
import { SelectionBar } from './selection-bar';
import { UploadList } from './upload-list';
import { type FileToSend, startUploads, useUploads } from './uploads';
import { fitFor, useDeeds } from './use-deeds';

const idOf = ({ id }: Document) => id;

/** The documents of a knowledge base: added, looked for, and taken care of. */
export function DocumentsTab() {
  const { id } = useParams({ from: '/app/knowledge/$id' });
  const place = useSearch({ from: '/app/knowledge/$id/documents' });
  const choice = useMemo(() => readChoice(place), [place]);
  const navigate = useNavigate();
  const { documents, complete, error, list } = useDocuments(id);
  const mayWrite = usePermission('knowledge.write');
  const { uploads, sent, pace } = useUploads(id);
  const deeds = useDeeds(id);
  const { selected, toggle, choose } = useSelection();
  const [asked, setAsked] = useState<{ deed: 'delete' | 'say'; documents: Document[] } | null>(null);
  const [same, setSame] = useState<FileToSend[] | null>(null);

  const shown = useMemo(() => chosen(documents, choice, compareNames), [documents, choice]);
  const order = useMemo(() => shown.map(idOf), [shown]);
  const counts = useMemo(() => {
    const all: Record<State, number> = { working: 0, ready: 0, failed: 0, cancelled: 0 };
    for (const document of documents) all[stateOf(document)] += 1;
    return all;
  }, [documents]);
  const picked = useMemo(() => documents.filter((document) => selected.has(document.id)), [documents, selected]);

  const empty = complete && documents.length === 0 && uploads.length === 0;

  const change = (part: Partial<Choice>) =>
    void navigate({ to: '/knowledge/$id/documents', params: { id }, search: { ...choice, ...part }, replace: true });
  const send = (files: NamedFile[]) => {
    const known = new Map(documents.map((document) => [document.name, document.id]));
    const all = files.map((file): FileToSend => ({ ...file, replaces: known.get(file.name) }));
    if (all.some(({ replaces }) => replaces)) setSame(all);
    else startUploads(id, all);
  };
  const act = (deed: Deed, on: Document[]) => {
    if (deed === 'retry') void deeds.retry(on);
    else if (deed === 'cancel') void deeds.cancel(on);
    else setAsked({ deed, documents: on });
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'x' || event.metaKey || event.ctrlKey || event.altKey || !singleKeys() || !mayWrite) return;
    const row = (event.target as Element).closest('li');
    const at = Number(row?.getAttribute('aria-posinset')) - 1;
    const document = shown[at];
    if (!document) return;
    event.preventDefault();
    toggle(document.id, event.shiftKey, order);
  };

  return (
    <div className="flex flex-col gap-4">
      {mayWrite && <DropZone tall={empty} onFiles={send} />}
      {mayWrite && empty && <TrySamples onFiles={send} />}
      <UploadList uploads={uploads} sent={sent} pace={pace} />
      {isSamples(documents) && uploads.length === 0 && <SamplesNote knowledgeBaseId={id} />}
      {error && <ProblemBox error={error} onRetry={() => void list?.load()} />}
      {!complete && documents.length === 0 && !error && <SkeletonRows />}
      {complete && documents.length === 0 && !mayWrite && <p className="text-fg-2">{t('document.none')}</p>}
      {documents.length > 0 && (
        <>
          <DocumentsToolbar choice={choice} counts={counts} all={documents.length} shown={shown.length} complete={complete} onChange={change} />
          {mayWrite && (
            <SelectionBar
              knowledgeBaseId={id}
              shown={shown}
              picked={picked}
              failed={counts.failed}
              deeds={deeds}
              onChoose={choose}
              onAsk={(deed) => setAsked({ deed, documents: deed === 'delete' ? picked.filter(fitFor.delete) : picked })}
            />
          )}
          {shown.length === 0 ? (
            <p className="py-8 text-center text-fg-2">{t('documents.noneFit')}</p>
          ) : (
            <Card>
              <WindowedList label={t('knowledge.tab.documents')} items={shown} keyOf={idOf} heightOf={rowHeight} onKeyDown={press}>
                {(document) => (
                  <DocumentRow
                    document={document}
                    pace={list?.paceOf(document) ?? null}
                    mayWrite={mayWrite}
                    selected={selected.has(document.id)}
                    onSelect={(range) => toggle(document.id, range, order)}
                    onDeed={(deed) => act(deed, [document])}
                  />
                )}
              </WindowedList>
            </Card>
          )}
        </>
      )}
      {same && <SameNames files={same} onSend={(files) => startUploads(id, files)} onClose={() => setSame(null)} />}
      {asked?.deed === 'say' && (
        <MetadataDialog
          documents={asked.documents}
          sending={{ isPending: deeds.isPending, error: null }}
          onSend={(say) => void deeds.say(asked.documents, say).then(({ failed }) => failed.length === 0 && setAsked(null))}
          onClose={() => setAsked(null)}
        />
      )}
      {asked?.deed === 'delete' && (
        <ConfirmDialog
          open
          onOpenChange={() => setAsked(null)}
          title={tn('document.delete.title', asked.documents.length)}
          text={
            asked.documents.length === 1
              ? t('document.delete.text', { name: asked.documents[0]?.name ?? '' })
              : t('documents.delete.text')
          }
          action={t('action.delete')}
          busy={deeds.isPending}
          onConfirm={() =>
            void deeds.remove(asked.documents).then(() => {
              choose([]);
              setAsked(null);
            })
          }
        />
      )}
    </div>
  );
}
