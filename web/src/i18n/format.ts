import { t } from './index';
import { locale } from './language';

/** One formatter per language: making them is what costs. */
function perLanguage<T>(make: (tag: string) => T): () => T {
  const made = new Map<string, T>();
  return () => {
    const tag = locale();
    const one = made.get(tag) ?? make(tag);
    made.set(tag, one);
    return one;
  };
}

const dateTime = perLanguage((tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' }));
const dateOnly = perLanguage((tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'medium' }));
const relative = perLanguage((tag) => new Intl.RelativeTimeFormat(tag, { numeric: 'auto' }));
const sorting = perLanguage((tag) => new Intl.Collator(tag, { numeric: true }));

/** Date and time where the reader is, or in another time zone. */
export function formatDateTime(iso: string, timeZone?: string): string {
  const format = dateTime();
  if (!timeZone) return format.format(new Date(iso));
  return new Date(iso).toLocaleString(format.resolvedOptions().locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
}

export function formatDate(iso: string): string {
  return dateOnly().format(new Date(iso));
}

/** "3 minutes ago", and a date when it is longer than a month ago. */
export function formatAgo(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return t('time.now');
  if (size < 3600) return relative().format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return relative().format(Math.round(seconds / 3600), 'hour');
  if (size < 30 * 86_400) return relative().format(Math.round(seconds / 86_400), 'day');
  return formatDate(iso);
}

/** "1.4 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${formatDigits(value, value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** "3 days 4 hours": the two largest units. */
export function formatDuration(seconds: number): string {
  const say = (value: number, unit: string) =>
    value.toLocaleString(locale(), { style: 'unit', unit, unitDisplay: 'long' });
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${say(days, 'day')} ${say(hours % 24, 'hour')}`;
  if (hours > 0) return `${say(hours, 'hour')} ${say(minutes % 60, 'minute')}`;
  return minutes > 0 ? say(minutes, 'minute') : say(seconds, 'second');
}

export function formatNumber(value: number): string {
  return value.toLocaleString(locale());
}

/** A number with so many digits behind the point. */
export function formatDigits(value: number, digits: number): string {
  return value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** "$0.0029"; as many digits as tell the price of one call from nothing. */
export function formatCost(cost: string | number | null | undefined): string | null {
  if (cost === null || cost === undefined) return null;
  const dollars = Number(cost);
  if (!Number.isFinite(dollars)) return null;
  if (dollars === 0) return '$0';
  if (dollars < 0.0001) return '< $0.0001';
  return `$${formatDigits(dollars, dollars < 1 ? 4 : 2)}`;
}

/** Orders names as the language does. */
export function compareNames(one: string, other: string): number {
  return sorting().compare(one, other);
}
