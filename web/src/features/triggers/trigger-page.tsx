import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ChevronLeft, ExternalLink } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { usePermission } from '@/features/session/api';
import { t } from '@/i18n';
import { formatDateTime } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { ConfirmDialog } from '@/ui/dialog';
import { Card, Page, Section } from '@/ui/page';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { changeTrigger, deleteTrigger, type Trigger, triggerQuery } from './api';
import { FireDialog } from './fire-dialog';
import { Firings } from './firings';
import { RotateDialog } from './rotate-dialog';
import { TriggerDialog } from './trigger-dialog';
import { tt } from './words';

export function TriggerPage() {
  const { id } = useParams({ from: '/app/triggers/$id' });
  const { data: trigger, error, refetch } = useQuery(triggerQuery(id));
  return (
    <Page
      title={trigger?.name ?? tt('triggers.title')}
      lead={trigger && <Lead trigger={trigger} />}
      above={
        <Link to="/triggers" className="mb-2 -ms-1 inline-flex items-center gap-0.5 rounded-sm text-12 text-fg-2 hover:text-fg">
          <ChevronLeft size={14} className="rtl:-scale-x-100" />
          {tt('trigger.back')}
        </Link>
      }
      actions={trigger && <Actions trigger={trigger} />}
    >
      {error && <ProblemBox error={error} onRetry={() => void refetch()} />}
      {!trigger && !error && <SkeletonRows />}
      {trigger && (
        <>
          {trigger.path && <Address trigger={trigger} path={trigger.path} />}
          {trigger.settings.kind === 'schedule' && <NextTimes trigger={trigger} cron={trigger.settings.cron} />}
          <Firings id={id} />
        </>
      )}
    </Page>
  );
}

function Lead({ trigger }: { trigger: Trigger }) {
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Badge>{tt(`kind.${trigger.settings.kind}`)}</Badge>
      <Badge tone={trigger.enabled ? 'ok' : 'warn'}>{trigger.enabled ? tt('trigger.enabled') : tt('triggers.off')}</Badge>
      <span className="break-words">{trigger.flow_name}</span>
      <Link to="/runs" search={{ flow: trigger.flow }} className="rounded-sm text-accent hover:underline">
        {tt('trigger.runs')}
      </Link>
    </span>
  );
}

type Open = 'edit' | 'fire' | 'rotate' | 'delete' | null;

function Actions({ trigger }: { trigger: Trigger }) {
  const navigate = useNavigate();
  const mayWrite = usePermission('flows.write');
  const mayStart = usePermission('runs.start');
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const toggle = useMutation({
    mutationFn: () => changeTrigger(trigger.id, { enabled: !trigger.enabled }),
    onError: (error) => toast.error(error.message),
  });
  const remove = useMutation({
    mutationFn: () => deleteTrigger(trigger.id),
    onSuccess: () => navigate({ to: '/triggers' }),
  });
  return (
    <div className="flex flex-wrap gap-2">
      {mayStart && <Button onClick={() => setOpen('fire')}>{tt('trigger.fire')}</Button>}
      {mayWrite && (
        <>
          <Button busy={toggle.isPending} onClick={() => toggle.mutate()}>
            {trigger.enabled ? tt('trigger.disable') : tt('trigger.enable')}
          </Button>
          {trigger.settings.kind === 'webhook' && <Button onClick={() => setOpen('rotate')}>{tt('trigger.rotate')}</Button>}
          <Button onClick={() => setOpen('edit')}>{tt('trigger.edit')}</Button>
          <Button kind="danger" onClick={() => setOpen('delete')}>
            {tt('trigger.delete')}
          </Button>
        </>
      )}
      {open === 'edit' && <TriggerDialog trigger={trigger} onClose={close} />}
      {open === 'fire' && <FireDialog trigger={trigger} onClose={close} />}
      {open === 'rotate' && <RotateDialog trigger={trigger} onClose={close} />}
      <ConfirmDialog
        open={open === 'delete'}
        onOpenChange={close}
        title={tt('trigger.delete.title')}
        text={tt('trigger.delete.text')}
        action={t('action.delete')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </div>
  );
}

function Box({ children }: { children: ReactNode }) {
  return <div className="flex items-center gap-2 rounded-lg border border-line bg-surface py-1.5 pe-1.5 ps-3">{children}</div>;
}

function Address({ trigger, path }: { trigger: Trigger; path: string }) {
  const address = new URL(path, window.location.origin).href;
  return (
    <Section title={tt('trigger.address')}>
      <Box>
        <code data-testid="address" className="min-w-0 flex-1 font-mono text-12 break-all">
          {address}
        </code>
        <CopyButton text={address} label={tt('trigger.address.copy')} />
        {trigger.settings.kind === 'form' && (
          <a href={path} target="_blank" rel="noreferrer" className={buttonClass('secondary', 'sm')}>
            <ExternalLink size={13} />
            {tt('trigger.open')}
          </a>
        )}
      </Box>
      {trigger.old_secret_until && (
        <Notice tone="warn" className="mt-2">
          <p className="text-fg">{tt('trigger.oldSecret', { when: formatDateTime(trigger.old_secret_until) })}</p>
        </Notice>
      )}
    </Section>
  );
}

function NextTimes({ trigger, cron }: { trigger: Trigger; cron: string }) {
  const zone = (trigger.settings.kind === 'schedule' ? trigger.settings.time_zone : undefined) ?? 'UTC';
  return (
    <Section title={tt('trigger.nextTimes')} lead={<span className="font-mono text-12">{`${cron} · ${zone}`}</span>}>
      {trigger.next.length === 0 ? (
        <p className="text-fg-2">{tt('trigger.nextTimes.none')}</p>
      ) : (
        <Card>
          <ol className="num divide-y divide-line">
            {trigger.next.map((time) => (
              <li key={time} className="flex flex-wrap justify-between gap-x-4 px-4 py-1.5">
                <time dateTime={time}>{formatDateTime(time, zone)}</time>
                {formatDateTime(time, zone) !== formatDateTime(time) && <span className="text-fg-3">{tt('trigger.nextTimes.here', { time: formatDateTime(time) })}</span>}
              </li>
            ))}
          </ol>
        </Card>
      )}
    </Section>
  );
}
