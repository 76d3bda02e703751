import { useMutation, useQuery } from '@tanstack/react-query';
import { Pencil, Plus, SlidersHorizontal, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { t } from '@/i18n';
import { Button, IconButton } from '@/ui/button';
import { compareNames } from '@/i18n/format';
import { ConfirmDialog, Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Select, Textarea } from '@/ui/field';
import { Card, Empty, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { KeptResults } from './kept-results';
import { deleteEnvironment, environmentQuery, setEnvironment } from './values-api';
import { tv } from './values-words';

type Entry = [name: string, value: unknown];
const NEW: Entry = ['', ''];

/** Values of this workspace that flows read as `env.NAME`. */
export function EnvironmentPage() {
  const mayWrite = usePermission('environment.write');
  const mayForget = usePermission('flows.write');
  const values = useQuery(environmentQuery);
  const [setting, setSetting] = useState<Entry | null>(null);
  const entries = Object.entries(values.data ?? {}).toSorted(([one], [other]) => compareNames(one, other));
  const add = mayWrite && (
    <Button onClick={() => setSetting(NEW)}>
      <Plus size={15} />
      {tv('env.add')}
    </Button>
  );
  return (
    <>
      <Section title={t('settings.environment')} lead={tv('env.lead')} actions={entries.length > 0 ? add : undefined}>
        {values.error && <ProblemBox error={values.error} onRetry={() => void values.refetch()} />}
        {values.isPending && <SkeletonRows rows={2} />}
        {values.data && entries.length === 0 && (
          <Empty icon={<SlidersHorizontal size={24} />} title={tv('env.none')} text={tv('env.none.text')}>
            {add}
          </Empty>
        )}
        {entries.length > 0 && (
          <Card>
            <ul className="divide-y divide-line">
              {entries.map((entry) => (
                <ValueRow key={entry[0]} entry={entry} mayWrite={mayWrite} onSet={() => setSetting(entry)} />
              ))}
            </ul>
          </Card>
        )}
        {setting && <SetValue entry={setting} onClose={() => setSetting(null)} />}
      </Section>
      {mayForget && <KeptResults />}
    </>
  );
}

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function ValueRow({ entry: [name, value], mayWrite, onSet }: { entry: Entry; mayWrite: boolean; onSet: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const remove = useMutation({ mutationFn: () => deleteEnvironment(name), onSuccess: () => setDeleting(false) });
  return (
    <li className="flex items-center gap-3 px-4 py-2.5" data-testid="environment-row" data-name={name}>
      <div className="min-w-0 flex-1">
        <p className="font-mono text-12 font-medium break-all">{name}</p>
        <p className="line-clamp-2 text-12 break-words text-fg-2">{shown(value)}</p>
      </div>
      {mayWrite && (
        <>
          <IconButton label={tv('env.change', { name })} onClick={onSet}>
            <Pencil size={14} />
          </IconButton>
          <IconButton label={tv('value.delete', { name })} onClick={() => setDeleting(true)}>
            <Trash2 size={15} />
          </IconButton>
        </>
      )}
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={tv('value.delete.title', { name })}
        text={tv('env.delete.text')}
        action={t('action.delete')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </li>
  );
}

function parsed(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
}

function SetValue({ entry: [known, before], onClose }: { entry: Entry; onClose: () => void }) {
  const [name, setName] = useState(known);
  const [kind, setKind] = useState<'text' | 'json'>(typeof before === 'string' ? 'text' : 'json');
  const [text, setText] = useState(typeof before === 'string' ? before : JSON.stringify(before, null, 2));
  const read = kind === 'text' ? { value: text } : parsed(text);
  const set = useMutation({ mutationFn: () => setEnvironment(name.trim(), read?.value), onSuccess: onClose });
  const wrong = kind === 'json' && text.trim() !== '' && !read;
  return (
    <Dialog open onOpenChange={onClose} title={known ? tv('env.change', { name: known }) : tv('env.add')}>
      <DialogForm action={t('action.save')} sending={set} disabled={!name.trim() || !read} onCancel={onClose}>
        {!known && (
          <Field label={t('field.name')} hint={tv('env.name.hint')}>
            {(ids) => (
              <Input {...ids} required spellCheck={false} className="font-mono" value={name} onChange={(event) => setName(event.target.value)} />
            )}
          </Field>
        )}
        <Field label={tv('env.kind')}>
          {(ids) => (
            <Select {...ids} value={kind} onChange={(event) => setKind(event.target.value as 'text' | 'json')}>
              <option value="text">{tv('env.kind.text')}</option>
              <option value="json">{tv('env.kind.json')}</option>
            </Select>
          )}
        </Field>
        <Field label={tv('env.value')} error={wrong ? tv('env.wrong') : null}>
          {(ids) => (
            <Textarea
              {...ids}
              rows={3}
              className={kind === 'json' ? 'font-mono' : undefined}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
