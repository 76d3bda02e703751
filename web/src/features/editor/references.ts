/** A value that a template names. */
export interface Named {
  /** Such as `start.question`. */
  name: string;
  root: string;
  /** Where the braces begin and end. */
  from: number;
  to: number;
}

const REFERENCE = /\{\{-?\s*([A-Za-z_]\w*)((?:\.\w+|\[\d+\])*)[^{}]*\}\}/g;

/** The values that a text names, in its order; what is no name at its beginning is left out. */
export function namedIn(text: string): Named[] {
  return [...text.matchAll(REFERENCE)].map((found) => ({
    name: `${found[1]}${found[2] ?? ''}`,
    root: found[1] ?? '',
    from: found.index,
    to: found.index + found[0].length,
  }));
}
