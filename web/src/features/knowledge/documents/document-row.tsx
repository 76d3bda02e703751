import { Link } from '@tanstack/react-router';
import { Ellipsis, RotateCw, Tags, Trash2, X } from 'lucide-react';
import type { Document } from '@/api/types';
import { formatAgo, formatBytes, formatDateTime } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Menu, MenuItem } from '@/ui/menu';
import { Origin } from '../origin';
import { t, tn } from '../words';
import { hasFailed, isUnfinished } from './document-list';
import { DocumentState, paceText } from './document-state';
import { partsOfName } from './folders';
import type { Pace } from './pace';

export type Deed = 'delete' | 'retry' | 'cancel' | 'say';

interface DocumentRowProps {
  document: Document;
  pace: Pace | null;
  mayWrite: boolean;
  selected: boolean;
  onSelect: (range: boolean) => void;
  onDeed: (deed: Deed) => void;
}

const PLAIN = 40;
const EXPLAINED = 76;

/** What is to be said below a document's name, besides what it is. */
function noteOf(document: Document): string | null {
  if (hasFailed(document)) return document.error?.message ?? t('document.failed');
  if (document.left_out) return `${t('document.leftOut')} ${document.left_out}`;
  return null;
}

export const rowHeight = (document: Document): number => (noteOf(document) ? EXPLAINED : PLAIN);

export function DocumentRow({ document, pace, mayWrite, selected, onSelect, onDeed }: DocumentRowProps) {
  const { folder, file } = partsOfName(document.name);
  const note = noteOf(document);
  const failed = hasFailed(document);
  return (
    <div
      className={cx('h-full px-3 sm:px-4', selected && 'bg-accent-soft')}
      data-testid="document"
      data-name={document.name}
      data-status={document.status}
    >
      <div className="flex h-10 items-center gap-3">
        {mayWrite && (
          <input
            type="checkbox"
            className="size-4 shrink-0 accent-accent"
            aria-label={t('document.select', { name: document.name })}
            checked={selected}
            onChange={() => {}}
            onClick={(event) => onSelect(event.shiftKey)}
          />
        )}
        <div className="flex min-w-0 flex-1 flex-col sm:flex-row sm:items-baseline sm:gap-4">
          <Link
            to="/knowledge/$id/documents/$doc"
            params={{ id: document.knowledge_base_id, doc: document.id }}
            className="min-w-0 truncate rounded-sm font-medium hover:text-accent sm:flex-1"
            title={document.name}
          >
            {folder && <span className="font-normal text-fg-3">{folder}</span>}
            {file}
          </Link>
          <p className="num flex min-w-0 gap-x-3 overflow-hidden text-12 leading-4 whitespace-nowrap text-fg-3 sm:max-w-[60%] sm:leading-5">
            {document.source_url && <Origin url={document.source_url} className="order-last min-w-0 sm:order-none" />}
            {document.lost_edits > 0 && <span className="order-last text-warn sm:order-none">{tn('document.lost', document.lost_edits)}</span>}
            <span className="shrink-0 sm:w-14 sm:text-end">{formatBytes(document.bytes)}</span>
            {document.chunks > 0 && <span className="shrink-0 sm:min-w-16 sm:text-end">{tn('count.chunks', document.chunks)}</span>}
            {isUnfinished(document) ? (
              <span className="truncate">{paceText(pace)}</span>
            ) : (
              <time className="shrink-0 sm:min-w-24 sm:text-end" dateTime={document.created_at} title={formatDateTime(document.created_at)}>
                {formatAgo(document.created_at)}
              </time>
            )}
          </p>
        </div>
        <DocumentState document={document} />
        {mayWrite && (failed || document.status === 'cancelled') && (
          <IconButton small label={t('document.retry', { name: document.name })} onClick={() => onDeed('retry')}>
            <RotateCw size={14} />
          </IconButton>
        )}
        {mayWrite && isUnfinished(document) && (
          <IconButton small label={t('document.cancel', { name: document.name })} onClick={() => onDeed('cancel')}>
            <X size={14} />
          </IconButton>
        )}
        {mayWrite && (
          <Menu
            trigger={
              <IconButton label={t('document.actions', { name: document.name })} small>
                <Ellipsis size={15} />
              </IconButton>
            }
          >
            <MenuItem icon={<Tags size={14} />} onSelect={() => onDeed('say')}>
              {t('metadata.set')}
            </MenuItem>
            {/* The next sync would bring back what is a source's. */}
            {!document.source_id && (
              <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => onDeed('delete')}>
                {t('action.delete')}
              </MenuItem>
            )}
          </Menu>
        )}
      </div>
      {note && (
        <p className={cx('line-clamp-2 text-12 leading-4', mayWrite && 'ps-7', failed ? 'text-bad' : 'text-fg-3')} title={note}>
          {note}
        </p>
      )}
    </div>
  );
}
