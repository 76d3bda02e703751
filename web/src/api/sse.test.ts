import { describe, expect, it } from 'vitest';
import { readFrames, SseParser } from './sse';

describe('SseParser', () => {
  it('reads frames with id, event and data', () => {
    const frames = new SseParser().push('id: 3.12\nevent: message.delta\ndata: {"a":1}\n\n');
    expect(frames).toEqual([{ id: '3.12', event: 'message.delta', data: '{"a":1}' }]);
  });

  it('puts a frame together from pieces of any size', () => {
    const parser = new SseParser();
    const text = 'event: run.finished\r\ndata: one\r\ndata: two\r\n\r\n';
    const frames = [...text].flatMap((character) => parser.push(character));
    expect(frames).toEqual([{ id: null, event: 'run.finished', data: 'one\ntwo' }]);
  });

  it('swallows heartbeats and frames without data', () => {
    expect(new SseParser().push(': keep-alive\n\nevent: nothing\n\n')).toEqual([]);
  });

  it('does not give out a frame that was cut off', () => {
    expect(new SseParser().push('data: half')).toEqual([]);
  });

  it('keeps the id for frames that have none of their own', () => {
    const frames = new SseParser().push('id: 1\ndata: a\n\ndata: b\n\n');
    expect(frames.map(({ id }) => id)).toEqual(['1', '1']);
  });

  it('reads characters that are split between network pieces', async () => {
    const bytes = new TextEncoder().encode('data: größer 🌊\n\n');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const frames = [];
    for await (const frame of readFrames(body)) frames.push(frame.data);
    expect(frames).toEqual(['größer 🌊']);
  });
});
