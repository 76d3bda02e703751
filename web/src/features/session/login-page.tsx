import { useRouter, useSearch } from '@tanstack/react-router';
import { t } from './words';
import { WordMark } from '@/ui/mark';
import { useDocumentTitle } from '@/ui/use-document-title';
import { signIn } from './api';
import { leave, safeNext } from './next';
import { SignInForm } from './sign-in-form';

export function LoginPage() {
  useDocumentTitle(t('login.title'));
  const { next } = useSearch({ from: '/login' });
  const { history } = useRouter();

  return (
    <main className="flex min-h-full flex-col items-center px-4 pt-[16vh] pb-12">
      <WordMark />
      <h1 className="mt-8 text-20 font-semibold tracking-[-0.01em]">{t('login.title')}</h1>
      <div className="mt-6 w-full max-w-[336px]">
        <SignInForm signIn={signIn} onDone={() => leave(safeNext(next), (to) => history.push(to))} />
      </div>
      <p className="mt-6 max-w-[336px] text-center text-12 text-fg-3">{t('login.help')}</p>
    </main>
  );
}
