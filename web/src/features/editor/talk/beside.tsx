import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import type { AskedField, Typed, Wrong } from '@/features/forms/fields';
import { Fields } from '@/features/forms/fields-view';
import { Badge } from '@/ui/badge';
import { cx } from '@/ui/cx';
import { preview } from '../variables';
import { tt } from './words';

interface Beside {
  title: string;
  /** What the fields hold, in a few words. */
  sum: string;
  /** Whether somebody changed something that the next question takes along. */
  isChanged?: boolean;
  hint?: string;
  fields: AskedField[];
  typed: Typed;
  wrong: Record<string, Wrong>;
  onChange: (typed: Typed) => void;
}

const isWrong = ({ wrong }: Beside) => Object.keys(wrong).length > 0;

/** Forms that go with the next question, side by side and folded until somebody wants one, or something is wrong in it. */
export function Besides({ children }: { children: Beside[] }) {
  const id = useId();
  const [asked, setAsked] = useState<string | null>(null);
  const forms = children.filter(({ fields }) => fields.length > 0);
  // What is wrong opens by itself; what somebody opened or folded stays so.
  const open = asked === null ? forms.find(isWrong) : forms.find(({ title }) => title === asked);
  const lacking = forms.flatMap(({ wrong, fields }) => fields.filter(({ name }) => name in wrong).map(({ label }) => label));
  if (forms.length === 0) return null;
  return (
    <>
      {open && (
        <div id={id} role="group" aria-label={open.title} className="scroll-thin flex max-h-36 shrink-0 flex-col gap-3 overflow-y-auto border-t border-line p-3">
          {open.hint && <p className="text-12 text-fg-2">{open.hint}</p>}
          <Fields fields={open.fields} typed={open.typed} wrong={open.wrong} onChange={open.onChange} />
        </div>
      )}
      {lacking.length > 0 && (
        <p role="status" className="border-t border-line px-3 py-1.5 text-12 text-warn">
          {tt('talk.needs', { names: lacking.join(', ') })}
        </p>
      )}
      <div className="flex border-t border-line">
        {forms.map((form) => (
          <button
            key={form.title}
            type="button"
            aria-expanded={form === open}
            aria-controls={form === open ? id : undefined}
            className="flex h-8 min-w-0 flex-1 items-center gap-1.5 px-3 text-start text-12 not-last:border-e not-last:border-line hover:bg-surface-2 focus-visible:-outline-offset-2"
            onClick={() => setAsked(form === open ? '' : form.title)}
          >
            <ChevronRight size={13} aria-hidden="true" className={cx('shrink-0 text-fg-3 transition-transform', form === open ? 'rotate-90' : 'rtl:-scale-x-100')} />
            <span className="shrink-0 font-medium">{form.title}</span>
            {form.isChanged && <Badge tone="accent">{tt('talk.changed')}</Badge>}
            <span className="min-w-0 truncate font-mono text-11 text-fg-2">{form.sum}</span>
          </button>
        ))}
      </div>
    </>
  );
}

/** The fields of a form in one line, each with what is in it. */
export function sumOf(fields: AskedField[], typed: Typed): string {
  const said = ({ name, widget, options }: AskedField) => {
    const value = typed[name] ?? '';
    const text = widget === 'choice' && value !== '' ? preview(options[Number(value)], 40) : preview(typeof value === 'boolean' ? String(value) : value, 40);
    return `${name}: ${text || tt('talk.blank')}`;
  };
  return fields.map(said).join(' · ');
}
