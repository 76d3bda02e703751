import { t } from '@/i18n';
import { cx } from './cx';

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden="true" className={cx('skeleton h-4', className)} />;
}

/** Rows that stand where a list is going to be. */
export function SkeletonRows({ rows = 4 }: { rows?: number }) {
  return (
    <div role="status" aria-label={t('state.loading')} className="flex flex-col gap-3 py-2">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} className={row % 2 === 0 ? 'w-full' : 'w-4/5'} />
      ))}
    </div>
  );
}
