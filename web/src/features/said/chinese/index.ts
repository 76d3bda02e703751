import words from '@/features/editor/words.zh-CN';
import { CANVAS } from './canvas';
import { CHECKS } from './checks';
import { FAILURES } from './failures';
import { GRAPH_PROBLEMS } from './graph-problems';
import { HINTS } from './hints';
import { LABELS, LABELS_BY_HINT, NAMES, WAYS } from './labels';
import { PROBLEMS } from './problems';

export { CANVAS, LABELS, NAMES, WAYS };

export const labelOf = (name: string, hint = '') => LABELS_BY_HINT[hint] ?? LABELS[name];

/** What stands in the gaps of messages: sorts of values and of things. */
const NOUNS: Readonly<Record<string, string>> = {
  'a boolean': '是或否',
  'a file, an object with name, media_type and data in base64': '文件，即含 name、media_type 和 base64 编码的 data 的对象',
  'a list': '列表',
  'a moment': '片刻后',
  'a number': '数字',
  'an object': '对象',
  anything: '任意值',
  array: '列表',
  'environment value': '环境变量',
  flow: '流程',
  from: '起点',
  'in a moment': '稍后',
  input: '输入',
  nothing: '空值',
  revision: '修订',
  run: '运行',
  step: '步骤',
  text: '文本',
  to: '终点',
  'true or false': '是或否',
  variable: '变量',
};

const MESSAGES: Readonly<Record<string, string>> = { ...GRAPH_PROBLEMS, ...PROBLEMS, ...FAILURES, ...CHECKS };
const EXACT: Readonly<Record<string, string>> = { ...HINTS, ...MESSAGES };

interface Pattern {
  fits: RegExp;
  said: string;
}

const literal = (text: string) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/** Those that say most come first: “The input “{}” is required.” before “{} is required.”. */
function patternsOf(texts: Readonly<Record<string, string>>): Pattern[] {
  return Object.entries(texts)
    .filter(([text]) => text.includes('{}'))
    .toSorted(([one], [other]) => other.length - other.split('{}').length * 2 - (one.length - one.split('{}').length * 2))
    .map(([text, to]) => ({ fits: new RegExp(`^${text.split('{}').map(literal).join(gapOf(to))}$`), said: to }));
}

/** Any text; the name of a setting where one is named. */
const gapOf = (to: string) => (to.includes('@}') && !/\{\d/.test(to) ? String.raw`([\w.]+)` : String.raw`([\s\S]*?)`);

let patterns: Pattern[] | null = null;

/** A noun, a kind or a value; several when they stand in a list. */
function noun(text: string): string {
  const one = NOUNS[text] ?? (words as Readonly<Record<string, string>>)[`kind.${text}`] ?? NAMES[text];
  if (one) return one;
  const parts = text.split(/, | or /);
  if (parts.length > 1) return parts.map(noun).join('、');
  return say(text) ?? text;
}

/** The settings of a knowledge base are named with what they are part of. */
const setting = (name: string) => LABELS[name.split('.').at(-1) ?? name] ?? name;

function fill(to: string, gaps: string[]): string {
  let next = 0;
  return to.replaceAll(/\{(\d*)([*@]?)\}/g, (_, number: string, how: string) => {
    const gap = gaps[number === '' ? next : Number(number)] ?? '';
    next += 1;
    if (how === '*') return noun(gap);
    return how === '@' ? setting(gap) : gap;
  });
}

/** A text of the server in Chinese; nothing when it is not known. */
export function say(text: string): string | undefined {
  const flat = text.replaceAll('\n', ' ');
  const exact = EXACT[flat];
  if (exact !== undefined) return exact;
  patterns ??= patternsOf(MESSAGES);
  for (const { fits, said } of patterns) {
    const found = fits.exec(text);
    if (found) return fill(said, found.slice(1));
  }
  return undefined;
}
