import { describe, expect, it } from 'vitest';
import { back, fromField, resolved, toField } from './when';

const NOW = Date.parse('2026-01-02T03:04:05Z');

describe('when runs began', () => {
  it('may be counted back from now', () => {
    expect(back('90m')).toBe(5_400_000);
    expect(back('7d')).toBe(604_800_000);
    for (const other of [undefined, '', '0h', '1w', '1.5h', '-1h', '2026-01-01', '99999d']) expect(back(other)).toBeNull();
    expect(resolved({ from: '1d', user: 'me' }, NOW)).toEqual({ from: '2026-01-01T03:04:05.000Z', user: 'me' });
  });

  it('or be times of the calendar, which stay', () => {
    const filter = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
    expect(resolved(filter, NOW)).toBe(filter);
  });

  it('is shown in the reader’s zone and kept without one', () => {
    const time = '2026-07-01T10:30:00.000Z';
    expect(fromField(toField(time))).toBe(time);
    expect(fromField(toField('2026-07-01T10:30:25.000Z'))).toBe('2026-07-01T10:30:25.000Z');
    expect(toField(time)).toMatch(/T\d\d:\d\d$/);
    expect(toField('1d')).toBe('');
    expect(toField(undefined)).toBe('');
    expect(fromField('')).toBeUndefined();
    expect(fromField('soon')).toBeUndefined();
  });
});
