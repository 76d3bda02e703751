/** Scrolls a pane to what is chosen in it, unless it is in view. Only the pane scrolls; the page stays where the reader has it. */
export function bringIntoView(pane: HTMLElement | null, chosen: string): void {
  const mark = pane?.querySelector(chosen);
  if (!mark || !pane) return;
  const frame = pane.getBoundingClientRect();
  const { top, bottom } = mark.getBoundingClientRect();
  if (top >= frame.top && Math.min(bottom, top + 40) <= frame.bottom) return;
  pane.scrollTop += top - frame.top - pane.clientHeight / 3;
}
