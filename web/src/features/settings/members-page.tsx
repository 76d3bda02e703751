import { useMutation, useQuery } from '@tanstack/react-query';
import { Plus, UserMinus } from 'lucide-react';
import { useState } from 'react';
import { toast } from '@/ui/toast';
import type { Member, Role } from '@/api/types';
import { atLeast, meQuery, usePermission } from '@/features/session/api';
import { t } from './words';
import { Button, IconButton } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Select } from '@/ui/field';
import { Card, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { AddMember } from './add-member';
import { changeRole, membersQuery, removeMember } from './people-api';

const ROLES: Role[] = ['owner', 'admin', 'editor', 'viewer'];

/** Roles a person may give: nobody appoints above themselves. */
export function rolesBelow(own: Role | undefined): Role[] {
  return ROLES.filter((role) => atLeast(own, role));
}

export function MembersPage() {
  const members = useQuery(membersQuery);
  const me = useQuery(meQuery);
  const mayWrite = usePermission('members.write');
  const [adding, setAdding] = useState(false);
  return (
    <Section
      title={t('settings.members')}
      lead={t('member.lead')}
      actions={
        mayWrite && (
          <Button onClick={() => setAdding(true)}>
            <Plus size={15} />
            {t('member.add')}
          </Button>
        )
      }
    >
      {members.error && <ProblemBox error={members.error} onRetry={() => void members.refetch()} />}
      {members.isPending && <SkeletonRows rows={3} />}
      {members.data && (
        <Card>
          <ul className="divide-y divide-line">
            {members.data.map((member) => (
              <MemberRow
                key={member.user_id}
                member={member}
                self={member.user_id === me.data?.user?.id}
                own={mayWrite ? me.data?.role : undefined}
              />
            ))}
          </ul>
        </Card>
      )}
      {adding && <AddMember roles={rolesBelow(me.data?.role)} onClose={() => setAdding(false)} />}
    </Section>
  );
}

interface MemberRowProps {
  member: Member;
  self: boolean;
  /** Role of the person who looks, when they may change members. */
  own: Role | undefined;
}

function MemberRow({ member, self, own }: MemberRowProps) {
  const [removing, setRemoving] = useState(false);
  const change = useMutation({
    mutationFn: (role: Role) => changeRole(member.user_id, role),
    onError: (error) => toast.error(error.message),
  });
  const remove = useMutation({ mutationFn: () => removeMember(member.user_id), onSuccess: () => setRemoving(false) });
  const mayChange = !self && atLeast(own, member.role);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-48">
        <p className="truncate font-medium">
          {member.name}
          {self && <span className="ms-2 font-normal text-fg-3">{t('member.you')}</span>}
        </p>
        <p className="truncate text-12 text-fg-3">{member.email}</p>
      </div>
      {mayChange ? (
        <>
          <Select
            aria-label={t('member.roleOf', { name: member.name })}
            className="w-28"
            value={change.isPending ? change.variables : member.role}
            onChange={(event) => change.mutate(event.target.value as Role)}
          >
            {rolesBelow(own).map((role) => (
              <option key={role} value={role}>
                {t(`role.${role}`)}
              </option>
            ))}
          </Select>
          <IconButton label={t('member.remove', { name: member.name })} onClick={() => setRemoving(true)}>
            <UserMinus size={15} />
          </IconButton>
        </>
      ) : (
        <span className="text-fg-2">{t(`role.${member.role}`)}</span>
      )}
      <ConfirmDialog
        open={removing}
        onOpenChange={setRemoving}
        title={t('member.remove.title')}
        text={t('member.remove.text', { name: member.name })}
        action={t('member.remove.action')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}
