import { useMutation } from '@tanstack/react-query';
import { Ellipsis, Eye, EyeOff, Pencil, RotateCcw, Trash2 } from 'lucide-react';
import { memo, useEffect, useRef, useState } from 'react';
import type { Chunk } from '@/api/types';
import { placeOf } from '@/features/chat/place';
import { formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { cx } from '@/ui/cx';
import { Menu, MenuItem } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { MetadataLabels } from '../metadata-fields';
import { changeChunk, deleteChunk } from './chunk-api';
import { ChunkEditor } from './chunk-editor';
import { keptDraft } from './drafts';
import { hover, useIsHovered } from './hover';
import { t } from './words';

interface ChunkCardProps {
  chunk: Chunk;
  wanted: boolean;
  mayWrite: boolean;
  onWant: (id: string) => void;
}

export const ChunkCard = memo(function ChunkCard({ chunk, wanted, mayWrite, onWant }: ChunkCardProps) {
  const place = placeOf(chunk);
  const card = useRef<HTMLLIElement>(null);
  const [editing, setEditing] = useState(() => mayWrite && keptDraft(chunk.id) !== null);
  const change = useMutation({
    mutationFn: (changes: Parameters<typeof changeChunk>[1]) => changeChunk(chunk.id, changes),
    onError: (error) => toast.error(error.message),
  });
  const remove = useMutation({ mutationFn: () => deleteChunk(chunk), onError: (error) => toast.error(error.message) });
  const number = chunk.index === null || chunk.index === undefined ? null : chunk.index + 1;
  const hovered = useIsHovered(chunk.id);
  useEffect(() => {
    if (!wanted || !card.current) return;
    // A card that was pressed stays under the pointer.
    const { top, bottom } = card.current.getBoundingClientRect();
    if (top < 0 || Math.min(bottom, top + 80) > window.innerHeight) card.current.scrollIntoView({ block: 'center' });
  }, [wanted]);
  return (
    <li
      ref={card}
      id={chunk.id}
      data-testid="chunk"
      aria-current={wanted || undefined}
      className={cx(
        'rounded-lg border bg-surface [contain-intrinsic-size:auto_160px] [content-visibility:auto]',
        wanted ? 'border-accent' : hovered ? 'border-accent-line bg-surface-2' : 'border-line',
      )}
      onPointerEnter={(event) => event.pointerType === 'mouse' && hover(chunk.id)}
      onPointerLeave={() => hover(null)}
    >
      <div className="num flex min-h-9 items-center gap-2 border-b border-line ps-4 pe-1.5 text-12 text-fg-3">
        <button
          type="button"
          className="flex min-w-0 flex-1 items-center gap-3 rounded-sm py-1.5 text-start hover:text-fg"
          aria-label={t('chunk.show', { number: number ?? '+' })}
          onClick={() => onWant(chunk.id)}
        >
          <span className="font-mono">{number ?? '+'}</span>
          <span className="truncate">{place}</span>
        </button>
        {typeof chunk.tokens === 'number' && <span className="shrink-0">{t('chunk.tokens', { count: formatNumber(chunk.tokens) })}</span>}
        {!chunk.enabled && <Badge tone="warn">{t('chunk.disabled')}</Badge>}
        {chunk.added ? <Badge>{t('chunk.added')}</Badge> : chunk.edited && <Badge tone="accent">{t('chunk.edited')}</Badge>}
        <CopyButton text={chunk.text} label={t('chunk.copy')} />
        {mayWrite && !editing && (
          <IconButton small label={t('chunk.edit', { number: number ?? '+' })} onClick={() => setEditing(true)}>
            <Pencil size={14} />
          </IconButton>
        )}
        {mayWrite && (
          <Menu
            trigger={
              <IconButton small label={t('chunk.actions', { number: number ?? '+' })}>
                <Ellipsis size={15} />
              </IconButton>
            }
          >
            <MenuItem icon={chunk.enabled ? <EyeOff size={14} /> : <Eye size={14} />} onSelect={() => change.mutate({ enabled: !chunk.enabled })}>
              {chunk.enabled ? t('chunk.disable') : t('chunk.enable')}
            </MenuItem>
            {typeof chunk.source_text === 'string' && (
              <MenuItem icon={<RotateCcw size={14} />} onSelect={() => change.mutate({ text: null })}>
                {t('chunk.restore')}
              </MenuItem>
            )}
            {chunk.added && (
              <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => remove.mutate()}>
                {t('action.delete')}
              </MenuItem>
            )}
          </Menu>
        )}
      </div>
      {editing ? (
        <ChunkEditor chunk={chunk} onClose={() => setEditing(false)} />
      ) : (
        <Reading chunk={chunk} wanted={wanted} onWant={onWant} />
      )}
    </li>
  );
});

function Reading({ chunk, wanted, onWant }: Pick<ChunkCardProps, 'chunk' | 'wanted' | 'onWant'>) {
  const [open, setOpen] = useState(false);
  return (
    <div className="flex flex-col gap-2 px-4 py-3">
      {/* The button above does the same for keys. */}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions */}
      <p
        className={cx('cursor-pointer break-words whitespace-pre-wrap', !chunk.enabled && 'text-fg-3')}
        onClick={() => getSelection()?.isCollapsed !== false && onWant(chunk.id)}
      >
        {wanted ? <mark className="rounded-sm bg-mark box-decoration-clone text-fg">{chunk.text}</mark> : chunk.text}
      </p>
      {typeof chunk.source_text === 'string' && (
        <details className="text-12 text-fg-2">
          <summary className="w-fit cursor-pointer rounded-sm text-fg-3 hover:text-fg">{t('chunk.source')}</summary>
          <p className="mt-1 border-s-2 border-line-strong ps-3 break-words whitespace-pre-wrap">{chunk.source_text}</p>
        </details>
      )}
      {chunk.given && (
        <div className="text-12 text-fg-2">
          <Button size="sm" kind="ghost" className="-ms-2" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? t('chunk.given.hide') : t('chunk.given.show')}
          </Button>
          {open && <p className="mt-1 border-s-2 border-line-strong ps-3 break-words whitespace-pre-wrap">{chunk.given}</p>}
        </div>
      )}
      {chunk.keywords.length > 0 && (
        <p className="flex flex-wrap gap-1 text-12 text-fg-3">
          {t('chunk.keywords')}
          {chunk.keywords.map((word) => (
            <span key={word} className="rounded-sm bg-surface-3 px-1.5 text-fg-2">
              {word}
            </span>
          ))}
        </p>
      )}
      <MetadataLabels metadata={chunk.metadata} />
    </div>
  );
}
