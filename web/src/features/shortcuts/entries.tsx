import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import {
  Activity,
  BookMarked,
  CircleHelp,
  Gauge,
  House,
  Inbox,
  Library,
  type LucideIcon,
  MessageSquare,
  Moon,
  Settings,
  SquarePen,
  Sun,
  Waypoints,
  Zap,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { allConversationsQuery, searchQuery } from '@/features/chat/more/search';
import { useSettled } from '@/features/chat/more/use-settled';
import { knowledgeBasesQuery } from '@/features/knowledge/api';
import { fittingQuery } from '@/features/prompts/api';
import { allFlowsQuery } from '@/features/runs/api';
import { usePermission } from '@/features/session/api';
import { setTheme } from '@/ui/theme';
import { fit } from './match';
import { openOverlay } from './open';
import { t } from './words';

export interface Entry {
  key: string;
  group: 'action' | 'page' | 'chat' | 'message' | 'prompt' | 'flow' | 'knowledge' | 'run';
  name: string;
  icon: ReactNode;
  run: () => void;
}

const SHOWN = 8;
const RUN_ID = /^(run_)?[0-9a-f]{32}$/i;

const icon = {
  action: <SquarePen size={14} />,
  chat: <MessageSquare size={14} />,
  flow: <Waypoints size={14} />,
  knowledge: <Library size={14} />,
  prompt: <BookMarked size={14} />,
  run: <Activity size={14} />,
};

/** Pages and actions, which are there at once. */
function useFixed(): Entry[] {
  const navigate = useNavigate();
  const secrets = usePermission('secrets.read');
  const keys = usePermission('keys.write');
  const system = usePermission('system.read');
  const audit = usePermission('audit.read');
  const page = (to: string, name: string, Icon: LucideIcon = Settings): Entry => ({
    key: to,
    group: 'page',
    name,
    icon: <Icon size={14} />,
    run: () => void navigate({ to }),
  });
  const settings = (to: string, name: string) => page(`/settings/${to}`, `${t('nav.settings')} › ${name}`);
  const dark = document.documentElement.dataset.theme === 'dark';
  return [
    { key: 'new', group: 'action', name: t('action.newChat'), icon: icon.action, run: () => void navigate({ to: '/chat' }) },
    {
      key: 'theme',
      group: 'action',
      name: dark ? t('action.light') : t('action.dark'),
      icon: dark ? <Sun size={14} /> : <Moon size={14} />,
      run: () => setTheme(dark ? 'light' : 'dark'),
    },
    {
      key: 'help',
      group: 'action',
      name: t('help.title'),
      icon: <CircleHelp size={14} />,
      run: () => openOverlay('help'),
    },
    page('/', t('nav.homePage'), House),
    page('/chat', t('nav.chat'), MessageSquare),
    page('/chat/prompts', t('palette.prompts'), BookMarked),
    page('/knowledge', t('nav.knowledge'), Library),
    page('/flows', t('nav.flows'), Waypoints),
    page('/runs', t('nav.runs'), Activity),
    page('/monitor', t('nav.monitor'), Gauge),
    page('/inbox', t('nav.inbox'), Inbox),
    page('/triggers', t('nav.triggers'), Zap),
    settings('models', t('settings.models')),
    settings('prices', t('settings.prices')),
    settings('tools', t('settings.tools')),
    ...(secrets ? [settings('secrets', t('settings.secrets'))] : []),
    settings('environment', t('settings.environment')),
    settings('members', t('settings.members')),
    ...(keys ? [settings('keys', t('settings.keys'))] : []),
    settings('usage', t('settings.usage')),
    ...(audit ? [settings('audit', t('settings.audit'))] : []),
    settings('profile', t('settings.profile')),
    settings('appearance', t('settings.appearance')),
    ...(system ? [settings('system', t('settings.system'))] : []),
  ];
}

/** What of the workspace a text may name. */
function useFound(): Entry[] {
  const navigate = useNavigate();
  const conversations = useQuery(allConversationsQuery);
  const flows = useQuery(allFlowsQuery);
  const bases = useQuery(knowledgeBasesQuery);
  return [
    ...(conversations.data ?? []).map(
      ({ id, title }): Entry => ({
        key: id,
        group: 'chat',
        name: title || t('palette.untitled'),
        icon: icon.chat,
        run: () => void navigate({ to: '/chat/$id', params: { id } }),
      }),
    ),
    ...(flows.data ?? []).map(
      ({ id, name, slug }): Entry => ({
        key: id,
        group: 'flow',
        name,
        icon: icon.flow,
        run: () => void navigate({ to: '/flows/$id', params: { id: slug } }),
      }),
    ),
    ...(bases.data ?? []).map(
      ({ id, name }): Entry => ({
        key: id,
        group: 'knowledge',
        name,
        icon: icon.knowledge,
        run: () => void navigate({ to: '/knowledge/$id', params: { id } }),
      }),
    ),
  ];
}

/** Messages of my conversations that have the words, the latest first. */
function useSaid(typed: string): Entry[] {
  const navigate = useNavigate();
  const settled = useSettled(typed);
  const { data } = useQuery(searchQuery(settled.length > 1 ? settled : ''));
  const said = settled === '' ? [] : (data ?? []).filter(({ message }) => message);
  return said.slice(0, SHOWN).map(({ conversation: { id, title }, message, text }) => ({
    key: message?.id ?? id,
    group: 'message',
    name: `${title || t('palette.untitled')}: ${text}`,
    icon: icon.chat,
    run: () => void navigate({ to: '/chat/$id', params: { id }, search: { m: message?.id } }),
  }));
}

/** Prompts that have the words. */
function usePrompts(typed: string): Entry[] {
  const navigate = useNavigate();
  const settled = useSettled(typed);
  const { data } = useQuery({ ...fittingQuery(settled), enabled: settled.length > 1 });
  if (settled.length < 2) return [];
  return (data ?? []).slice(0, SHOWN).map(({ id, name }) => ({
    key: id,
    group: 'prompt',
    name,
    icon: icon.prompt,
    run: () => void navigate({ to: '/chat/prompts', search: { prompt: id } }),
  }));
}

/** What fits the typed text, group by group, the best of each first. */
export function useEntries(typed: string): Entry[] {
  const navigate = useNavigate();
  const fixed = useFixed();
  const found = useFound();
  const text = typed.trim();
  const said = useSaid(text);
  const prompts = usePrompts(text);
  const id = RUN_ID.test(text) ? (text.startsWith('run_') ? text : `run_${text}`) : null;
  const run: Entry[] = id
    ? [
        {
          key: id,
          group: 'run',
          name: t('palette.run', { id }),
          icon: icon.run,
          run: () => void navigate({ to: '/runs/$id', params: { id } }),
        },
      ]
    : [];
  const fitting = [...fixed, ...(text ? found : found.filter(({ group }) => group === 'chat').slice(0, 5))]
    .map((entry) => ({ entry, fit: fit(entry.name, text) }))
    .filter(({ fit }) => fit > 0)
    .toSorted((one, other) => other.fit - one.fit);
  const left = new Map<string, number>();
  const shown = fitting.filter(({ entry }) => {
    const seen = left.get(entry.group) ?? 0;
    left.set(entry.group, seen + 1);
    return text === '' || seen < SHOWN;
  });
  const order: Entry['group'][] = text ? ['run', 'chat', 'flow', 'knowledge', 'prompt', 'page', 'action', 'message'] : ['action', 'chat', 'page'];
  const all = [...run, ...shown.map(({ entry }) => entry), ...(text ? [...said, ...prompts] : [])];
  return order.flatMap((group) => all.filter((entry) => entry.group === group));
}
