/** Where to go after signing in: only a path of this app, never another site. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) {
    return '/';
  }
  return next.startsWith('/login') || next.startsWith('/setup') ? '/' : next;
}

/** Goes there: within this app, or to the page of a share, which is an app of its own. */
export function leave(to: string, push: (to: string) => void): void {
  if (to.startsWith('/s/')) location.assign(to);
  else push(to);
}
