import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatAgo, formatBytes, formatDate, formatDuration } from './format';
import { speak, speakIn, t, tn, withWords } from './index';
import { fitting, isRightToLeft, LANGUAGES } from './language';
import type { Complete } from './words';

const SRC = join(import.meta.dirname, '..');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' });

const read = (file: string) => readFileSync(join(SRC, file), 'utf8');

/** The file that an import in another file names. */
function found(named: string, from: string): string {
  const path = named.startsWith('@/') ? named.slice(2) : join(dirname(from), named);
  const file = ['', '.ts', '.tsx', '/index.ts'].map((end) => path + end).find((name) => /\.\w+$/.test(name) && files.includes(name));
  if (!file) throw new Error(`${from} imports ${named}, which is not there`);
  return file;
}

/** Whether a module, or one that comes together with it, says words. */
function says(file: string, seen = new Set<string>()): boolean {
  if (file === 'i18n/index.ts') return true;
  if (seen.has(file) || file.endsWith('.css')) return false;
  seen.add(file);
  const together = read(file).matchAll(/^(?:import|export)\b(?! type\b)(?:[^'"`;=]*? from)? ?'((?:@\/|\.)[^']*)'/gm);
  return [...together].some(([, named = '']) => says(found(named, file), seen));
}

afterAll(() => speakIn('en'));

describe('the language', () => {
  it('is the first of the reader’s that the app speaks', () => {
    expect(fitting(['fr-FR', 'zh-Hans-CN', 'en'])).toBe('zh-CN');
    expect(fitting(['en-GB', 'zh-CN'])).toBe('en');
    expect(fitting(['fr', 'de'])).toBe('en');
    expect(fitting([])).toBe('en');
  });

  it('says which way its text runs', () => {
    expect(isRightToLeft('ar-EG')).toBe(true);
    expect(isRightToLeft('zh-CN')).toBe(false);
  });
});

describe('the words', () => {
  it('of every area are there in every language', () => {
    const english = files.filter((file) => file.endsWith('words.en.ts'));
    expect(english.length).toBeGreaterThan(10);
    for (const file of english) {
      for (const { tag } of LANGUAGES) expect(files).toContain(file.replace('.en.ts', `.${tag}.ts`));
    }
  });

  it('change with the language, and so do numbers, dates and plurals', async () => {
    await speakIn('zh-CN');
    expect(t('action.cancel')).toBe('取消');
    expect(tn('count.documents', 1)).toBe('1 篇文档');
    expect(formatDate('2026-03-10T08:00:00Z')).toContain('2026年3月');
    expect(formatAgo('2026-03-10T08:00:00Z', Date.parse('2026-03-10T11:00:00Z'))).toBe('3小时前');
    expect(formatDuration(61)).toBe('1分钟');
    await speakIn('en');
    expect(t('action.cancel')).toBe('Cancel');
    expect(tn('count.documents', 1)).toBe('1 document');
    expect(tn('count.documents', 1200)).toBe('1,200 documents');
    expect(formatBytes(1_440_000)).toBe('1.4 MB');
  });

  it('are fetched by every late import of what says any', () => {
    const bare: string[] = [];
    for (const file of files.filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'))) {
      for (const line of read(file).split('\n')) {
        const late = /import\('((?:@\/|\.)[^']*)'\)/.exec(line)?.[1];
        if (late && says(found(late, file)) && !/withWords\(|page\(/.test(line)) bare.push(`${file}: ${line.trim()}`);
      }
    }
    expect(bare).toEqual([]);
    expect(says('features/editor/add-menu.tsx')).toBe(true);
    expect(says('features/editor/merge.ts')).toBe(false);
  });

  it('of a part that is said in English only are there at once, in front of those of the app', async () => {
    const { t: said } = speak({ 'only.here': 'Only {what}', 'action.cancel': 'Leave' } as const);
    expect(said('only.here', { what: 'here' })).toBe('Only here');
    expect(said('action.cancel')).toBe('Leave');
    expect(said('action.close')).toBe('Close');
  });

  it('are waited for together with the part that says them', async () => {
    const { t: to } = await withWords(() => import('@/features/tools/words').then(({ to }) => ({ t: to })))();
    expect(to('tools.add')).toBe('Add tool');
  });
});

// What does not compile is a test, too: `tsc` fails when one of these lines is right.
type English = { 'a.title': 'Hello {name}'; 'a.count.one': '{count} thing'; 'a.count.other': '{count} things' };
const right = { 'a.title': '你好，{name}', 'a.count.other': '{count} 个' } as const;
const lacking = { 'a.title': '你好，{name}' } as const;
const wrongSlot = { 'a.title': '你好，{nam}', 'a.count.other': '{count} 个' } as const;
right satisfies Complete<English, typeof right, 'other'>;
// @ts-expect-error a key is missing
lacking satisfies Complete<English, typeof lacking, 'other'>;
// @ts-expect-error a slot is another one
wrongSlot satisfies Complete<English, typeof wrongSlot, 'other'>;
