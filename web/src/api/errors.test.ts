import { describe, expect, it } from 'vitest';
import { asApiError, errorFrom } from './errors';

const answer = (status: number, headers: Record<string, string> = {}) => ({
  status,
  headers: { get: (name: string) => headers[name] ?? null },
});

describe('errors', () => {
  it('speaks with the words of the problem', () => {
    const error = errorFrom(answer(422), {
      status: 422,
      code: 'invalid',
      detail: 'Choose a longer password.',
      field: 'password',
      request_id: 'req_1',
    });
    expect(error).toMatchObject({
      message: 'Choose a longer password.',
      code: 'invalid',
      field: 'password',
      requestId: 'req_1',
    });
  });

  it('reads how long to wait', () => {
    const problem = { detail: 'Slow down.', code: 'rate_limited', limit: 'sign_in' };
    expect(errorFrom(answer(429, { 'retry-after': '20' }), problem)).toMatchObject({ retryAfter: 20, limit: 'sign_in' });
  });

  it('finds words for an answer that is not a problem', () => {
    expect(errorFrom(answer(413), '<html>').message).toContain('larger');
    expect(errorFrom(answer(502), null).message).toContain('Headwater had a problem');
  });

  it('says so when the server cannot be reached', () => {
    expect(asApiError(new TypeError('fetch failed')).code).toBe('unavailable');
  });

  it('does not show the words of a programming mistake', () => {
    expect(asApiError(new RangeError('x is not a function')).message).not.toContain('function');
  });
});
