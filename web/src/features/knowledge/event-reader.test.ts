import { describe, expect, it } from 'vitest';
import { ApiError } from '@/api/errors';
import { EventReader, type KnowledgeEvent } from './event-reader';

const text = new TextEncoder();
const frame = (id: string, document: string) => `id: ${id}\nevent: document_gone\ndata: {"type":"document_gone","document_id":"${document}"}\n\n`;

/** A connection that gives frames and is then cut, or stays open. */
function connection(frames: string[], stays: boolean, signal: AbortSignal): Response {
  const body = new ReadableStream<Uint8Array>({
    start(out) {
      for (const one of frames) out.enqueue(text.encode(one));
      if (!stays) out.close();
      signal.addEventListener('abort', () => stays && out.error(new DOMException('stopped', 'AbortError')));
    },
  });
  return new Response(body);
}

function reading(plan: ((signal: AbortSignal) => Response)[]) {
  const asked: (string | null)[] = [];
  const gone: string[] = [];
  const heard: boolean[] = [];
  let done: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    done = resolve;
  });
  const reader = new EventReader({
    open: async (lastId, signal) => {
      asked.push(lastId);
      const next = plan.shift();
      if (plan.length === 0) setTimeout(done, 150);
      if (!next) throw new TypeError('no network');
      return next(signal);
    },
    onEvents: (events: KnowledgeEvent[]) => gone.push(...events.map((event) => (event.type === 'document_gone' ? event.document_id : event.type))),
    onHeard: (is) => heard.push(is),
    wait: () => Promise.resolve(),
  });
  return { reader, asked, gone, heard, over };
}

describe('the events of a knowledge base', () => {
  it('are taken up behind the last one when the connection is lost', async () => {
    const { reader, asked, gone, heard, over } = reading([
      (signal) => connection([frame('1.1', 'a'), frame('1.2', 'b')], false, signal),
      (signal) => connection([frame('1.3', 'c')], true, signal),
    ]);
    reader.start();
    await over;
    reader.stop();
    expect(asked).toEqual([null, '1.2']);
    expect(gone).toEqual(['a', 'b', 'c']);
    expect(heard).toEqual([true, true]);
  });

  it('are not heard of after some attempts in vain, and are again when one succeeds', async () => {
    const refuse = () => {
      throw new TypeError('no network');
    };
    const { reader, heard, over } = reading([refuse, refuse, refuse, (signal) => connection([], true, signal)]);
    reader.start();
    await over;
    reader.stop();
    expect(heard).toEqual([false, true]);
  });

  it('are asked for no more once they are refused', async () => {
    const { reader, asked, heard, over } = reading([
      () => {
        throw new ApiError({ status: 404, code: 'not_found', detail: 'There is no such knowledge base.' });
      },
    ]);
    reader.start();
    await over;
    expect(asked).toEqual([null]);
    expect(heard).toEqual([false]);
  });

  it('go on behind the last one after a pause', async () => {
    const { reader, asked, over } = reading([(signal) => connection([frame('7.1', 'a')], true, signal), (signal) => connection([], true, signal)]);
    reader.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    reader.stop();
    reader.start();
    await over;
    reader.stop();
    expect(asked).toEqual([null, '7.1']);
  });
});
