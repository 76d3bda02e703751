import type { components } from '@/api/schema';
import { formatDigits } from '@/i18n/format';

type Usage = components['schemas']['Usage'];

/** "640 ms", "1.9 s", "2 min 5 s", "3 h 10 min", "2 d 4 h". */
export function formatMs(ms: number): string {
  if (ms < 1) return '< 1 ms';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${formatDigits(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return two(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return two(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

const two = (large: number, unit: string, small: number, part: string) =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${part}`;

/** Milliseconds between two times; until `now` when there is no second one. */
export function between(from: string | null | undefined, to: string | null | undefined, now: number): number | null {
  if (!from) return null;
  return Math.max(0, (to ? Date.parse(to) : now) - Date.parse(from));
}

export function tokensOf(usage: Usage | null | undefined): number {
  return usage ? usage.input_tokens + usage.output_tokens : 0;
}
