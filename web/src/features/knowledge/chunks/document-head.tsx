import { useMutation } from '@tanstack/react-query';
import { Ellipsis, FileUp, Plus, Tags, Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { replaceDocument } from '@/api/upload';
import type { Document } from '@/api/types';
import { Button, IconButton } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Menu, MenuItem } from '@/ui/menu';
import { Notice } from '@/ui/problem';
import { toast } from '@/ui/toast';
import { documentsArrived } from '../api';
import { hasFailed, isUnfinished } from '../documents/document-list';
import { DocumentState } from '../documents/document-state';
import { partsOfName } from '../documents/folders';
import { useDeeds } from '../documents/use-deeds';
import { MetadataDialog } from '../metadata-dialog';
import { OriginalLink } from '../original-link';
import { t as td, tn as tnd } from '../words';
import { t } from './words';

interface DocumentActionsProps {
  document: Document;
  mayWrite: boolean;
  onAdd: () => void;
}

/** What can be done to a document on its own page. */
export function DocumentActions({ document, mayWrite, onAdd }: DocumentActionsProps) {
  const navigate = useNavigate();
  const deeds = useDeeds(document.knowledge_base_id);
  const [asked, setAsked] = useState<'say' | 'delete' | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const replace = useMutation({
    mutationFn: (file: File) => replaceDocument(document.id, { file, name: partsOfName(document.name).folder + file.name, onProgress: () => {}, signal: new AbortController().signal }),
    onSuccess: (documents) => {
      documentsArrived(document.knowledge_base_id, documents);
      toast.success(t('document.replaced'));
    },
    onError: (error) => toast.error(error.message),
  });
  const close = () => setAsked(null);
  // What a source keeps in step is changed there.
  const kept = typeof document.source_id === 'string';
  return (
    <>
      <OriginalLink documentId={document.id} name={document.name} />
      {mayWrite && (
        <>
          <Button onClick={onAdd}>
            <Plus size={14} />
            {t('chunk.add')}
          </Button>
          <input
            ref={input}
            type="file"
            className="sr-only"
            tabIndex={-1}
            aria-label={t('document.replace')}
            data-testid="replace-input"
            onChange={(event) => {
              const file = event.target.files?.[0];
              if (file) replace.mutate(file);
              event.target.value = '';
            }}
          />
          <Menu
            trigger={
              <IconButton label={td('document.actions', { name: document.name })}>
                <Ellipsis size={16} />
              </IconButton>
            }
          >
            {!kept && (
              <MenuItem icon={<FileUp size={14} />} onSelect={() => input.current?.click()}>
                {t('document.replace')}
              </MenuItem>
            )}
            <MenuItem icon={<Tags size={14} />} onSelect={() => setAsked('say')}>
              {td('metadata.set')}
            </MenuItem>
            {!kept && (
              <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setAsked('delete')}>
                {t('action.delete')}
              </MenuItem>
            )}
          </Menu>
        </>
      )}
      {asked === 'say' && (
        <MetadataDialog
          documents={[document]}
          sending={{ isPending: deeds.isPending, error: null }}
          onSend={(say) => void deeds.say([document], say).then(({ failed }) => failed.length === 0 && close())}
          onClose={close}
        />
      )}
      {asked === 'delete' && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title={tnd('document.delete.title', 1)}
          text={td('document.delete.text', { name: document.name })}
          action={t('action.delete')}
          busy={deeds.isPending}
          onConfirm={() =>
            void deeds.remove([document]).then(({ failed }) => {
              if (failed.length === 0) void navigate({ to: '/knowledge/$id/documents', params: { id: document.knowledge_base_id } });
            })
          }
        />
      )}
    </>
  );
}

/** Where a document stands when it is not simply ready, and what can be done about it. */
export function DocumentNotice({ document, mayWrite }: { document: Document; mayWrite: boolean }) {
  const deeds = useDeeds(document.knowledge_base_id);
  if (isUnfinished(document)) {
    return (
      <div className="mb-4 flex flex-wrap items-center gap-3 rounded-lg border border-accent-line bg-accent-soft px-3 py-2" role="status">
        <p className="min-w-0 flex-1 basis-60">
          {document.chunks > 0 ? t('document.again') : t('document.first')}
        </p>
        <DocumentState document={document} />
        {mayWrite && (
          <Button size="sm" disabled={deeds.isPending} onClick={() => void deeds.cancel([document])}>
            {td('documents.stop')}
          </Button>
        )}
      </div>
    );
  }
  const failed = hasFailed(document);
  if (!failed && document.status !== 'cancelled') {
    return document.left_out ? (
      <Notice tone="warn" className="mb-4">
        <p className="whitespace-pre-line text-fg">{`${td('document.leftOut')} ${document.left_out}`}</p>
      </Notice>
    ) : null;
  }
  return (
    <Notice tone={failed ? 'bad' : 'warn'} className="mb-4">
      <p className="text-fg">{failed ? (document.error?.message ?? td('document.failed')) : t('document.wasCancelled')}</p>
      {document.chunks > 0 && <p className="mt-1 text-fg-2">{t('document.answersOn')}</p>}
      {mayWrite && (
        <Button size="sm" className="mt-2" disabled={deeds.isPending} onClick={() => void deeds.retry([document])}>
          {t('action.retry')}
        </Button>
      )}
    </Notice>
  );
}
