import { useMemo } from 'react';
import { cx } from '@/ui/cx';
import { cutText, diffLines, folded, textOf } from './lines';
import { td, tdn } from './words';

const SIGNS = { same: ' ', removed: '−', added: '+' } as const;
const TONES = { same: '', removed: 'bg-bad-soft', added: 'bg-ok-soft' } as const;
/** Lines that are drawn. */
const MOST_LINES = 400;

/** How one value became another, line by line; long ones up to where they are compared. */
export function ValueDiff({ name, before, after }: { name: string; before: unknown; after: unknown }) {
  const { lines, cut, same } = useMemo(() => {
    const [one, other] = [cutText(textOf(before)), cutText(textOf(after))];
    const all = diffLines(one.text, other.text);
    return { lines: folded(all), cut: one.cut || other.cut, same: all.every((line) => line.as === 'same') };
  }, [before, after]);
  const shown = lines.slice(0, MOST_LINES);
  if (same && !cut) return <p className="text-fg-2">{td('lines.same')}</p>;
  return (
    <div>
      {/* A long text scrolls, also with the keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div tabIndex={0} role="region" aria-label={td('lines.of', { name })} className="scroll-thin max-h-96 overflow-auto rounded-md border border-line bg-surface-2 py-1 font-mono text-12">
        {/* Lines have no name but their place, and stay where they are. */}
        {/* oxlint-disable react/no-array-index-key */}
        {shown.map((line, at) =>
          line.as === 'left' ? (
            <p key={at} className="px-2.5 py-0.5 font-sans text-11 text-fg-2">
              {tdn('lines.left', line.count)}
            </p>
          ) : (
            <p key={at} className={cx('flex gap-2 px-2.5 break-words whitespace-pre-wrap', TONES[line.as])} data-line={line.as}>
              <span aria-hidden="true" className="w-2 shrink-0 select-none">
                {SIGNS[line.as]}
              </span>
              {line.as !== 'same' && <span className="sr-only">{td(`lines.${line.as}`)}</span>}
              <span className="min-w-0 flex-1">{line.text || ' '}</span>
            </p>
          ),
        )}
        {/* oxlint-enable react/no-array-index-key */}
      </div>
      {(cut || shown.length < lines.length) && <p className="mt-1 text-12 text-fg-2">{td('lines.cut')}</p>}
    </div>
  );
}
