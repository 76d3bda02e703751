/**
 * Cuts Markdown at blank lines that are outside code fences and lists, so that while an answer
 * grows only its last block is parsed again.
 */
export function splitBlocks(markdown: string): string[] {
  const blocks: string[] = [];
  let current: string[] = [];
  let fence: string | null = null;
  let list = false;
  for (const line of markdown.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence) {
      if (mark && mark[0] === fence[0] && mark.length >= fence.length) fence = null;
    } else if (mark) {
      fence = mark;
    }
    const blank = line.trim() === '';
    const item = /^\s*([-*+]|\d+[.)])\s/.test(line);
    const indented = /^\s{2,}\S/.test(line);
    const last = current.at(-1);
    const afterBlank = last !== undefined && last.trim() === '';
    if (!fence && !blank && afterBlank && !(list && (item || indented))) {
      blocks.push(current.join('\n').trim());
      current = [];
      list = false;
    }
    if (item) list = true;
    current.push(line);
  }
  const rest = current.join('\n').trim();
  if (rest) blocks.push(rest);
  return blocks.filter(Boolean);
}
