import { readStored, writeStored } from '@/api/stored';

const name = (key: string) => `headwater.draft.${key}`;

export function readDraft(key: string): string {
  return readStored(name(key), 'tab') ?? '';
}

export function writeDraft(key: string, text: string): void {
  writeStored(name(key), text, 'tab');
}
