/** Notices that pass. The toaster is fetched with the first of them. */
type Kind = 'success' | 'error';

function show(kind: Kind, text: string): void {
  void import('./toaster').then(({ ready }) => ready).then((toaster) => toaster[kind](text));
}

export const toast = {
  success: (text: string) => show('success', text),
  error: (text: string) => show('error', text),
};
