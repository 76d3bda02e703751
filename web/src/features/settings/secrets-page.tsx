import { useMutation, useQuery } from '@tanstack/react-query';
import { LockKeyhole, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { t } from '@/i18n';
import { formatAgo } from '@/i18n/format';
import { Button, IconButton } from '@/ui/button';
import { ConfirmDialog, Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Textarea } from '@/ui/field';
import { Card, Empty, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { Refused } from './refused';
import { deleteSecret, type KeptSecret, secretsQuery, setSecret } from './values-api';
import { tv } from './values-words';

/** What flows and tools send and nobody sees: names here, texts never. */
export function SecretsPage() {
  const mayRead = usePermission('secrets.read');
  const mayWrite = usePermission('secrets.write');
  const secrets = useQuery({ ...secretsQuery, enabled: mayRead });
  const [setting, setSetting] = useState<string | null>(null);
  if (!mayRead) return <Refused title={t('settings.secrets')} text={tv('secret.refused')} />;
  const add = mayWrite && (
    <Button onClick={() => setSetting('')}>
      <Plus size={15} />
      {tv('secret.add')}
    </Button>
  );
  return (
    <Section title={t('settings.secrets')} lead={tv('secret.lead')} actions={secrets.data?.length ? add : undefined}>
      {secrets.error && <ProblemBox error={secrets.error} onRetry={() => void secrets.refetch()} />}
      {secrets.isPending && <SkeletonRows rows={2} />}
      {secrets.data?.length === 0 && (
        <Empty icon={<LockKeyhole size={24} />} title={tv('secret.none')} text={tv('secret.none.text')}>
          {add}
        </Empty>
      )}
      {secrets.data && secrets.data.length > 0 && (
        <Card>
          <ul className="divide-y divide-line">
            {secrets.data.map((secret) => (
              <SecretRow key={secret.name} secret={secret} mayWrite={mayWrite} onSet={() => setSetting(secret.name)} />
            ))}
          </ul>
        </Card>
      )}
      {setting !== null && <SetSecret name={setting} onClose={() => setSetting(null)} />}
    </Section>
  );
}

function SecretRow({ secret, mayWrite, onSet }: { secret: KeptSecret; mayWrite: boolean; onSet: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const remove = useMutation({ mutationFn: () => deleteSecret(secret.name), onSuccess: () => setDeleting(false) });
  return (
    <li className="flex items-center gap-3 px-4 py-2.5" data-testid="secret-row" data-name={secret.name}>
      <div className="min-w-0 flex-1">
        <p className="font-mono text-12 font-medium break-all">{secret.name}</p>
        <p className="text-12 text-fg-3">{tv('secret.set', { when: formatAgo(secret.updated_at) })}</p>
      </div>
      {mayWrite && (
        <>
          <IconButton label={tv('secret.change', { name: secret.name })} onClick={onSet}>
            <Pencil size={14} />
          </IconButton>
          <IconButton label={tv('value.delete', { name: secret.name })} onClick={() => setDeleting(true)}>
            <Trash2 size={15} />
          </IconButton>
        </>
      )}
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={tv('value.delete.title', { name: secret.name })}
        text={tv('secret.delete.text')}
        action={t('action.delete')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}

function SetSecret({ name: known, onClose }: { name: string; onClose: () => void }) {
  const [name, setName] = useState(known);
  const [value, setValue] = useState('');
  const set = useMutation({ mutationFn: () => setSecret(name.trim(), value), onSuccess: onClose });
  return (
    <Dialog open onOpenChange={onClose} title={known ? tv('secret.change', { name: known }) : tv('secret.add')}>
      <DialogForm action={t('action.save')} sending={set} disabled={!name.trim() || !value} onCancel={onClose}>
        {!known && (
          <Field label={t('field.name')} hint={tv('secret.name.hint')}>
            {(ids) => (
              <Input
                {...ids}
                required
                autoComplete="off"
                spellCheck={false}
                className="font-mono"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
        )}
        <Field label={tv('secret.value')} hint={tv('secret.value.hint')}>
          {(ids) => (
            <Textarea
              {...ids}
              required
              rows={2}
              autoComplete="off"
              spellCheck={false}
              className="font-mono"
              value={value}
              onChange={(event) => setValue(event.target.value)}
            />
          )}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
