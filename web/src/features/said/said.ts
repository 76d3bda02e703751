import { speak } from '@/i18n';
import { language } from '@/i18n/language';

let chinese: typeof import('./chinese') | null = null;

// What the server says is waited for together with the words of the app. English needs no table.
speak({
  en: async () => ({ default: {} }),
  'zh-CN': async () => {
    chinese = await import('./chinese');
    return { default: {} };
  },
});

const table = () => (language() === 'zh-CN' ? chinese : null);

/** What the server says, in the language of the reader; what is not known in it stays as it is. */
export const said = (text: string): string => table()?.say(text) ?? text;

/** What a value that a field may have is called, or a type, or a way out. */
export const saidName = (name: string): string => table()?.NAMES[name] ?? name;

/** What a way out of a node is called that it has besides those people name. */
export const saidWay = (handle: string): string => table()?.WAYS[handle] ?? handle;

/** What the canvas says to screen readers; nothing where it speaks the language by itself. */
export const saidCanvas = () => table()?.CANVAS;

/** What a field is called, where the language has a word for it. */
export const saidLabel = (name: string, hint?: string): string | undefined => table()?.labelOf(name, hint);

/** An error of the server, told in the language of the reader. */
export function retold(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const message = said(error.message);
  return message === error.message ? error : Object.assign(Object.create(error) as Error, { message });
}
