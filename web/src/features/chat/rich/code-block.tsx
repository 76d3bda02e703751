import { lazy, Suspense, useDeferredValue } from 'react';
import { withWords } from '@/i18n';
import { CopyButton } from '@/ui/copy-button';
import { t } from '../words';
import { mayDraw } from './diagram-limits';

const Highlight = lazy(withWords(() => import('./highlight')));
const Diagram = lazy(withWords(() => import('./diagram')));

/** The longest code that is coloured, in characters. */
const MOST_CODE = 30_000;

interface CodeBlockProps {
  code: string;
  /** As the answer names it, or empty. */
  language: string;
}

/** Code with its language, a button that copies it, and its words coloured when the language is known. */
export function CodeBlock({ code, language }: CodeBlockProps) {
  // Colours may lag behind the text that arrives.
  const settled = useDeferredValue(code);
  const coloured = language !== '' && settled === code && code.length <= MOST_CODE;
  const source = (
    <pre tabIndex={0}>
      <code>{coloured ? <Suspense fallback={code}><Highlight code={code} language={language} /></Suspense> : code}</code>
    </pre>
  );
  return (
    <div className="code-block" dir="ltr">
      <div className="code-head">
        <span className="min-w-0 flex-1 truncate">{language}</span>
        <CopyButton text={code} label={t('chat.copyCode')} />
      </div>
      {language === 'mermaid' && mayDraw(settled) ? (
        <Suspense fallback={source}>
          <Diagram source={settled}>{source}</Diagram>
        </Suspense>
      ) : (
        source
      )}
    </div>
  );
}
