import { useEffect, useState } from 'react';
import { buttonClass } from '@/ui/button';
import { SkeletonRows } from '@/ui/skeleton';
import { close, embed, isSnapshot, type Look, readLook } from './api';
import { Conversation } from './conversation';
import { FormPage } from './form-page';
import { isClosed, useLook } from './look';
import { Closed } from './closed';
import { SnapshotView } from './snapshot';
import { ts } from './words';

/** Escape closes a page that stands behind a button; the site around it does the closing. */
function useEscape(): void {
  useEffect(() => {
    if (embed !== '1') return undefined;
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
      // A dialog in front of the page closes first.
      if (!document.querySelector('dialog[open]')) close();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

/** What a shared link leads to: somebody's conversation to read, or a flow to use. */
export default function Page() {
  return isSnapshot ? <SnapshotView /> : <SharedPage />;
}

/** A conversation with a flow or a form, with its own look. */
function SharedPage() {
  const [look, setLook] = useState<Look | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const load = () => void readLook().then(setLook, setProblem);
  const again = () => {
    setProblem(null);
    load();
  };
  useEffect(load, []);
  useLook(look);
  useEscape();
  useEffect(() => {
    if (isClosed(problem)) document.title = ts('shared.closed');
  }, [problem]);

  if (problem) return <Closed problem={problem} onRetry={again} />;
  if (!look) {
    return (
      <main className="mx-auto w-full max-w-[720px] p-6">
        <SkeletonRows rows={4} />
      </main>
    );
  }
  if (look.sign_in) return <SignIn name={look.name} />;
  return look.kind === 'chat' ? <Conversation look={look} onClosed={setProblem} /> : <FormPage look={look} onClosed={setProblem} />;
}

function SignIn({ name }: { name: string }) {
  // Below a path as well: what stands before /s/ stands before /login.
  const [, before = ''] = /^(.*)\/s\//.exec(location.pathname) ?? [];
  const next = encodeURIComponent(location.pathname.slice(before.length) + location.search);
  return (
    <main className="mx-auto flex min-h-full w-full max-w-[520px] flex-col justify-center p-6">
      <h1 className="text-20 font-semibold break-words">{name}</h1>
      <p className="mt-3 text-14 font-medium">{ts('shared.signIn')}</p>
      <p className="mt-1 text-fg-2">{ts('shared.signIn.text')}</p>
      <a href={`${before}/login?next=${next}`} {...(embed ? { target: '_blank', rel: 'noopener' } : {})} className={`${buttonClass('primary', 'lg')} mt-4 self-start`}>
        {ts('shared.signIn.go')}
      </a>
    </main>
  );
}
