import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Ellipsis, RotateCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { toast } from '@/ui/toast';
import type { Document } from '@/api/types';
import { t, tn } from './words';
import { formatAgo, formatBytes, formatDateTime } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Menu, MenuItem } from '@/ui/menu';
import { Progress } from '@/ui/progress';
import { deleteDocument, isUnfinished, retryDocument } from './api';

export function DocumentRow({ document, mayWrite }: { document: Document; mayWrite: boolean }) {
  const [deleting, setDeleting] = useState(false);
  const retry = useMutation({
    mutationFn: () => retryDocument(document),
    onError: (error) => toast.error(error.message),
  });
  const remove = useMutation({ mutationFn: () => deleteDocument(document), onSuccess: () => setDeleting(false) });
  const failed = ['failed', 'needs_ocr', 'cancelled'].includes(document.status);
  return (
    <li className="px-4 py-2.5" data-testid="document" data-name={document.name} data-status={document.status}>
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">
          {document.status === 'ready' ? (
            <Link
              to="/knowledge/$id/documents/$doc"
              params={{ id: document.knowledge_base_id, doc: document.id }}
              className="block truncate rounded-sm font-medium hover:text-accent"
            >
              {document.name}
            </Link>
          ) : (
            <p className="truncate font-medium">{document.name}</p>
          )}
          <p className="num flex flex-wrap gap-x-3 text-12 text-fg-3">
            <span>{formatBytes(document.bytes)}</span>
            {document.status === 'ready' && <span>{tn('count.chunks', document.chunks)}</span>}
            <time dateTime={document.created_at} title={formatDateTime(document.created_at)}>
              {formatAgo(document.created_at)}
            </time>
          </p>
        </div>
        <Status document={document} />
        {mayWrite && (
          <Menu
            trigger={
              <IconButton label={t('document.actions', { name: document.name })} small>
                <Ellipsis size={15} />
              </IconButton>
            }
          >
            {failed && (
              <MenuItem icon={<RotateCw size={14} />} onSelect={() => retry.mutate()}>
                {t('action.retry')}
              </MenuItem>
            )}
            <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setDeleting(true)}>
              {t('action.delete')}
            </MenuItem>
          </Menu>
        )}
      </div>
      {failed && (
        <div className="mt-1 flex items-start gap-3">
          <p className="flex-1 text-12 text-bad">{document.error?.message ?? t('document.failed')}</p>
          {mayWrite && (
            <Button size="sm" busy={retry.isPending} onClick={() => retry.mutate()}>
              {t('action.retry')}
            </Button>
          )}
        </div>
      )}
      {document.left_out && (
        <p className="mt-1 text-12 whitespace-pre-line text-fg-3">
          {t('document.leftOut')} {document.left_out}
        </p>
      )}
      {deleting && (
        <ConfirmDialog
          open
          onOpenChange={setDeleting}
          title={t('document.delete.title')}
          text={t('document.delete.text', { name: document.name })}
          action={t('action.delete')}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
        />
      )}
    </li>
  );
}

function Status({ document }: { document: Document }) {
  const word = t(`document.status.${document.status}`);
  if (document.status === 'ready') return <Badge tone="ok">{word}</Badge>;
  if (['failed', 'needs_ocr', 'cancelled'].includes(document.status)) return <Badge tone="bad">{word}</Badge>;
  return (
    <span className="flex w-28 flex-col gap-1" aria-live="off">
      <span className="num flex justify-between text-12 text-fg-2">
        {word}
        <span>{Math.round(document.progress * 100)} %</span>
      </span>
      <Progress value={isUnfinished(document) ? document.progress : 1} label={word} />
    </span>
  );
}
