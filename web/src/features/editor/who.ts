import { useQuery } from '@tanstack/react-query';
import { meQuery, usePermission } from '@/features/session/api';
import { membersQuery } from '@/features/settings/people-api';
import { tl } from './late-words';

/** What whoever published a revision is called: by name where that may be known. */
export function useNames(): (id: string | null | undefined) => string {
  const me = useQuery(meQuery).data?.user;
  const members = useQuery({ ...membersQuery, enabled: usePermission('members.read') }).data;
  return (id) => {
    if (!id) return '';
    if (id === me?.id) return me.name;
    const known = members?.find(({ user_id }) => user_id === id)?.name;
    if (known) return known;
    if (id === 'operator') return tl('who.operator');
    if (id.startsWith('key_')) return tl('who.key', { id: id.slice(-6) });
    return tl('who.gone');
  };
}
