import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ChevronLeft, ExternalLink, Share2 } from 'lucide-react';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { formatCost, formatNumber } from '@/i18n/format';
import { Badge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { ConfirmDialog } from '@/ui/dialog';
import { Empty, Page } from '@/ui/page';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { type Flow, flowQuery } from '../api';
import { createShare, deleteShare, rotateShare, type Share, sharesQuery, updateShare } from './api';
import { SettingsForm, started } from './settings-form';
import { buttonTag, inlineTag } from './snippet';
import { th, thn } from './words';

/** Which share is being set, by the address: its id, or `new`. */
export function SharePage() {
  const { id } = useParams({ from: '/app/flows/$id/share' });
  const { share: chosen } = useSearch({ from: '/app/flows/$id/share' });
  const flow = useQuery(flowQuery(id));
  const mayWrite = usePermission('flows.write');
  const shares = useQuery({ ...sharesQuery(id), enabled: mayWrite });
  const error = flow.error ?? shares.error;
  return (
    <Page
      title={th('share.title', { name: flow.data?.name ?? id })}
      lead={th('share.lead')}
      actions={
        chosen !== 'new' && mayWrite && flow.data?.published && shares.data && shares.data.length > 0 ? (
          <Link to="/flows/$id/share" params={{ id }} search={{ share: 'new' }} className={buttonClass()}>
            {th('share.new')}
          </Link>
        ) : undefined
      }
      above={
        <Link to="/flows/$id" params={{ id }} search={{}} className="-ms-1 mb-1 inline-flex items-center gap-0.5 rounded-sm text-12 text-fg-2 hover:text-fg">
          <ChevronLeft size={14} className="rtl:-scale-x-100" />
          {th('share.back')}
        </Link>
      }
    >
      {error && <ProblemBox error={error} className="mb-4" />}
      {flow.data && !flow.data.published && (
        <Notice tone="warn" className="mb-5">
          {th('share.unpublished')}
        </Notice>
      )}
      {!error && (!flow.data || (mayWrite && !shares.data)) && <SkeletonRows />}
      {flow.data && shares.data && <Shares flow={flow.data} shares={shares.data} chosen={chosen} />}
    </Page>
  );
}

function Shares({ flow, shares, chosen }: { flow: Flow; shares: Share[]; chosen: string | undefined }) {
  const navigate = useNavigate();
  const choose = (share: string | undefined) => void navigate({ to: '/flows/$id/share', params: { id: flow.slug }, search: { share }, replace: true });
  if (chosen === 'new') {
    return (
      <SettingsForm
        settings={started(flow.name)}
        kind={flow.kind}
        action={th('share.create')}
        onCancel={() => choose(undefined)}
        onSave={async (settings) => {
          await createShare(flow.slug, settings);
          toast.success(th('share.created'));
          choose(undefined);
        }}
      />
    );
  }
  const share = shares.find(({ id }) => id === chosen);
  if (share) {
    return (
      <SettingsForm
        key={share.id}
        settings={share.settings}
        kind={flow.kind}
        action={th('action.save')}
        onCancel={() => choose(undefined)}
        onSave={async (settings) => {
          await updateShare(share.id, { settings });
          toast.success(th('share.saved'));
          choose(undefined);
        }}
      />
    );
  }
  if (shares.length === 0) {
    return (
      <Empty icon={<Share2 size={28} />} title={th('share.none')} text={th('share.none.text')}>
        <Button kind="primary" disabled={!flow.published} onClick={() => choose('new')}>
          {th('share.create')}
        </Button>
      </Empty>
    );
  }
  return (
    <ul className="flex flex-col gap-5">
      {shares.map((one) => (
        <li key={one.id}>
          <OneShare share={one} onEdit={() => choose(one.id)} />
        </li>
      ))}
    </ul>
  );
}

function OneShare({ share, onEdit }: { share: Share; onEdit: () => void }) {
  const [asking, setAsking] = useState<'rotate' | 'delete' | null>(null);
  const done = { onSuccess: () => setAsking(null) };
  const toggle = useMutation({ mutationFn: () => updateShare(share.id, { enabled: !share.enabled }) });
  const rotate = useMutation({ mutationFn: () => rotateShare(share.id), ...done });
  const remove = useMutation({ mutationFn: () => deleteShare(share.id), ...done });
  const link = location.origin + share.path;
  const over = Boolean(share.settings.expires_at && Date.parse(share.settings.expires_at) <= Date.now());
  const tag = { origin: location.origin, token: share.token, name: share.settings.name, colour: share.settings.colour ?? null };
  return (
    <article data-testid="share" aria-label={share.settings.name} className="rounded-lg border border-line bg-surface">
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-3">
        <span className="size-3 shrink-0 rounded-full bg-accent" style={{ background: share.settings.colour ?? undefined }} aria-hidden="true" />
        <h2 className="min-w-0 flex-1 text-14 font-semibold break-words">{share.settings.name}</h2>
        <Badge tone={over ? 'warn' : share.enabled ? 'ok' : 'neutral'}>{over ? th('share.over') : share.enabled ? th('share.on') : th('share.off')}</Badge>
        <Badge>{th(`share.audience.${share.settings.audience ?? 'anyone'}`)}</Badge>
      </header>
      <div className="flex flex-col gap-4 px-4 py-4">
        <Copied name={th('share.link')} text={link} label={th('share.link.copy')} />
        {(share.settings.origins ?? []).length === 0 ? (
          <p className="text-fg-2">{th('share.tag.none')}</p>
        ) : (
          <>
            <Copied name={th('share.tag')} text={buttonTag(tag)} label={th('share.tag.copy')} />
            <Copied name={th('share.tag.inline')} text={inlineTag(tag)} label={th('share.tag.copy')} />
          </>
        )}
        <p className="num flex flex-wrap gap-x-2">
          <span className="text-fg-2">{th('share.today')}</span>
          <Link to="/runs" search={{ share: share.id }} className="rounded-sm text-accent hover:underline">
            {thn('share.today.runs', share.today.runs)}
          </Link>
          <span className="text-fg-2">{th('share.today.of', { count: formatNumber(share.settings.runs_per_day ?? 0) })}</span>
          {formatCost(share.today.cost) && <span>{formatCost(share.today.cost)}</span>}
        </p>
        {toggle.error && <ProblemBox error={toggle.error} />}
        <div className="flex flex-wrap gap-2">
          <a href={share.path} target="_blank" rel="noreferrer" className={buttonClass()}>
            <ExternalLink size={13} aria-hidden="true" />
            {th('share.link.open')}
          </a>
          <Button onClick={onEdit}>{th('share.edit')}</Button>
          <Button busy={toggle.isPending} onClick={() => toggle.mutate()}>
            {share.enabled ? th('share.turnOff') : th('share.turnOn')}
          </Button>
          <Button onClick={() => setAsking('rotate')}>{th('share.rotate')}</Button>
          <Button kind="danger" onClick={() => setAsking('delete')}>
            {th('action.delete')}
          </Button>
        </div>
      </div>
      <ConfirmDialog
        open={asking === 'rotate'}
        onOpenChange={() => setAsking(null)}
        title={th('share.rotate.title')}
        text={th('share.rotate.text')}
        action={th('share.rotate.do')}
        busy={rotate.isPending}
        error={rotate.error}
        onConfirm={() => rotate.mutate()}
      />
      <ConfirmDialog
        open={asking === 'delete'}
        onOpenChange={() => setAsking(null)}
        title={th('share.delete.title')}
        text={th('share.delete.text')}
        action={th('action.delete')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </article>
  );
}

function Copied({ name, text, label }: { name: string; text: string; label: string }) {
  return (
    <div>
      <p className="mb-1 text-12 font-medium text-fg-2">{name}</p>
      <div className="flex items-start gap-1 rounded-md border border-line bg-surface-2 pe-1">
        <pre
          // A long line scrolls, also with the keyboard.
          tabIndex={0}
          aria-label={name}
          dir="ltr"
          className="scroll-thin min-w-0 flex-1 overflow-x-auto rounded-md py-2 ps-3 font-mono text-12"
        >
          {text}
        </pre>
        <span className="pt-0.5">
          <CopyButton text={text} label={label} />
        </span>
      </div>
    </div>
  );
}
