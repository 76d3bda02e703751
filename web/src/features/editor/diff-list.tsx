import { Badge } from '@/ui/badge';
import { cx } from '@/ui/cx';
import type { FlowDiff } from './later-api';
import { tl, tln } from './late-words';
import { TextDiff } from './text-diff';

const SIGNS = { added: '+', removed: '−', changed: '±' } as const;
const TONES = { added: 'ok', removed: 'bad', changed: 'accent' } as const;

const said = (value: unknown) => (value === undefined ? tl('diff.nothing') : typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** More letters than this are a text in which one looks for what changed. */
const SHORT = 60;

/** Whether both are there, and too long to be read twice. */
const isLong = (before: unknown, after: unknown) =>
  before !== undefined && after !== undefined && before !== null && after !== null && [before, after].some((value) => said(value).length > SHORT || said(value).includes('\n'));

function BothValues({ before, after }: { before: unknown; after: unknown }) {
  return (
    <div className="mt-1 grid gap-1.5 sm:grid-cols-2">
      <pre className="scroll-thin max-h-40 overflow-auto rounded-md bg-bad-soft px-2 py-1 font-mono text-12 break-words whitespace-pre-wrap" tabIndex={0} aria-label={tl('diff.before')}>
        {said(before)}
      </pre>
      <pre className="scroll-thin max-h-40 overflow-auto rounded-md bg-ok-soft px-2 py-1 font-mono text-12 break-words whitespace-pre-wrap" tabIndex={0} aria-label={tl('diff.after')}>
        {said(after)}
      </pre>
    </div>
  );
}

/** What changed, part by part and field by field. */
export function Diff({ diff, chosen = null }: { diff: FlowDiff; chosen?: string | null }) {
  if (diff.changes.length === 0) {
    const [moved, regrouped] = [diff.moved, diff.regrouped ?? 0];
    return (
      <p className="mt-3 text-fg-2">
        {moved === 0 && regrouped === 0 && tl('diff.same')}
        {moved > 0 && tln('diff.moved', moved)} {regrouped > 0 && tln('diff.regrouped', regrouped)}
      </p>
    );
  }
  return (
    <ul className="mt-3 flex flex-col gap-3" data-testid="diff">
      {diff.changes.map(({ part, id, change, fields = [] }) => (
        <li key={`${part} ${id ?? ''} ${change}`} data-part={id ?? undefined} className={cx('rounded-md', id && id === chosen && 'outline-2 outline-offset-4 outline-accent')}>
          <p className="flex items-center gap-2">
            <Badge tone={TONES[change]}>
              <span aria-hidden="true">{SIGNS[change]}</span> {tl(`diff.${change}`)}
            </Badge>
            <span className="text-fg-2">{tl(`part.${part}`)}</span>
            {id && <span className="min-w-0 font-mono text-12 break-all">{id}</span>}
          </p>
          {fields.map(({ path, before, after }) => (
            <div key={path} className="mt-1.5 ms-3 border-s-2 border-line ps-3">
              <p className="font-mono text-11 text-fg-2">{path}</p>
              {isLong(before, after) ? <TextDiff name={path} before={said(before)} after={said(after)} /> : <BothValues before={before} after={after} />}
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}
