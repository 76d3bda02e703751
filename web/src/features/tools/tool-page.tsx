import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { formatMs } from '@/features/runs/measure';
import { FieldsView } from '@/features/runs/value-view';
import { t } from '@/i18n';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Card, Section } from '@/ui/page';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { changeTool, deleteTool, functionsQuery, type Tool, type ToolFunction, toolQuery } from './api';
import { CallForm } from './call-form';
import { ToolDialog } from './tool-dialog';
import { to, ton } from './words';

export function ToolPage() {
  const { id } = useParams({ from: '/app/settings/tools/$id' });
  const { data: tool, error, refetch } = useQuery(toolQuery(id));
  const mayWrite = usePermission('tools.write');
  return (
    <>
      <Link
        to="/settings/tools"
        className="mb-2 -ms-1 inline-flex items-center gap-0.5 rounded-sm text-12 text-fg-2 hover:text-fg"
      >
        <ChevronLeft size={14} className="rtl:-scale-x-100" />
        {to('tools.back')}
      </Link>
      {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
      {!tool && !error && <SkeletonRows />}
      {tool && (
        <>
          <Section title={tool.name} lead={tool.description || undefined} actions={mayWrite && <Actions tool={tool} />}>
            <p className="flex flex-wrap gap-2">
              <Badge>{to(`kind.${tool.kind}`)}</Badge>
              {!tool.enabled && <Badge tone="warn">{to('tools.off')}</Badge>}
            </p>
          </Section>
          {mayWrite && <Functions tool={tool} />}
          <Section title={to('tool.settings')}>
            <FieldsView name={to('tool.settings')} value={tool.settings} />
          </Section>
        </>
      )}
    </>
  );
}

function Actions({ tool }: { tool: Tool }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null);
  const close = () => setOpen(null);
  const toggle = useMutation({
    mutationFn: () => changeTool(tool, { enabled: !tool.enabled }),
    onError: (error) => toast.error(error.message),
  });
  const remove = useMutation({
    mutationFn: () => deleteTool(tool.id),
    onSuccess: () => navigate({ to: '/settings/tools' }),
  });
  return (
    <div className="flex flex-wrap gap-2">
      <Button size="sm" busy={toggle.isPending} onClick={() => toggle.mutate()}>
        {tool.enabled ? to('tool.disable') : to('tool.enable')}
      </Button>
      <Button size="sm" onClick={() => setOpen('edit')}>
        {to('tool.edit')}
      </Button>
      <Button size="sm" kind="danger" onClick={() => setOpen('delete')}>
        {t('action.delete')}
      </Button>
      {open === 'edit' && <ToolDialog tool={tool} onClose={close} />}
      <ConfirmDialog
        open={open === 'delete'}
        onOpenChange={close}
        title={to('tool.delete.title', { name: tool.name })}
        text={to('tool.delete.text')}
        action={t('action.delete')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </div>
  );
}

function Functions({ tool }: { tool: Tool }) {
  const listing = useQuery({ ...functionsQuery(tool.id, tool.version), enabled: tool.enabled });
  const again = tool.enabled && (
    <Button size="sm" busy={listing.isFetching} onClick={() => void listing.refetch()}>
      {to('tool.test')}
    </Button>
  );
  const { data } = listing;
  return (
    <Section title={to('tool.functions')} lead={to('tool.functions.lead')} actions={again}>
      {!tool.enabled && <p className="text-fg-2">{to('tool.off.text')}</p>}
      {listing.error && <ProblemBox error={listing.error} />}
      {tool.enabled && listing.isPending && <SkeletonRows rows={2} />}
      {data && (
        <>
          <p className="num mb-2 text-12 text-fg-3" role="status">
            {to('tool.test.ok', { functions: ton('count.functions', data.functions.length), duration: formatMs(data.latency_ms) })}
          </p>
          {data.functions.length > 0 && (
            <Card>
              <ul className="divide-y divide-line">
                {data.functions.map((one) => (
                  <FunctionRow key={one.name} tool={tool} offered={one} alone={data.functions.length === 1} />
                ))}
              </ul>
            </Card>
          )}
          {data.left_out.length > 0 && (
            <Notice tone="warn" className="mt-3">
              <p className="text-fg">{to('tool.leftOut')}</p>
              <ul className="list-disc ps-4 text-fg-2">
                {data.left_out.map((reason) => (
                  <li key={reason} className="break-words">
                    {reason}
                  </li>
                ))}
              </ul>
            </Notice>
          )}
        </>
      )}
    </Section>
  );
}

function FunctionRow({ tool, offered, alone }: { tool: Tool; offered: ToolFunction; alone: boolean }) {
  const [open, setOpen] = useState(alone);
  return (
    <li data-testid="function" data-name={offered.name}>
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="cursor-pointer rounded-lg px-4 py-2.5 hover:bg-surface-2">
          <span className="font-mono text-12 font-medium break-all">{offered.name}</span>
          {offered.description && <span className="ms-2 break-words text-fg-2">{offered.description}</span>}
        </summary>
        {open && (
          <div className="border-t border-line px-4 py-3">
            <CallForm tool={tool} offered={offered} />
          </div>
        )}
      </details>
    </li>
  );
}
