import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { ChevronLeft, Library } from 'lucide-react';
import { asApiError } from '@/api/errors';
import { usePermission } from '@/features/session/api';
import { t, tn } from './words';
import { buttonClass } from '@/ui/button';
import { Empty, Page } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useCurrentInView } from '@/ui/use-current-in-view';
import { knowledgeBaseQuery } from './api';
import { useKnowledgeEvents } from './listen';

const TAB =
  'inline-flex h-9 shrink-0 items-center border-b-2 border-transparent px-1 text-fg-2 transition-colors hover:text-fg aria-[current=page]:border-accent aria-[current=page]:text-fg aria-[current=page]:font-medium';

/** One knowledge base: its name and the pages about it. */
export function KnowledgeBaseLayout() {
  const { id } = useParams({ from: '/app/knowledge/$id' });
  useKnowledgeEvents(id);
  const { data, error, refetch } = useQuery(knowledgeBaseQuery(id));
  const mayWrite = usePermission('knowledge.write');
  const row = useCurrentInView<HTMLElement>(data !== undefined);
  const tabs = [
    { to: '/knowledge/$id/documents', name: t('knowledge.tab.documents') },
    { to: '/knowledge/$id/sources', name: t('knowledge.tab.sources') },
    { to: '/knowledge/$id/search', name: t('knowledge.tab.search') },
    { to: '/knowledge/$id/evaluate', name: t('knowledge.tab.evaluate') },
    ...(mayWrite ? [{ to: '/knowledge/$id/settings', name: t('knowledge.tab.settings') } as const] : []),
    { to: '/knowledge/$id/jobs', name: t('knowledge.tab.jobs') },
  ] as const;
  return (
    <Page
      wide
      title={data?.name ?? t('nav.knowledge')}
      lead={
        data && (
          <span className="num">
            {data.description && `${data.description} · `}
            {tn('count.documents', data.documents)} · {tn('count.chunks', data.chunks)}
          </span>
        )
      }
      above={<BackLink />}
    >
      {error && (isMissing(error) ? <Missing /> : <ProblemBox error={error} onRetry={() => void refetch()} />)}
      {!data && !error && <SkeletonRows />}
      {data && (
        <>
          <nav ref={row} aria-label={t('knowledge.pages')} className="scroll-thin mb-5 flex gap-4 overflow-x-auto border-b border-line">
            {tabs.map(({ to, name }) => (
              <Link key={to} to={to} params={{ id }} activeOptions={{ includeSearch: false }} className={TAB}>
                {name}
              </Link>
            ))}
          </nav>
          <Outlet />
        </>
      )}
    </Page>
  );
}

const isMissing = (error: unknown) => asApiError(error).status === 404;

/** The address has no knowledge base, or no longer; looking again would not help. */
function Missing() {
  return (
    <Empty icon={<Library size={28} />} title={t('knowledge.missing')} text={t('knowledge.missing.text')}>
      <Link to="/knowledge" className={buttonClass('primary')}>
        {t('knowledge.missing.back')}
      </Link>
    </Empty>
  );
}

function BackLink() {
  return (
    <Link to="/knowledge" className="mb-2 -ms-1 inline-flex items-center gap-0.5 rounded-sm text-12 text-fg-2 hover:text-fg">
      <ChevronLeft size={14} className="rtl:-scale-x-100" />
      {t('nav.knowledge')}
    </Link>
  );
}
