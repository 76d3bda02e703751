import { describe, expect, it } from 'vitest';
import { begun, fold } from './live';
import { withoutMarkers } from './markers';

describe('markers of passages that are not shown', () => {
  it('go, and code and links stay', () => {
    expect(withoutMarkers('Rivers begin small [1][2]. See[3].')).toBe('Rivers begin small. See.');
    expect(withoutMarkers('Take `a[1]` or\n```\nb[2]\n```\nthen [1].')).toBe('Take `a[1]` or\n```\nb[2]\n```\nthen.');
    expect(withoutMarkers('[1](https://example.com)')).toBe('[1](https://example.com)');
    expect(withoutMarkers('`open [1]\n```\nx[1]')).toBe('`open\n```\nx[1]');
  });
});

describe('what a visitor is told', () => {
  it('becomes an answer, or the words why there is none', () => {
    const at = { seq: 1, run_id: 'run_1', at: '' };
    let live = begun('');
    live = fold(live, { ...at, type: 'message.delta', offset: 0, text: 'Rivers 🏞' } as never);
    live = fold(live, { ...at, type: 'message.delta', offset: 8, text: ' begin' } as never);
    expect(live.text).toBe('Rivers 🏞 begin');
    expect(fold(live, { type: 'share.closed', message: 'Over.' })).toMatchObject({ closed: true, ended: true });
    expect(fold(live, { ...at, type: 'run.failed', error: { code: 'internal', message: 'Later.' } } as never)).toMatchObject({ closed: false, ended: true });
  });
});
