import { Plus } from 'lucide-react';
import { useContext, useState } from 'react';
import { Button } from '@/ui/button';
import { Input, Select } from '@/ui/field';
import { FormContext } from './form-room';
import { englishLabel, englishName } from './labels';
import type { Schema, Shape } from './schema';
import { said, saidLabel, saidName } from '@/features/said/said';
import { te } from './words';

export type Change = (value: unknown) => void;

export interface ValueProps {
  label: string;
  help?: string;
  path: string;
  schema: Schema | true;
  required: boolean;
  value: unknown;
  onChange: Change;
  /** Takes the place of the label, where a list numbers its items. */
  bare?: boolean;
}

/** A setting's name as people read it, in their language: the one place where labels are made. */
export const labelOf = (name: string, help?: string): string => saidLabel(name, help) ?? englishLabel(name);

/** What people call a value that can be chosen. */
export function nameOf(value: string): string {
  const name = saidName(value);
  return name === value ? englishName(value) : name;
}

/** The last name in a path, such as `values` of `settings.values[2]`. */
const lastOf = (path: string) => path.replace(/\[\d+\]$/, '').split('.').at(-1) ?? '';

/** What the button says that adds to a list or to values by name. */
export function addLabel(path: string, label: string): string {
  const key = `add.${lastOf(path)}` as 'add.inputs';
  const text = te(key);
  return text === key ? te('form.add', { name: label }) : text;
}

/** What a schema says of a field, with its names of things set apart. What every template is, is not said. */
export function Help({ text }: { text: string }) {
  if (/^(A|The) template\.$/.test(text)) return null;
  return said(text).split('`').map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      // Parts of one text have no other name than their place.
      // oxlint-disable-next-line react/no-array-index-key
      <code key={`${at} ${part}`} className="font-mono text-[0.92em]">
        {part}
      </code>
    ),
  );
}

/** What a field names, when it names something of the workspace. */
export function namesFor(path: string): string | null {
  const last = lastOf(path);
  if (last === 'model' || last === 'fallbacks') return 'model';
  if (last === 'knowledge_bases') return 'base';
  if (last === 'tool') return 'tool';
  return last === 'flow' ? 'flow' : null;
}

interface ChoiceProps {
  shape: Extract<Shape, { as: 'choice' }>;
  required: boolean;
  standard: unknown;
  value: unknown;
  onChange: Change;
  disabled: boolean;
  id: string;
}

export function Choice({ shape, required, standard, value, onChange, ...rest }: ChoiceProps) {
  const held = typeof value === 'string' ? value : '';
  const known = shape.options.some((option) => option.value === held);
  return (
    <Select {...rest} value={held} onChange={(event) => onChange(event.target.value || undefined)}>
      {(!required || held === '') && (
        <option value="">{typeof standard === 'string' ? te('form.standard', { value: nameOf(standard) }) : te('form.notSet')}</option>
      )}
      {!known && held !== '' && <option value={held}>{held}</option>}
      {shape.options.map((option) => (
        <option key={option.value} value={option.value} title={said(option.help) || undefined}>
          {nameOf(option.value)}
        </option>
      ))}
    </Select>
  );
}

export const asRecord = (value: unknown): { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { [key: string]: unknown }) : {};

export function without(record: { [key: string]: unknown }, gone: string) {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== gone));
}

export function AddButton({ label, onAdd }: { label: string; onAdd: () => void }) {
  const { readOnly } = useContext(FormContext);
  if (readOnly) return null;
  return (
    <Button size="sm" className="self-start" onClick={onAdd}>
      <Plus size={13} />
      {label}
    </Button>
  );
}

/** A name is taken when one leaves it, so that half a name is never one. */
export function NamePart({ label, name, disabled, onRename }: { label: string; name: string; disabled: boolean; onRename: (to: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const done = () => {
    if (typed !== null && typed.trim() !== '' && typed !== name) onRename(typed.trim());
    setTyped(null);
  };
  return (
    <Input
      aria-label={label}
      data-own-undo={typed === null ? undefined : ''}
      className="h-7 font-mono text-12"
      disabled={disabled}
      value={typed ?? name}
      spellCheck={false}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === 'Enter') done();
      }}
    />
  );
}
