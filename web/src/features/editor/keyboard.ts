import { useEffect } from 'react';
import { readClip } from './rename';
import type { Editor } from './store';

/** What the keys can do beyond the editor itself. */
export interface KeyActions {
  add: () => void;
  run: () => void;
  runNode: () => void;
  fit: () => void;
  find: () => void;
}

const typing = (target: EventTarget | null) => target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
const elsewhere = () => document.querySelector('dialog[open], [popover]:popover-open') !== null;

/** The editor's keys. Single letters are keys only where nobody types. */
export function useKeys(editor: Editor, actions: KeyActions): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || elsewhere()) return;
      const done = (act: () => void) => {
        event.preventDefault();
        act();
      };
      const command = event.metaKey || event.ctrlKey;
      const key = event.key.toLowerCase();
      // Undo is the editor's own in fields, too: they show the document.
      if (command && key === 'z') return done(() => (event.shiftKey ? editor.redo() : editor.undo()));
      if (command && key === 'y') return done(() => editor.redo());
      if (command && key === 'enter') return done(actions.run);
      if (event.altKey && key === 'enter') return done(actions.runNode);
      if (typing(event.target)) return undefined;
      if (command && key === 'g') return done(() => (event.shiftKey ? editor.ungroupChosen() : editor.groupChosen()));
      if (command && key === 'd') return done(() => editor.duplicate());
      if (command || event.altKey) return undefined;
      if (key === 'delete' || key === 'backspace') return done(() => editor.removeChosen());
      if (key === 'n') return done(actions.add);
      if (key === '1') return done(actions.fit);
      if (key === '/') return done(actions.find);
      if (key === 'escape') return done(() => leave(editor));
      return undefined;
    };
    const copy = (event: ClipboardEvent) => {
      if (!copies(event)) return;
      const clip = editor.copyChosen();
      if (!clip) return;
      event.preventDefault();
      event.clipboardData?.setData('text/plain', JSON.stringify(clip));
      if (event.type === 'cut') editor.removeChosen();
    };
    const paste = (event: ClipboardEvent) => {
      if (typing(event.target) || elsewhere()) return;
      const clip = readClip(event.clipboardData?.getData('text/plain') ?? '');
      if (!clip) return;
      event.preventDefault();
      editor.paste(clip);
    };
    document.addEventListener('keydown', press);
    document.addEventListener('copy', copy);
    document.addEventListener('cut', copy);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('keydown', press);
      document.removeEventListener('copy', copy);
      document.removeEventListener('cut', copy);
      document.removeEventListener('paste', paste);
    };
  }, [editor, actions]);
}

/** A text that somebody marked is copied as ever. */
function copies(event: ClipboardEvent): boolean {
  return !typing(event.target) && !elsewhere() && (document.getSelection()?.toString() ?? '') === '';
}

/** Escape lets go of what is chosen, then leaves the container. */
function leave(editor: Editor): void {
  const { nodes, edges, container } = editor.state;
  if (nodes.size > 0 || edges.size > 0) editor.select([]);
  else if (container !== null) editor.reveal(container);
}
