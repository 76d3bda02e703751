import { useState } from 'react';
import { readStored, writeStored } from '@/api/stored';
import { DialogActions } from '@/ui/dialog';
import { Button } from '@/ui/button';
import { Field, Textarea } from '@/ui/field';
import type { Prompt } from './api';
import { filled } from './variables';
import { tp } from './words';

/** What was filled in last stays in this tab, and is never sent anywhere but in a question. */
const kept = (id: string) => `headwater.prompt.${id}`;

function lastValues(id: string): Record<string, string> {
  try {
    const stored: unknown = JSON.parse(readStored(kept(id), 'tab') ?? '{}');
    const entries = typeof stored === 'object' && stored !== null ? Object.entries(stored) : [];
    return Object.fromEntries(entries.filter(([, value]) => typeof value === 'string'));
  } catch {
    return {};
  }
}

interface FillProps {
  prompt: Prompt;
  onCancel: () => void;
  onFilled: (text: string) => void;
}

/** Asks for what takes the place of a prompt's variables. */
export function FillForm({ prompt, onCancel, onFilled }: FillProps) {
  const [values, setValues] = useState(() => lastValues(prompt.id));
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        writeStored(kept(prompt.id), JSON.stringify(values), 'tab');
        onFilled(filled(prompt.text, values));
      }}
    >
      {prompt.variables.map((name, index) => (
        <Field key={name} label={name}>
          {(ids) => (
            <Textarea
              {...ids}
              rows={1}
              dir="auto"
              // Whoever chose a prompt goes on by filling it in.
              // oxlint-disable-next-line jsx-a11y/no-autofocus
              autoFocus={index === 0}
              className="field-sizing-content max-h-40 min-h-8 resize-none"
              value={values[name] ?? ''}
              onChange={(event) => setValues({ ...values, [name]: event.target.value })}
              onFocus={(event) => event.target.select()}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || event.keyCode === 229) return;
                event.preventDefault();
                event.currentTarget.form?.requestSubmit();
              }}
            />
          )}
        </Field>
      ))}
      <p className="text-12 text-fg-3">{tp('fill.left')}</p>
      <DialogActions onCancel={onCancel}>
        <Button type="submit" kind="primary">
          {tp('fill.insert')}
        </Button>
      </DialogActions>
    </form>
  );
}
