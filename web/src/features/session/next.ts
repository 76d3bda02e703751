/** Where to go after signing in: only a path of this app, never another site. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) {
    return '/';
  }
  return next.startsWith('/login') || next.startsWith('/setup') ? '/' : next;
}
