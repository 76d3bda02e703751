import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type AskedField, begin, collect, fromSchema, type Wrong } from '@/features/forms/fields';
import { Fields } from '@/features/forms/fields-view';
import { ValueView } from '@/features/runs/value-view';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ProblemBox } from '@/ui/problem';
import { callTool, type Tool, type ToolFunction } from './api';
import { to } from './words';

/** The only field of a function whose schema does not say what its arguments are. */
const WHOLE: AskedField = {
  name: 'arguments',
  label: to('call.arguments'),
  help: to('call.arguments.hint'),
  widget: 'json',
  required: false,
  whole: false,
  initial: undefined,
  options: [],
};

/** Calls one function by hand, with a field for each of its arguments. */
export function CallForm({ tool, offered }: { tool: Tool; offered: ToolFunction }) {
  const known = fromSchema(offered.parameters);
  const fields = known ?? [WHOLE];
  const [typed, setTyped] = useState(() => begin(fields));
  const [wrong, setWrong] = useState<Record<string, Wrong>>({});
  const call = useMutation({ mutationFn: (values: Record<string, unknown>) => callTool(tool.id, offered.name, values) });
  const send = () => {
    const read = collect(fields, typed);
    // A switch that nobody touched is left to the tool.
    for (const { name, widget, required, initial } of fields) {
      if (widget === 'switch' && !required && initial === undefined && read.values[name] === false) delete read.values[name];
    }
    setWrong(read.wrong);
    if (Object.keys(read.wrong).length > 0) return;
    call.mutate(known ? read.values : ((read.values.arguments as Record<string, unknown> | undefined) ?? {}));
  };
  return (
    <form
      aria-label={to('call.title', { name: offered.name })}
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {fields.length === 0 && <p className="text-fg-3">{to('call.none')}</p>}
      <Fields fields={fields} typed={typed} wrong={wrong} onChange={setTyped} />
      <Button type="submit" kind="primary" className="self-start" busy={call.isPending}>
        {to('call.send')}
      </Button>
      {call.error && <ProblemBox error={call.error} />}
      {call.data && (
        <div className="flex flex-col gap-2" data-testid="call-result" role="status">
          <p>
            <Badge tone={call.data.failed ? 'bad' : 'ok'}>{call.data.failed ? to('call.failed') : to('call.worked')}</Badge>
          </p>
          <p className="text-12 text-fg-2">{to('call.text')}</p>
          <ValueView name={to('call.text')} value={call.data.text} />
          <p className="text-12 text-fg-2">{to('call.value')}</p>
          <ValueView name={to('call.value')} value={call.data.value} />
        </div>
      )}
    </form>
  );
}
