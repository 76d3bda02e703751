import './styles.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { lazy, StrictMode, Suspense, useLayoutEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { listenToRefusals, listenToSignedOut } from './api/client';
import type { ApiError } from './api/errors';
import { queryClient } from './api/query-client';
import { setActiveWorkspace } from './api/workspace';
import { signInAgain, useAsking } from './features/session/again';
import { useLanguage, withWords } from './i18n';
import { nameLanguage } from './i18n/language';
import { router } from './router';
import { watchSystemTheme } from './ui/theme';

const SignInAgain = lazy(withWords(() => import('./features/session/sign-in-again')));

/** Whether somebody works here, who would lose what they typed if the page went away. */
const atWork = () => queryClient.getQueryData(['me']) !== undefined && router.state.location.pathname !== '/login';

async function onSignedOut(): Promise<boolean> {
  return atWork() && signInAgain();
}

/** Leads to sign-in or set-up when the server says that one of them comes first. */
function onRefused(error: ApiError): void {
  const { pathname, href } = router.state.location;
  if (error.status === 401 && atWork()) {
    // A stream or an upload was refused; they go on by themselves, or can be tried again.
    void signInAgain();
  } else if (error.status === 401 && pathname !== '/login') {
    setActiveWorkspace(null);
    void router.navigate({ to: '/login', search: { next: href === '/' ? undefined : href }, replace: true });
  } else if (error.status === 503 && error.code === 'unavailable' && pathname !== '/setup') {
    void fetch('/api/v1/setup')
      .then((answer) => answer.json())
      .then((state: { needed?: boolean }) => {
        if (state.needed) return router.navigate({ to: '/setup', replace: true });
        return undefined;
      })
      .catch(() => undefined);
  }
}

listenToRefusals(onRefused);
listenToSignedOut(onSignedOut);
watchSystemTheme();

/** Another language is another page: everything on it is said anew. */
function App() {
  const spoken = useLanguage();
  const asking = useAsking();
  useLayoutEffect(nameLanguage, [spoken]);
  return (
    <>
      <RouterProvider key={spoken} router={router} />
      <Suspense>{asking && <SignInAgain />}</Suspense>
    </>
  );
}

const place = document.getElementById('root');
if (place) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
