/** A file and what its document is called: with the folders it was dropped in. */
export interface NamedFile {
  file: File;
  name: string;
}

/** What a browser tells of dropped things; the part of it that is used here. */
export interface Entry {
  isFile: boolean;
  isDirectory: boolean;
  name: string;
  fullPath: string;
  file?: (found: (file: File) => void, failed: (error: unknown) => void) => void;
  createReader?: () => { readEntries: (found: (entries: Entry[]) => void, failed: (error: unknown) => void) => void };
}

const LONGEST_NAME = 255;
const BETWEEN = ' › ';

/** Files that systems keep for themselves, and folders of programs. */
const isHidden = (name: string) => name.startsWith('.') || name === 'Thumbs.db' || name === 'desktop.ini' || name === '__MACOSX';

/** "notes/2024/pears.md" as a document is called; a slash would be cut off by the server. */
export function documentName(path: string): string {
  const parts = path.split('/').filter(Boolean);
  let name = parts.join(BETWEEN);
  // What is nearest to the file says most about it.
  while (name.length > LONGEST_NAME && parts.length > 1) {
    parts.shift();
    name = parts.join(BETWEEN);
  }
  return name;
}

/** A document's name in two: the folders, and the file's own. */
export function partsOfName(name: string): { folder: string; file: string } {
  const at = name.lastIndexOf(BETWEEN);
  return at < 0 ? { folder: '', file: name } : { folder: name.slice(0, at + BETWEEN.length), file: name.slice(at + BETWEEN.length) };
}

const fileOf = (entry: Entry) => new Promise<File>((resolve, reject) => entry.file?.(resolve, reject));

/** A reader gives some entries at a time, and none when there are no more. */
async function entriesIn(folder: Entry): Promise<Entry[]> {
  const reader = folder.createReader?.();
  const all: Entry[] = [];
  for (;;) {
    const some = await new Promise<Entry[]>((resolve, reject) => (reader ? reader.readEntries(resolve, reject) : resolve([])));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** Every file below what was dropped, without the hidden ones. */
export async function filesBelow(entries: readonly Entry[]): Promise<NamedFile[]> {
  const found: NamedFile[] = [];
  const waiting = [...entries];
  for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
    if (isHidden(entry.name)) continue;
    if (entry.isDirectory) waiting.unshift(...(await entriesIn(entry)));
    else if (entry.isFile) found.push({ file: await fileOf(entry), name: documentName(entry.fullPath) });
  }
  return found;
}

/** The same of a list that a file picker gave. */
export function filesPicked(files: Iterable<File>): NamedFile[] {
  return [...files]
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }))
    .filter(({ path }) => !path.split('/').some(isHidden))
    .map(({ file, path }) => ({ file, name: documentName(path) }));
}

/** What was dropped. The entries have to be taken before anything is waited for. */
export function filesDropped(data: DataTransfer): Promise<NamedFile[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() as Entry | null).filter((entry) => entry !== null);
  return entries.length > 0 ? filesBelow(entries) : Promise.resolve(filesPicked(data.files));
}
