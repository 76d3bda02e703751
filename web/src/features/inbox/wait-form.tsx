import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { components } from '@/api/schema';
import { ApiError } from '@/api/errors';
import { Fields } from '@/features/forms/fields-view';
import { begin, collect, fromFormField, type Wrong } from '@/features/forms/fields';
import { Button } from '@/ui/button';
import { ProblemBox } from '@/ui/problem';
import type { Reply } from './api';

interface WaitFormProps {
  form: components['schemas']['Form'];
  /** Sends the answer; what is typed stays when it is refused. */
  send: (reply: Reply) => Promise<unknown>;
  onDone?: () => void;
  beside?: ReactNode;
}

/** A question to people: its message, its fields, and a button for each way out. */
export function WaitForm({ form, send, onDone, beside }: WaitFormProps) {
  const fields = form.fields.map(fromFormField);
  const [typed, setTyped] = useState(() => begin(fields));
  const [wrong, setWrong] = useState<Record<string, Wrong>>({});
  const answer = useMutation({ mutationFn: (reply: Reply) => send(reply), onSuccess: onDone });
  const press = (button: string) => {
    const read = collect(fields, typed);
    setWrong(read.wrong);
    if (Object.keys(read.wrong).length > 0) return;
    // A text emptied on purpose stays empty; leaving it out would bring its default back.
    for (const { name, widget, initial } of fields) {
      if ((widget === 'text' || widget === 'lines') && typed[name] === '' && initial !== undefined) read.values[name] = '';
    }
    answer.mutate({ button, fields: read.values as Reply['fields'] });
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={(event) => event.preventDefault()}>
      {form.message && <p className="break-words whitespace-pre-wrap">{form.message}</p>}
      <Fields fields={fields} typed={typed} wrong={wrong} onChange={setTyped} />
      {answer.error && <ProblemBox error={answer.error} />}
      <div className="flex flex-wrap items-center gap-2">
        {form.buttons.map((button, index) => (
          <Button
            key={button}
            kind={index === 0 ? 'primary' : 'secondary'}
            className="max-w-full"
            busy={answer.isPending && answer.variables.button === button}
            disabled={answer.isPending || (answer.error instanceof ApiError && answer.error.status === 409)}
            onClick={() => press(button)}
          >
            <span className="truncate">{buttonText(button)}</span>
          </Button>
        ))}
        {beside}
      </div>
    </form>
  );
}

/** "ask_again" reads "Ask again". */
export function buttonText(button: string): string {
  const words = button.replaceAll('_', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
