import { describe, expect, test } from 'vitest';
import { ownOf, readTime, typedTime, untilOver, zoomed } from './time';

const at = (time: string) => Date.parse(`2026-01-31T${time}Z`);
const utc = (time: string) => `2026-01-31T${time}Z`;
const steps = (from: string, step: number, count: number) => Array.from({ length: count }, (_none, index) => at(from) + index * step);

describe('which time is looked at', () => {
  test('is a range, or one’s own, in the address', () => {
    expect(readTime({ range: '7d' })).toEqual({ range: '7d' });
    expect(readTime({ from: utc('12:00:00'), to: '2026-01-31T14:00+01:00' })).toEqual({ from: utc('12:00:00'), to: utc('13:00:00') });
    expect(readTime({ range: '7d', from: utc('12:00:00.000'), to: utc('13:00:00.500') })).toEqual({ from: utc('12:00:00'), to: utc('13:00:00') });
  });

  test('is the last hour where an address makes no sense', () => {
    for (const nonsense of [{}, { range: '2w' }, { from: utc('12:00:00') }, { from: 'soon', to: utc('12:00:00') }]) {
      expect(readTime(nonsense)).toEqual({ range: '1h' });
    }
  });

  test('begins with what a range reached over', () => {
    expect(ownOf('6h', at('13:04:05'))).toEqual({ from: utc('07:04:00'), to: utc('13:04:00') });
  });

  test('is told to be wrong at the field that is', () => {
    const noon = utc('12:00:00.000');
    expect(typedTime(undefined, noon)).toEqual({ field: 'from', wrong: 'missing' });
    expect(typedTime(noon, undefined)).toEqual({ field: 'to', wrong: 'missing' });
    expect(typedTime(noon, noon)).toEqual({ field: 'to', wrong: 'order' });
    expect(typedTime(utc('11:59:01'), noon)).toEqual({ field: 'to', wrong: 'short' });
    expect(typedTime(utc('11:59:00'), noon)).toEqual({ from: utc('11:59:00'), to: utc('12:00:00') });
    expect(typedTime('2025-12-31T11:59:00.000Z', noon)).toEqual({ field: 'to', wrong: 'long' });
    expect(typedTime('2025-12-31T12:00:00.000Z', noon)).toEqual({ from: '2025-12-31T12:00:00Z', to: utc('12:00:00') });
  });

  test('is over at its end, and a range never', () => {
    const own = { from: utc('12:00:00'), to: utc('13:00:00') };
    expect(untilOver(own, at('12:59:00'))).toBe(60_000);
    expect(untilOver(own, at('13:00:00'))).toBe(0);
    expect(untilOver(own, at('14:00:00'))).toBe(0);
    expect(untilOver({ range: '1h' }, at('14:00:00'))).toBeNull();
  });
});

describe('a stretch of a chart', () => {
  const NOW = at('13:00:20');
  const hour = steps('12:00:00', 60_000, 61);

  test('has all steps that it touches, in either direction', () => {
    const quarters = steps('00:00:00', 900_000, 53);
    const wanted = { from: utc('08:00:00'), to: utc('09:15:00') };
    expect(zoomed([at('08:10:00'), at('09:01:00')], quarters, 900_000, { range: '24h' }, NOW)).toEqual(wanted);
    expect(zoomed([at('09:01:00'), at('08:10:00')], quarters, 900_000, { range: '24h' }, NOW)).toEqual(wanted);
  });

  test('is a minute long at least', () => {
    const fine = steps('12:45:20', 5_000, 181);
    expect(zoomed([at('12:50:11'), at('12:50:13')], fine, 5_000, { range: '15m' }, NOW)).toEqual({ from: utc('12:50:00'), to: utc('12:51:00') });
    expect(zoomed([at('12:50:58'), at('12:51:01')], fine, 5_000, { range: '15m' }, NOW)).toEqual({ from: utc('12:50:00'), to: utc('12:52:00') });
    expect(zoomed([at('13:00:10'), at('13:00:20')], fine, 5_000, { range: '15m' }, NOW)).toEqual({ from: utc('12:59:20'), to: utc('13:00:20') });
  });

  test('has the step that its end is next to', () => {
    expect(zoomed([at('12:20:00'), at('12:39:50')], hour, 60_000, { range: '1h' }, NOW).to).toBe(utc('12:41:00'));
    expect(zoomed([at('12:20:00'), at('12:39:10')], hour, 60_000, { range: '1h' }, NOW).to).toBe(utc('12:40:00'));
  });

  test('ends now at the latest', () => {
    expect(zoomed([at('12:50:30'), at('13:00:00')], hour, 60_000, { range: '1h' }, NOW)).toEqual({ from: utc('12:50:00'), to: utc('13:00:20') });
  });

  test('lies in the time that is looked at', () => {
    const own = { from: utc('12:00:30'), to: utc('12:30:40') };
    const some = steps('12:00:00', 60_000, 31);
    expect(zoomed([at('12:00:00'), at('12:30:00')], some, 60_000, own, NOW)).toEqual(own);
    expect(zoomed([at('12:00:35'), at('12:00:40')], some, 5_000, own, NOW)).toEqual({ from: utc('12:00:30'), to: utc('12:01:30') });
    const ahead = { from: utc('12:30:00'), to: utc('14:00:00') };
    expect(zoomed([at('12:40:00'), at('13:50:00')], steps('12:30:00', 60_000, 91), 60_000, ahead, NOW)).toEqual({ from: utc('12:40:00'), to: utc('13:00:20') });
  });
});
