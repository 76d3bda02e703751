import { createRoot } from 'react-dom/client';
import { Toaster, toast } from 'sonner';

/** The toaster, standing in the page. */
export const ready = new Promise<typeof toast>((resolve) => {
  const place = document.body.appendChild(document.createElement('div'));
  createRoot(place).render(<Toaster position="bottom-right" toastOptions={{ className: 'toast' }} />);
  setTimeout(() => resolve(toast), 50);
});
