import { type ComponentProps, createContext, isValidElement, lazy, memo, Suspense, useContext, useMemo } from 'react';
import ReactMarkdown, { type Components, type Options } from 'react-markdown';
import type { Citation } from '@/api/types';
import { withWords } from '@/i18n';
import { t } from './words';
import { splitBlocks } from './blocks';
import { CitationChip } from './citation-chip';
import { imageIsOwn, safeUrl } from './links';
import { AsWritten } from './rich/as-written';
import { CodeBlock } from './rich/code-block';
import { mayRead } from './rich/markdown-limits';
import { markMath, mathOf } from './rich/math';
import { remarkDepth } from './rich/remark-depth';
import { remarkCitations } from './remark-citations';
import { remarkTables } from './remark-tables';

interface Cited {
  citations: Citation[];
  onOpen: (citation: Citation) => void;
  active: string | null;
}
const CitedContext = createContext<Cited>({ citations: [], onOpen: () => {}, active: null });

function CiteRef({ number }: { number?: string }) {
  const { citations, onOpen, active } = useContext(CitedContext);
  const citation = citations.find((one) => one.number === Number(number));
  if (!citation) return <>[{number}]</>;
  return <CitationChip citation={citation} active={active === citation.chunk_id} onOpen={() => onOpen(citation)} />;
}

function SafeLink({ href, children }: ComponentProps<'a'>) {
  if (!href) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** Pictures of other hosts would tell them who reads what; they become links. */
function SafeImage({ src, alt }: ComponentProps<'img'>) {
  const name = alt || t('chat.image');
  if (typeof src !== 'string' || !src) return <span>{name}</span>;
  if (imageIsOwn(src)) return <img src={src} alt={alt ?? ''} loading="lazy" />;
  return <SafeLink href={src}>{name}</SafeLink>;
}

const Formula = lazy(withWords(() => import('./rich/formula')));

/** Code in a line of text, or a formula that was marked as such. */
function InlineCode({ children }: ComponentProps<'code'>) {
  const math = typeof children === 'string' ? mathOf(children) : null;
  if (!math) return <code>{children}</code>;
  return (
    <Suspense fallback={<code>{math.tex}</code>}>
      <Formula tex={math.tex} display={math.display} />
    </Suspense>
  );
}

/** A block of code; its text is in the `code` element that Markdown makes of it. */
function Pre({ children }: ComponentProps<'pre'>) {
  if (!isValidElement<ComponentProps<'code'>>(children)) return <pre tabIndex={0}>{children}</pre>;
  const { className = '', children: text } = children.props;
  const code = typeof text === 'string' ? text.replace(/\n$/, '') : '';
  return <CodeBlock code={code} language={/language-([\w+#.-]+)/.exec(className)?.[1]?.toLowerCase() ?? ''} />;
}

const COMPONENTS = { a: SafeLink, img: SafeImage, code: InlineCode, pre: Pre, 'cite-ref': CiteRef } as Components;
const PLUGINS: Options['remarkPlugins'] = [remarkTables, remarkDepth, remarkCitations];

const Block = memo(function Block({ text }: { text: string }) {
  if (!mayRead(text)) return <p className="prose-block whitespace-pre-wrap">{text}</p>;
  return (
    <div className="prose-block">
      <AsWritten text={text}>
        <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS} urlTransform={safeUrl} skipHtml>
          {markMath(text)}
        </ReactMarkdown>
      </AsWritten>
    </div>
  );
});

interface MarkdownProps extends Cited {
  text: string;
}

/** Renders what a model wrote: Markdown without HTML, with its citations as chips. */
export default function Markdown({ text, citations, onOpen, active }: MarkdownProps) {
  const cited = useMemo(() => ({ citations, onOpen, active }), [citations, onOpen, active]);
  const blocks = useMemo(() => splitBlocks(text), [text]);
  return (
    <CitedContext value={cited}>
      {blocks.map((block, index) => (
        // Blocks only grow at the end, so their place is their identity.
        // oxlint-disable-next-line react/no-array-index-key
        <Block key={index} text={block} />
      ))}
    </CitedContext>
  );
}
