import { cx } from '@/ui/cx';

/** Where a document came from: a link where a browser can go, else the place as it is called. */
export function Origin({ url, className }: { url: string; className?: string }) {
  if (!/^https?:\/\//i.test(url)) return <span className={cx('break-all', className)}>{url}</span>;
  return (
    <a href={url} target="_blank" rel="noreferrer" title={url} data-testid="origin" className={cx('inline-flex max-w-full items-center gap-1 rounded-sm hover:text-accent hover:underline', className)}>
      <span className="truncate">{url.replace(/^https?:\/\//i, '')}</span>
      <span aria-hidden="true">↗</span>
    </a>
  );
}
