import { readStored, writeStored } from './stored';

const KEY = 'headwater.workspace';

/** The workspace this browser works in; none means the user's first. */
export function activeWorkspace(): string | null {
  return readStored(KEY);
}

export function setActiveWorkspace(id: string | null): void {
  writeStored(KEY, id);
}
