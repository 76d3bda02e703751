const SAFE = new Set(['http:', 'https:', 'mailto:']);

/** The address when a reader may follow it, and nothing otherwise. */
export function safeUrl(url: string): string {
  try {
    const parsed = new URL(url);
    return SAFE.has(parsed.protocol) ? parsed.href : '';
  } catch {
    // A relative address means nothing in an answer.
    return '';
  }
}

/** Whether a picture is served by Headwater itself. */
export function imageIsOwn(url: string, origin = globalThis.location?.origin): boolean {
  try {
    return origin !== undefined && new URL(url).origin === origin;
  } catch {
    return false;
  }
}
