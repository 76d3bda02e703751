import { toast } from '@/ui/toast';
import { tc } from './canvas-words';
import { type Clip, readClip } from './rename';
import type { Editor } from './store';

/** What was copied last by a menu or a button, for where a browser keeps its clipboard from pages. */
let last: Clip | null = null;

/** Copies the chosen nodes without the keys. */
export function copyNow(editor: Editor): void {
  const clip = editor.copyChosen();
  if (!clip) return;
  last = clip;
  // Without a secure address there is no clipboard to write to.
  void navigator.clipboard?.writeText(JSON.stringify(clip)).catch(() => {});
}

/** Puts copied nodes in without the keys. */
export async function pasteNow(editor: Editor): Promise<void> {
  try {
    const clip = readClip(await navigator.clipboard.readText());
    if (clip) editor.paste(clip);
    else toast.error(tc('menu.noNodes'));
  } catch {
    if (last) editor.paste(last);
    else toast.error(tc('menu.noClipboard'));
  }
}
