import { cx } from '@/ui/cx';
import { td } from './words';

interface ChangeProps {
  before: number | null;
  after: number | null;
  say: (value: number) => string;
}

/** By how much a number differs: "+1.2 s", "−340"; the sign tells it, the colour only helps. */
export function Change({ before, after, say }: ChangeProps) {
  if (before === null || after === null) return <span className="text-fg-2">{td('diff.nothing')}</span>;
  const by = after - before;
  if (by === 0) return <span className="text-fg-2">±0</span>;
  return <span className={cx(by > 0 ? 'text-bad' : 'text-ok')}>{`${by > 0 ? '+' : '−'}${say(Math.abs(by))}`}</span>;
}
