import { Undo2 } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { fromField, toField } from '@/features/runs/when';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { type Own, type Range, typedTime } from './time';
import { tm } from './words';

interface OwnTimeProps {
  own: Own;
  /** The range to go back to. */
  before: Range;
  onChoose: (own: Own) => void;
  onBack: () => void;
}

/** From when to when, to be typed, and the way back to a range. */
export function OwnTime({ own, before, onChoose, onBack }: OwnTimeProps) {
  const id = useId();
  const { from, to } = own;
  const given = { of: `${from} ${to}`, from: toField(from), to: toField(to), sent: false };
  const [kept, setTyped] = useState(given);
  // Another time, chosen on a chart or by going back, stands in place of what was typed.
  const typed = kept.of === given.of ? kept : given;
  const read = typedTime(fromField(typed.from), fromField(typed.to));
  const wrong = typed.sent && 'wrong' in read ? read : null;
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTyped({ ...typed, sent: true });
    if (!('wrong' in read)) onChoose(read);
  };
  return (
    <form noValidate onSubmit={send} aria-label={tm('own.title')} aria-describedby={id} className="mt-3 flex flex-wrap items-start gap-x-3 gap-y-2">
      {(['from', 'to'] as const).map((field) => (
        <Field key={field} label={tm(`own.${field}`)} error={wrong?.field === field ? tm(`own.wrong.${wrong.wrong}`) : null} className="w-full sm:w-52">
          {(ids) => <Input {...ids} type="datetime-local" value={typed[field]} onChange={(event) => setTyped({ ...typed, [field]: event.target.value })} />}
        </Field>
      ))}
      {/* As high as the labels of the fields, so that the buttons stand beside what is typed. */}
      <div className="flex flex-wrap items-center gap-2 sm:mt-6">
        <Button type="submit" kind="primary">
          {tm('own.show')}
        </Button>
        <Button kind="ghost" onClick={onBack}>
          <Undo2 size={14} className="rtl:-scale-x-100" aria-hidden="true" />
          {tm(`own.back.${before}`)}
        </Button>
      </div>
      <p id={id} className="basis-full text-12 text-fg-3">
        {tm('own.zone', { zone: new Intl.DateTimeFormat().resolvedOptions().timeZone })}
      </p>
    </form>
  );
}
