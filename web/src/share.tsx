import './styles.css';
import './features/visitors/own-look.css';
import { lazy, StrictMode, Suspense, useLayoutEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { withWords } from './i18n';
import { nameLanguage } from './i18n/language';
import { watchSystemTheme } from './ui/theme';

// An app of its own: whoever follows a link loads nothing of the one behind the sign-in.
const SharedPage = lazy(withWords(() => import('./features/visitors/visitors-page')));

watchSystemTheme();

function App() {
  useLayoutEffect(nameLanguage, []);
  return (
    <Suspense>
      <SharedPage />
    </Suspense>
  );
}

const place = document.getElementById('root');
if (place) {
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
