import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus, Wrench } from 'lucide-react';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { t } from '@/i18n';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card, Empty, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { toolsQuery } from './api';
import { ToolDialog } from './tool-dialog';
import { to } from './words';

export function ToolsPage() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(toolsQuery);
  const [adding, setAdding] = useState(false);
  const navigate = useNavigate();
  const mayWrite = usePermission('tools.write');
  const tools = data?.pages.flatMap((page) => page.items) ?? [];
  const add = mayWrite && (
    <Button onClick={() => setAdding(true)}>
      <Plus size={15} />
      {to('tools.add')}
    </Button>
  );
  return (
    <Section title={t('settings.tools')} lead={to('tools.lead')} actions={tools.length > 0 ? add : undefined}>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows rows={2} />}
      {data && tools.length === 0 && (
        <Empty icon={<Wrench size={24} />} title={to('tools.none')} text={to('tools.none.text')}>
          {add}
        </Empty>
      )}
      {tools.length > 0 && (
        <Card>
          <ul data-rows className="divide-y divide-line">
            {tools.map((tool) => (
              <li key={tool.id} data-testid="tool" data-name={tool.name}>
                <Link
                  to="/settings/tools/$id"
                  params={{ id: tool.id }}
                  className="flex flex-wrap items-center gap-x-4 gap-y-1 rounded-lg px-4 py-2.5 transition-colors hover:bg-surface-2 focus-visible:-outline-offset-2"
                >
                  <span className="min-w-0 flex-1 basis-48">
                    <span className="block truncate font-medium">{tool.name}</span>
                    {tool.description && <span className="block truncate text-12 text-fg-2">{tool.description}</span>}
                  </span>
                  <span className="flex gap-2">
                    <Badge>{to(`kind.${tool.kind}`)}</Badge>
                    {!tool.enabled && <Badge tone="warn">{to('tools.off')}</Badge>}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {hasNextPage && (
        <Button className="mt-3" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('action.more')}
        </Button>
      )}
      {adding && (
        <ToolDialog
          onClose={() => setAdding(false)}
          onMade={(id) => void navigate({ to: '/settings/tools/$id', params: { id } })}
        />
      )}
    </Section>
  );
}
