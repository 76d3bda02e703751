import { afterEach, describe, expect, it, vi } from 'vitest';
import { backoff, followRun, parseEvent, type RunEvent } from './run-events';

const body = (text: string) => new Response(text, { headers: { 'content-type': 'text/event-stream' } });
const frame = (id: string, event: RunEvent) => `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('followRun', () => {
  it('comes back with the last event it saw when the connection is lost', async () => {
    vi.useFakeTimers();
    const asked: (string | null)[] = [];
    const answers = [
      frame('1.0', { type: 'message.delta', offset: 0, text: 'a' }),
      frame('2.1', { type: 'run.finished', reply: 'ab', usage: { input_tokens: 1, output_tokens: 1 }, outputs: {} }),
    ];
    vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
      asked.push((init.headers as Record<string, string>)['Last-Event-ID'] ?? null);
      return body(answers.shift() ?? '');
    });
    const seen: string[] = [];
    const done = followRun('run_1', (event) => seen.push(event.type), new AbortController().signal);
    await vi.runAllTimersAsync();
    await done;
    expect(seen).toEqual(['message.delta', 'run.finished']);
    expect(asked).toEqual([null, '1.0']);
  });

  it('tells whoever asks when the connection stays away, and waits as long as it takes', async () => {
    vi.useFakeTimers();
    let attempts = 0;
    vi.stubGlobal('fetch', async () => {
      attempts += 1;
      if (attempts < 30) throw new TypeError('refused');
      return body(frame('2.1', { type: 'run.finished', reply: 'ab', usage: { input_tokens: 1, output_tokens: 1 }, outputs: {} }));
    });
    const told: boolean[] = [];
    const done = followRun('run_1', () => {}, new AbortController().signal, (lost) => told.push(lost));
    await vi.runAllTimersAsync();
    await done;
    expect(told).toEqual([true, false]);
  });

  it('gives up after a while when nobody is told', async () => {
    vi.useFakeTimers();
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('refused');
    });
    const done = expect(followRun('run_1', () => {}, new AbortController().signal)).rejects.toThrow();
    await vi.runAllTimersAsync();
    await done;
  });

  it('gives up at once when the run does not exist', async () => {
    vi.stubGlobal('fetch', async () => Response.json({ code: 'not_found', detail: 'No such run.' }, { status: 404 }));
    await expect(followRun('run_1', () => {}, new AbortController().signal)).rejects.toThrow('No such run.');
  });
});

describe('parseEvent', () => {
  it('skips a malformed frame', () => {
    expect(parseEvent('message.delta', '{"half')).toBeNull();
  });
});

describe('backoff', () => {
  it('grows and stays bounded', () => {
    expect(backoff(2, 0.5)).toBeGreaterThan(backoff(1, 0.5));
    expect(backoff(50, 1)).toBeLessThanOrEqual(10_000);
  });
});
