/** A passage as simple text: its Markdown marks are left out, its lines and words stay. */
export function plainText(markdown: string): string {
  return markdown
    .replaceAll(/^(?:```|~~~).*$\n?/gm, '')
    .replaceAll(/^[ \t]{0,3}#{1,6}[ \t]+(.*?)[ \t]*#*$/gm, '$1')
    .replaceAll(/^[ \t]{0,3}>[ \t]?/gm, '')
    .replaceAll(/^([ \t]*)[-*+][ \t]+/gm, '$1• ')
    .replaceAll(/!?\[([^\]\n]*)\]\([^)\s]*\)/g, '$1')
    .replaceAll(/(\*\*|__)(?=\S)([^\n]*?\S)\1/g, '$2')
    .replaceAll(/(?<![\w*])\*(?=\S)([^*\n]*?\S)\*(?![\w*])/g, '$1')
    .replaceAll(/(?<!\w)_(?=\S)([^_\n]*?\S)_(?!\w)/g, '$1')
    .replaceAll(/`+([^`\n]+)`+/g, '$1');
}

/** Shorter pieces stand in many places by chance. */
const SHORTEST = 12;

/** The sentences of an answer, without its marks and citations. */
export function sentencesOf(answer: string): string[] {
  const text = plainText(answer).replaceAll(/\s*\[\d{1,3}\]/g, '');
  return text
    .split(/(?<=[.!?])\s+|(?<=[。！？])|\n+/)
    .map((sentence) => sentence.replace(/^[•\s]+/, '').trim())
    .filter((sentence) => sentence.length >= SHORTEST);
}

const escape = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

export interface Piece {
  text: string;
  taken: boolean;
}

/** A passage in pieces: those that an answer took word for word, and the rest. Whole, when none was. */
export function markTaken(passage: string, answer: string): Piece[] {
  const sentences = [...new Set(sentencesOf(answer))].toSorted((one, other) => other.length - one.length);
  const words = sentences.map((sentence) => sentence.split(/\s+/).map(escape).join('\\s+'));
  if (words.length === 0) return [{ text: passage, taken: true }];
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of passage.matchAll(new RegExp(words.join('|'), 'g'))) {
    if (match.index > end) pieces.push({ text: passage.slice(end, match.index), taken: false });
    pieces.push({ text: match[0], taken: true });
    end = match.index + match[0].length;
  }
  if (pieces.length === 0) return [{ text: passage, taken: true }];
  if (end < passage.length) pieces.push({ text: passage.slice(end), taken: false });
  return pieces;
}
