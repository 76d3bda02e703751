import { useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { withWords } from '@/i18n';
import { KeyReader, moveInRows, takesText } from './keys';
import { openOverlay, useOverlay } from './open';
import { singleKeys } from './single-keys';

const Palette = lazy(withWords(() => import('./palette')));
const Help = lazy(withWords(() => import('./help')));

/** The page's own search field, where it has one. */
const searchField = () => document.querySelector<HTMLInputElement>('main input[type="search"]');

/** Listens for the shortcuts of every page, and shows the palette and the list of shortcuts. */
export function Shortcuts() {
  const router = useRouter();
  const overlay = useOverlay();
  useEffect(() => {
    const reader = new KeyReader();
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const typing = takesText(document.activeElement) || document.querySelector('dialog[open], [popover]:popover-open') !== null;
      const meant = reader.read(event, typing, singleKeys(), event.timeStamp);
      if (!meant) return;
      event.preventDefault();
      if (meant.do === 'go') void router.navigate({ to: meant.to });
      else if (meant.do === 'move') moveInRows(meant.by);
      else if (meant.do === 'help') openOverlay('help');
      else if (meant.do === 'search' && searchField()) searchField()?.focus();
      else openOverlay('palette');
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [router]);
  const close = () => openOverlay(null);
  return (
    <Suspense>
      {overlay === 'palette' && <Palette onClose={close} />}
      {overlay === 'help' && <Help onClose={close} />}
    </Suspense>
  );
}
