const name = (key: string) => `headwater.draft.${key}`;

export function readDraft(key: string): string {
  try {
    return sessionStorage.getItem(name(key)) ?? '';
  } catch {
    return '';
  }
}

export function writeDraft(key: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(name(key), text);
    else sessionStorage.removeItem(name(key));
  } catch {
    // A draft that cannot be kept is still in the box.
  }
}
