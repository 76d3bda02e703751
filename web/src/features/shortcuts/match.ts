const plain = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase();

/** How well a name fits what was typed: higher is better, 0 is not at all. Every word has to be in it. */
export function fit(name: string, typed: string): number {
  const text = plain(name);
  const words = plain(typed).split(/\s+/).filter(Boolean);
  if (words.length === 0) return 1;
  let sum = 0;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return 0;
    const starts = at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? '');
    sum += at === 0 ? 3 : starts ? 2 : 1;
  }
  return sum / words.length;
}
