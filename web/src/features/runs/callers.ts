import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { meQuery, usePermission } from '@/features/session/api';
import { keysQuery, membersQuery } from '@/features/settings/people-api';
import { triggersQuery } from '@/features/triggers/api';
import type { Run } from './api';
import { tr } from './words';

/** Names change seldom, and are asked for on pages that live long. */
const FRESH = { staleTime: 300_000 };

/** Who asked for a run; nobody for those that a flow began. */
export const callerOf = (run: Run): string | undefined => run.caller ?? run.trigger_id ?? undefined;

/** What somebody is called of whom no name is known. */
export function strangerName(id: string): string {
  if (id === 'me') return tr('runs.filter.user.me');
  if (id === 'operator') return tr('runs.filter.user.operator');
  if (id.startsWith('key_')) return tr('runs.filter.user.key', { id: id.slice(-6) });
  if (id.startsWith('trg_')) return tr('runs.filter.user.trigger', { id: id.slice(-6) });
  if (id.startsWith('usr_')) return tr('runs.filter.user.gone', { id: id.slice(-6) });
  if (id.includes('/')) return tr('runs.filter.user.visitor');
  return id;
}

/** Gives the names of users, keys and triggers, as far as the reader may know them. */
export function useCallerName(): (id: string | undefined) => string {
  const me = useQuery(meQuery).data?.user;
  const members = useQuery({ ...membersQuery, ...FRESH, enabled: usePermission('members.read') });
  const keys = useQuery({ ...keysQuery, ...FRESH, enabled: usePermission('keys.write') });
  const triggers = useInfiniteQuery({ ...triggersQuery(), ...FRESH, refetchInterval: false, enabled: usePermission('flows.read') });
  return (id) => {
    if (!id) return '';
    if (id === me?.id) return me.name;
    return (
      members.data?.find(({ user_id }) => user_id === id)?.name ??
      keys.data?.find((key) => key.id === id)?.name ??
      triggers.data?.pages.flatMap(({ items }) => items).find((trigger) => trigger.id === id)?.name ??
      strangerName(id)
    );
  };
}
