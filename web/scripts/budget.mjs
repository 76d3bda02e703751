// Fails when the build is heavier than it may be. Sizes of scripts are those of their .br files.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const KB = 1024;
const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8'));

function reach(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) reach(next, seen);
  return seen;
}

function weigh(keys) {
  const files = new Set([...keys].map((key) => manifest[key].file).filter((file) => file.endsWith('.js')));
  return [...files].reduce((sum, file) => sum + statSync(join(DIST, `${file}.br`)).size, 0);
}

function all(folder) {
  let sum = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('.vite')) continue;
    const path = join(entry.parentPath, entry.name);
    // The binary carries one form of each file: brotli where there is one.
    if (entry.name.endsWith('.gz') || existsSync(`${path}.br`)) continue;
    sum += statSync(path).size;
  }
  return sum;
}

// Words come beside the scripts, in one language.
const first = reach('index.html');
reach('src/i18n/words.en.ts', first);
const chat = new Set(first);
for (const key of [
  'src/features/workspace/shell.tsx',
  'src/features/chat/conversation-page.tsx',
  'src/features/chat/markdown.tsx',
  'src/features/chat/words.en.ts',
]) {
  reach(key, chat);
}

const editor = new Set(first);
for (const key of [
  'src/features/workspace/shell.tsx',
  'src/features/editor/editor-page.tsx',
  'src/features/editor/canvas.tsx',
  'src/features/editor/words.en.ts',
]) {
  reach(key, editor);
}

// What a stranger loads to read a first answer on a shared page.
const shared = reach('share.html');
for (const key of [
  'src/i18n/words.en.ts',
  'src/features/visitors/visitors-page.tsx',
  'src/features/visitors/words.en.ts',
  'src/features/chat/words.en.ts',
  'src/features/forms/words.en.ts',
  'src/features/chat/markdown.tsx',
]) {
  reach(key, shared);
}

const lines = [
  ['first load, scripts', weigh(first), 110 * KB],
  ['chat, scripts', weigh(chat), 160 * KB],
  ['editor, scripts', weigh(editor), 190 * KB],
  ['shared page, scripts', weigh(shared), 150 * KB],
  ['all assets', all(DIST), 2560 * KB],
];
let over = false;
for (const [name, size, limit] of lines) {
  over ||= size > limit;
  const mark = size > limit ? 'OVER' : 'ok';
  console.log(`${mark.padEnd(4)} ${name.padEnd(20)} ${(size / KB).toFixed(1)} of ${limit / KB} KiB`);
}
process.exit(over ? 1 : 0);
