import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Code, Download, GitCompareArrows, ListTree, Share2, Zap } from 'lucide-react';
import { useMemo, useSyncExternalStore } from 'react';
import type { Flow } from '@/features/flows/api';
import { said } from '@/features/said/said';
import { Badge } from '@/ui/badge';
import { MenuItem, MenuLine } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { versionQuery } from './later-api';
import { tl } from './late-words';
import { toWire } from './model';
import { samePublished } from './same-run';
import type { Editor } from './store';
import { te } from './words';

/** Says that publishing would change something, beside what says what is published. */
export function Unpublished({ flow, number, draft }: { flow: Flow; number: number; draft: Editor }) {
  const { data: live } = useQuery(versionQuery(flow.slug, number));
  const doc = useSyncExternalStore(draft.subscribe, () => draft.doc);
  const differs = useMemo(() => live !== undefined && !samePublished(live, doc), [live, doc]);
  return differs ? <Badge tone="warn">{tl('head.unpublished')}</Badge> : null;
}

/** Where else this flow is looked at, and its file. */
export function MoreItems({ flow, draft }: { flow: Flow; draft: Editor }) {
  const { slug } = flow;
  const navigate = useNavigate();
  const save = useMutation({
    mutationFn: async (format: 'yaml' | 'json') => {
      const { exportFlow } = await import('@/features/flows/file');
      await exportFlow(slug, toWire(draft.doc), format);
    },
    onError: (error) => toast.error(said(error.message)),
  });
  return (
    <>
      <MenuItem icon={<ListTree size={14} />} onSelect={() => void navigate({ to: '/runs', search: { flow: flow.id } })}>
        {tl('head.runs')}
      </MenuItem>
      <MenuItem icon={<Zap size={14} />} onSelect={() => void navigate({ to: '/triggers', search: { flow: slug } })}>
        {tl('head.triggers')}
      </MenuItem>
      <MenuItem icon={<GitCompareArrows size={14} />} onSelect={() => void navigate({ to: '/flows/$id/versions/$pair', params: { id: slug, pair: `${flow.published ?? 1}..draft` } })}>
        {tl('versions.heading')}
      </MenuItem>
      <MenuItem icon={<Code size={14} />} onSelect={() => void navigate({ to: '/flows/$id/api', params: { id: slug } })}>
        {tl('head.api')}
      </MenuItem>
      <MenuItem icon={<Share2 size={14} />} onSelect={() => void navigate({ to: '/flows/$id/share', params: { id: slug }, search: {} })}>
        {tl('head.share')}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<Download size={14} />} onSelect={() => save.mutate('yaml')}>
        {te('head.yaml')}
      </MenuItem>
      <MenuItem icon={<Download size={14} />} onSelect={() => save.mutate('json')}>
        {te('head.json')}
      </MenuItem>
    </>
  );
}
