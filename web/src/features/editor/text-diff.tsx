import { useMemo } from 'react';
import { cutText, diffLines, folded } from '@/features/runs/diff/lines';
import { cx } from '@/ui/cx';
import { tl, tln } from './late-words';
import { type Row, withWords } from './words-diff';

const SIGNS = { same: ' ', removed: '−', added: '+' } as const;
const TONES = { same: '', removed: 'bg-bad-soft', added: 'bg-ok-soft' } as const;
const MARKS = { same: '', removed: 'rounded-sm bg-bad/25 line-through decoration-1', added: 'rounded-sm bg-ok/25 font-medium' } as const;
/** Lines that are drawn. */
const MOST_LINES = 300;

/** How a text became another: the lines that changed with some around them, and in them the words. */
export function TextDiff({ name, before, after }: { name: string; before: string; after: string }) {
  const { parts, cut } = useMemo(() => {
    const [one, other] = [cutText(before), cutText(after)];
    const lines = folded(diffLines(one.text, other.text));
    return { parts: partsOf(lines.slice(0, MOST_LINES)), cut: one.cut || other.cut || lines.length > MOST_LINES };
  }, [before, after]);
  return (
    <div className="mt-1">
      {/* A long text scrolls, also with the keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div tabIndex={0} role="region" aria-label={tl('diff.text', { name })} data-testid="text-diff" className="scroll-thin max-h-72 overflow-auto rounded-md border border-line bg-surface-2 py-1 font-mono text-12">
        {/* Lines have no name but their place, and stay where they are. */}
        {/* oxlint-disable react/no-array-index-key */}
        {parts.map((part, at) =>
          typeof part === 'number' ? (
            <p key={at} className="px-2.5 py-0.5 font-sans text-11 text-fg-2">
              {tln('diff.left', part)}
            </p>
          ) : (
            <RowLine key={at} row={part} />
          ),
        )}
        {/* oxlint-enable react/no-array-index-key */}
      </div>
      {cut && <p className="mt-1 text-12 text-fg-2">{tl('diff.cut')}</p>}
    </div>
  );
}

/** Lines between what is left out, in which words are looked for; numbers are lines that are left out. */
function partsOf(lines: ReturnType<typeof folded>): (Row | number)[] {
  const parts: (Row | number)[] = [];
  let run: Parameters<typeof withWords>[0][number][] = [];
  const flush = () => {
    parts.push(...withWords(run));
    run = [];
  };
  for (const line of lines) {
    if (line.as === 'left') {
      flush();
      parts.push(line.count);
    } else run.push(line);
  }
  flush();
  return parts;
}

function RowLine({ row: { as, pieces } }: { row: Row }) {
  return (
    <p className={cx('flex gap-2 px-2.5 break-words whitespace-pre-wrap', TONES[as])} data-line={as}>
      <span aria-hidden="true" className="w-2 shrink-0 select-none">
        {SIGNS[as]}
      </span>
      {as !== 'same' && <span className="sr-only">{tl(`diff.${as}`)}</span>}
      <span className="min-w-0 flex-1">
        {pieces.map(({ text, marked }, at) => (
          // oxlint-disable-next-line react/no-array-index-key
          <span key={at} className={marked ? MARKS[as] : undefined} data-marked={marked || undefined}>
            {text || ' '}
          </span>
        ))}
      </span>
    </p>
  );
}
