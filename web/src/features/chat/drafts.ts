import { readStored, writeStored } from '@/api/stored';
import type { Attachment } from '@/api/types';

const name = (key: string) => `headwater.draft.${key}`;

export function readDraft(key: string): string {
  return readStored(name(key), 'tab') ?? '';
}

export function writeDraft(key: string, text: string): void {
  writeStored(name(key), text, 'tab');
}

/** The files of an unsent question. */
export function readFiles(key: string): Attachment[] {
  return JSON.parse(readStored(`${name(key)}.files`, 'tab') ?? '[]') as Attachment[];
}

export function writeFiles(key: string, files: Attachment[]): void {
  writeStored(`${name(key)}.files`, files.length > 0 ? JSON.stringify(files) : null, 'tab');
}

/** Which models answer in a conversation; none for the flow's own. */
export function readModels(key: string): string[] {
  return JSON.parse(readStored(`${name(key)}.models`, 'tab') ?? '[]') as string[];
}

export function writeModels(key: string, models: string[]): void {
  writeStored(`${name(key)}.models`, models.length > 0 ? JSON.stringify(models) : null, 'tab');
}
