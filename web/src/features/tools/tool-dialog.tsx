import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { t } from '@/i18n';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Input, Select, Textarea } from '@/ui/field';
import { addTool, changeTool, type Tool, type ToolKind } from './api';
import { draftOf, isWrong, settingsOf, type ToolDraft } from './draft';
import { SettingsFields } from './settings-fields';
import { to } from './words';

const KINDS: ToolKind[] = ['http', 'openapi', 'mcp', 'knowledge', 'flow'];

interface ToolDialogProps {
  /** Absent for a new one. */
  tool?: Tool;
  onClose: () => void;
  onMade?: (id: string) => void;
}

export function ToolDialog({ tool, onClose, onMade }: ToolDialogProps) {
  const mayRunPrograms = usePermission('tools.programs');
  const [kind, setKind] = useState<ToolKind>(tool?.kind ?? 'http');
  const [name, setName] = useState(tool?.name ?? '');
  const [description, setDescription] = useState(tool?.description ?? '');
  const [draft, setDraft] = useState<ToolDraft>(() => draftOf((tool?.settings ?? {}) as Record<string, unknown>));
  const send = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), description: description.trim(), settings: settingsOf(kind, draft) };
      return tool ? changeTool(tool, body) : addTool(kind, body);
    },
    onSuccess: ({ id }) => {
      onClose();
      onMade?.(id);
    },
  });
  const kinds: ToolKind[] = mayRunPrograms ? [...KINDS, 'mcp_stdio'] : KINDS;
  return (
    <Dialog open onOpenChange={onClose} title={tool ? to('tool.editOf', { name: tool.name }) : to('tools.add')}>
      <DialogForm
        action={tool ? t('action.save') : t('action.create')}
        sending={send}
        disabled={!name.trim() || isWrong(kind, draft)}
        onCancel={onClose}
      >
        {!tool && (
          <Field label={to('tool.kind')} hint={to(`kind.${kind}.hint`)}>
            {(ids) => (
              <Select {...ids} value={kind} onChange={(event) => setKind(event.target.value as ToolKind)}>
                {kinds.map((one) => (
                  <option key={one} value={one}>
                    {to(`kind.${one}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Field label={t('field.name')} hint={to('tool.name.hint')}>
          {(ids) => (
            <Input {...ids} required maxLength={48} spellCheck={false} value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label={t('field.description')} hint={to('tool.description.hint')} optional={t('field.optional')}>
          {(ids) => <Textarea {...ids} rows={2} value={description} onChange={(event) => setDescription(event.target.value)} />}
        </Field>
        <SettingsFields kind={kind} draft={draft} set={(change) => setDraft({ ...draft, ...change })} />
      </DialogForm>
    </Dialog>
  );
}
