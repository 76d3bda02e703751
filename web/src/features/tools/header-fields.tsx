import { useQuery } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { usePermission } from '@/features/session/api';
import { secretsQuery } from '@/features/settings/values-api';
import { Button, IconButton } from '@/ui/button';
import { Input, Select } from '@/ui/field';
import type { HeaderDraft } from './draft';
import { to } from './words';

interface HeaderFieldsProps {
  headers: HeaderDraft[];
  onChange: (headers: HeaderDraft[]) => void;
}

/** Headers that a tool sends: texts everyone may read, or secrets of the workspace by their names. */
export function HeaderFields({ headers, onChange }: HeaderFieldsProps) {
  const mayRead = usePermission('secrets.read');
  const secrets = useQuery({ ...secretsQuery, enabled: mayRead });
  const names = secrets.data?.map(({ name }) => name) ?? [];
  const change = (at: number, part: Partial<HeaderDraft>) =>
    onChange(headers.map((header, index) => (index === at ? { ...header, ...part } : header)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">{to('headers.title')}</legend>
      {headers.map((header, index) => {
        const number = index + 1;
        return (
          // Rows have no identity but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <div key={index} className="grid grid-cols-[1fr_auto] gap-2 rounded-md border border-line p-2">
            <div className="grid gap-2 sm:grid-cols-2">
              <Input
                aria-label={to('headers.name', { number })}
                placeholder="X-Team"
                spellCheck={false}
                value={header.name}
                onChange={(event) => change(index, { name: event.target.value })}
              />
              <Select
                aria-label={to('headers.kind', { number })}
                value={header.secret ? 'secret' : 'text'}
                onChange={(event) => change(index, { secret: event.target.value === 'secret', text: '' })}
              >
                <option value="text">{to('headers.kind.text')}</option>
                <option value="secret">{to('headers.kind.secret')}</option>
              </Select>
              {header.secret ? (
                <>
                  <Select
                    aria-label={to('headers.secret', { number })}
                    required
                    value={header.text}
                    onChange={(event) => change(index, { text: event.target.value })}
                  >
                    <option value="">{to('headers.choose')}</option>
                    {header.text && !names.includes(header.text) && <option>{header.text}</option>}
                    {names.map((name) => (
                      <option key={name}>{name}</option>
                    ))}
                  </Select>
                  <Input
                    aria-label={to('headers.prefix', { number })}
                    placeholder={to('headers.prefix.example')}
                    spellCheck={false}
                    value={header.prefix}
                    onChange={(event) => change(index, { prefix: event.target.value })}
                  />
                </>
              ) : (
                <Input
                  aria-label={to('headers.text', { number })}
                  className="sm:col-span-2"
                  spellCheck={false}
                  value={header.text}
                  onChange={(event) => change(index, { text: event.target.value })}
                />
              )}
            </div>
            <IconButton
              label={to('headers.remove', { number })}
              onClick={() => onChange(headers.filter((_, other) => other !== index))}
            >
              <Trash2 size={14} />
            </IconButton>
          </div>
        );
      })}
      <Button
        size="sm"
        className="self-start"
        onClick={() => onChange([...headers, { name: '', secret: false, text: '', prefix: '' }])}
      >
        <Plus size={13} />
        {to('headers.add')}
      </Button>
    </fieldset>
  );
}
