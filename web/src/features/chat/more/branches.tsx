import { ChevronLeft, ChevronRight, Columns2 } from 'lucide-react';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import type { BranchesProps } from '../message-view';
import { t } from './words';

/** ‹ 2/3 ›: which of the messages in its place this is; those beside it are one press away. */
export default function Branches({ message, onAct }: BranchesProps) {
  const { siblings, id, role } = message;
  const at = siblings.indexOf(id);
  const asked = role === 'user';
  const step = (by: number) => {
    const next = siblings.at((at + by) % siblings.length);
    if (next) onAct({ kind: 'pick', id: next });
  };
  return (
    <span className={cx('flex items-center', asked && 'basis-full justify-end')}>
      <span
        role="group"
        aria-label={t('chat.branch', { at: at + 1, count: siblings.length })}
        data-testid="branches"
        className="flex items-center"
      >
        <IconButton small label={t('chat.branch.before')} onClick={() => step(-1)}>
          <ChevronLeft size={14} className="rtl:-scale-x-100" />
        </IconButton>
        <span className="num text-12 text-fg-3" aria-hidden="true">
          {at + 1}/{siblings.length}
        </span>
        <IconButton small label={t('chat.branch.next')} onClick={() => step(1)}>
          <ChevronRight size={14} className="rtl:-scale-x-100" />
        </IconButton>
      </span>
      {!asked && (
        <IconButton small label={t('chat.compare')} onClick={() => onAct({ kind: 'compare', message })}>
          <Columns2 size={14} />
        </IconButton>
      )}
    </span>
  );
}
