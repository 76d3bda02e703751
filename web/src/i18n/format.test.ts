import { describe, expect, it } from 'vitest';
import { formatDuration } from './format';

describe('formatDuration', () => {
  it('says the two largest units', () => {
    expect(formatDuration(0)).toBe('0 seconds');
    expect(formatDuration(61)).toBe('1 minute');
    expect(formatDuration(3 * 3600 + 125)).toBe('3 hours 2 minutes');
    expect(formatDuration(86_400)).toBe('1 day 0 hours');
  });
});
