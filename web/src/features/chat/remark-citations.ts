import type { PhrasingContent, Root, RootContent } from 'mdast';

type Child = RootContent | PhrasingContent;
type Parent = { children: Child[] };

/** The pieces of a text around its `[n]` marks. */
export function splitCitations(text: string): (string | number)[] {
  const pieces: (string | number)[] = [];
  let end = 0;
  for (const match of text.matchAll(/\[(\d{1,3})\]/g)) {
    if (match.index > end) pieces.push(text.slice(end, match.index));
    pieces.push(Number(match[1]));
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}

function citation(number: number): PhrasingContent {
  // The element is named so that no Markdown can make one by itself.
  return {
    type: 'text',
    value: `[${number}]`,
    data: { hName: 'cite-ref', hProperties: { number: String(number) }, hChildren: [] },
  } as PhrasingContent;
}

function walk(node: Parent): void {
  node.children = node.children.flatMap((child): Child[] => {
    if (child.type === 'text') {
      return splitCitations(child.value).map((piece) =>
        typeof piece === 'number' ? citation(piece) : ({ type: 'text', value: piece } as PhrasingContent),
      );
    }
    if ('children' in child && child.type !== 'link') walk(child as Parent);
    return [child];
  });
}

/** Turns `[1]` in running text (not in code, not in links) into citation elements. */
export function remarkCitations() {
  return (tree: Root) => walk(tree);
}
