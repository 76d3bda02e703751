/** One frame of a `text/event-stream`. */
export interface SseFrame {
  id: string | null;
  event: string;
  data: string;
}

/**
 * Cuts a stream of text into frames. Text may arrive in any pieces; comments (heartbeats) are
 * swallowed; a frame that was never closed by an empty line is never given out.
 */
export class SseParser {
  private rest = '';
  private id: string | null = null;
  private event = '';
  private data: string[] = [];

  /** Takes the next piece and returns the frames it completed. */
  push(piece: string): SseFrame[] {
    const frames: SseFrame[] = [];
    let text = this.rest + piece;
    // A carriage return at the very end may be half of a line end.
    let held = '';
    if (text.endsWith('\r')) {
      held = '\r';
      text = text.slice(0, -1);
    }
    const lines = text.split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? '') + held;
    for (const line of lines) {
      const frame = this.line(line);
      if (frame) frames.push(frame);
    }
    return frames;
  }

  private line(line: string): SseFrame | null {
    if (line === '') return this.close();
    if (line.startsWith(':')) return null;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    else if (field === 'id' && !value.includes('\0')) this.id = value;
    return null;
  }

  private close(): SseFrame | null {
    const { data, event } = this;
    this.data = [];
    this.event = '';
    if (data.length === 0) return null;
    return { id: this.id, event: event || 'message', data: data.join('\n') };
  }
}

/** Reads a body to its end, frame by frame. */
export async function* readFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<SseFrame> {
  const parser = new SseParser();
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
