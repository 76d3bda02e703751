import { useEffect, useState } from 'react';

/** A form that says what is wrong once somebody tried to send it, and leads to the first of it. */
export function useTried(refused?: unknown) {
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (tries > 0) document.querySelector<HTMLElement>('dialog [aria-invalid]')?.focus();
  }, [tries, refused]);
  const attempt = (send: (() => void) | false) => {
    setTries(tries + 1);
    if (send) send();
  };
  return { tried: tries > 0, attempt };
}
