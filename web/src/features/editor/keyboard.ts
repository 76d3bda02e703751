import { useEffect } from 'react';
import { singleKeys } from '@/features/shortcuts/single-keys';
import { graphAt } from './graph';
import { boxes } from './layout';
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
/** Whether a field shows the document, so that taking back what was typed there is the editor's own. */
const ofDocument = (target: EventTarget | null) => target instanceof Element && target.closest('[data-document]') !== null && target.closest('[data-own-undo]') === null;
/** Whether a key goes to the canvas: to something on it, or to nothing in particular. */
const onCanvas = (target: EventTarget | null) => {
  const canvas = document.querySelector('.react-flow');
  return canvas !== null && target instanceof Node && (canvas.contains(target) || target.contains(canvas));
};
const elsewhere = () => document.querySelector('dialog[open], [popover]:popover-open') !== null;

/** The editor's keys. Single letters are keys only where nobody types, and nobody has switched them off. */
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
      // Undo is the editor's own in fields that show the document; other fields have their own.
      const own = typing(event.target) && !ofDocument(event.target);
      if (command && own && (key === 'z' || key === 'y')) return undefined;
      if (command && key === 'z') return done(() => (event.shiftKey ? editor.redo() : editor.undo()));
      if (command && key === 'y') return done(() => editor.redo());
      if ((command || event.altKey) && key === 'enter') {
        editor.settle();
        return done(command ? actions.run : actions.runNode);
      }
      if (typing(event.target)) return undefined;
      if (command && key === 'g') return done(() => (event.shiftKey ? editor.ungroupChosen() : editor.groupChosen()));
      if (command && key === 'd') return done(() => editor.duplicate());
      if (command && key === 'a' && onCanvas(event.target)) return done(() => chooseAll(editor));
      if (command || event.altKey) return undefined;
      if (key === 'delete' || key === 'backspace') return done(() => editor.removeChosen());
      if (key === 'escape') return done(() => leave(editor));
      if (!singleKeys()) return undefined;
      if (key === 'n') return done(actions.add);
      if (key === '1') return done(actions.fit);
      if (key === '/') return done(actions.find);
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
    // Whoever turns to something else on the page has done with a new node for now.
    const turn = (event: Event) => {
      const beside = event.target instanceof Element && event.target.closest('[data-document], .react-flow, [popover], dialog') === null;
      if (beside) editor.settle();
    };
    document.addEventListener('click', turn);
    document.addEventListener('keydown', press);
    document.addEventListener('copy', copy);
    document.addEventListener('cut', copy);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('click', turn);
      document.removeEventListener('keydown', press);
      document.removeEventListener('copy', copy);
      document.removeEventListener('cut', copy);
      document.removeEventListener('paste', paste);
    };
  }, [editor, actions]);
}

/** Every box of the graph that is shown is chosen, and no text of the page with them. */
function chooseAll(editor: Editor): void {
  document.getSelection()?.removeAllRanges();
  const { container } = editor.state;
  editor.select(boxes(graphAt(editor.doc, container), container === null).map(({ id }) => id));
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
