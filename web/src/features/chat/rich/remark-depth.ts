import type { Root, RootContent } from 'mdast';

/** How deep quotes, lists and emphasis may stand in one another. Nobody reads deeper; browsers fall over it. */
const MOST_DEEP = 40;

/** Puts the text as it was written in place of Markdown that is nested without end. */
export function remarkDepth() {
  return (tree: Root, file: { toString: () => string }) => {
    // Without recursion, which is what would fail.
    const left: { node: Root | RootContent; depth: number }[] = [{ node: tree, depth: 0 }];
    for (let next = left.pop(); next; next = left.pop()) {
      if (next.depth > MOST_DEEP) {
        tree.children = [{ type: 'paragraph', children: [{ type: 'text', value: file.toString() }] }];
        return;
      }
      if (!('children' in next.node)) continue;
      for (const node of next.node.children) left.push({ node, depth: next.depth + 1 });
    }
  };
}
