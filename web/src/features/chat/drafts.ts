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

/** What a conversation's questions are asked with, in place of what the flow says; nothing of it where the lists are empty. */
export interface Choice {
  /** Who answers. */
  models: string[];
  /** The knowledge bases that are searched, by slug. */
  bases: string[];
}

export function readChoice(key: string): Choice {
  return { models: [], bases: [], ...(JSON.parse(readStored(`${name(key)}.choice`, 'tab') ?? '{}') as Partial<Choice>) };
}

export function writeChoice(key: string, choice: Choice | null): void {
  writeStored(`${name(key)}.choice`, choice && JSON.stringify(choice), 'tab');
}
