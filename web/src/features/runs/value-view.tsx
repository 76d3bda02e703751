import { useState } from 'react';
import { formatBytes } from '@/i18n/format';
import { saveAs } from '@/features/flows/file';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { tr } from './words';

const MOST = 64 * 1024;

/** A value as a person reads it: texts as they are, the rest as indented JSON. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, null, 2) ?? '';
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Puts all of a value into a file, whose name is that of the value as far as files may have it. */
function save(name: string, value: unknown, text: string): void {
  const stem = name.replace(/\.json$/, '').replaceAll(/[^\p{L}\p{N}_-]+/gu, '-');
  if (typeof value === 'string') saveAs(`${stem}.txt`, text, 'text/plain');
  else saveAs(`${stem}.json`, text, 'application/json');
}

/** Whatever a step was given or gave, as inert text; what is long is cut until asked for. */
export function ValueView({ name, value }: { name: string; value: unknown }) {
  const [all, setAll] = useState(false);
  if (isNothing(value)) return <p className="text-fg-3">{tr('value.empty')}</p>;
  const text = valueText(value);
  const cut = !all && text.length > MOST;
  return (
    <div className="group relative">
      <pre
        // A long text scrolls, also with the keyboard.
        tabIndex={0}
        aria-label={name}
        className="scroll-thin max-h-96 overflow-auto rounded-md border border-line bg-surface-2 py-2 pe-9 ps-2.5 font-mono text-12 break-words whitespace-pre-wrap"
      >
        {cut ? text.slice(0, MOST) : text}
      </pre>
      <span className="absolute top-1 end-1">
        <CopyButton text={text} label={tr('value.copy', { name })} />
      </span>
      {cut && (
        <p className="mt-1 flex flex-wrap items-center gap-2 text-12 text-fg-2">
          {tr('value.cut')}
          <Button size="sm" onClick={() => setAll(true)}>
            {tr('value.all', { size: formatBytes(text.length) })}
          </Button>
          <Button size="sm" onClick={() => save(name, value, text)}>
            {tr('value.save')}
          </Button>
        </p>
      )}
    </div>
  );
}

/** The fields of an object one by one; anything else as one value. */
export function FieldsView({ name, value }: { name: string; value: unknown }) {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isNothing(value)) {
    return <ValueView name={name} value={value} />;
  }
  return (
    <dl className="flex flex-col gap-2.5">
      {Object.entries(value).map(([field, inner]) => (
        <div key={field}>
          <dt className="mb-1 font-mono text-12 text-fg-2">{field}</dt>
          <dd>
            <ValueView name={field} value={inner} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
