import { useEffect } from 'react';
import { validate } from './api';
import { useDoc, useRoom } from './store';

/** Milliseconds of quiet before the server is asked what is wrong. */
const QUIET = 400;

/** Keeps the editor's problems those of its document. */
export function useProblems(): void {
  const { editor } = useRoom();
  const doc = useDoc();
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(() => {
      validate(doc).then(
        (problems) => {
          if (!gone) editor.set({ problems, checked: true });
        },
        // What cannot be checked now is checked after the next change; saving tells that the server is away.
        () => {},
      );
    }, QUIET);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [editor, doc]);
}
