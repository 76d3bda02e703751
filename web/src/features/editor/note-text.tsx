import Markdown from '@/features/chat/markdown';
import type { Citation } from '@/api/types';

const NONE: Citation[] = [];
const nothing = () => {};

/** What a note says, as the Markdown that it is. */
export function NoteText({ text }: { text: string }) {
  return (
    <div dir="auto" className="prose text-12 [&_:is(h1,h2,h3,h4,h5,h6)]:my-0.5 [&_:is(h1,h2,h3,h4,h5,h6)]:text-12 [&_:is(p,ul,ol,pre,blockquote)]:my-0.5">
      <Markdown text={text} citations={NONE} onOpen={nothing} active={null} />
    </div>
  );
}
