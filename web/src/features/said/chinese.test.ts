import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kindName } from '@/features/editor/kinds';
import { FlowSchema, type Schema } from '@/features/editor/schema';
import { speakIn } from '@/i18n';
import { LABELS, NAMES, say } from './chinese';
import { LABELS_BY_HINT } from './chinese/labels';
import { retold, said, saidLabel } from './said';

const ROOT = join(import.meta.dirname, '../../../..');
const schema = new FlowSchema(JSON.parse(readFileSync(join(ROOT, 'docs/reference/flow.schema.json'), 'utf8')) as Schema);

/** Names in lists of the editor's code. */
function listed(file: string, ...lists: string[]): string[] {
  const code = readFileSync(join(import.meta.dirname, '../editor', file), 'utf8');
  return lists.flatMap((list) => {
    const [, names = ''] = new RegExp(`^const ${list} = \\[(.*)\\];$`, 'm').exec(code) ?? [];
    expect(names, `${list} of ${file}`).not.toBe('');
    return [...names.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
  });
}

/** What the forms of flows show of the schema, at any depth. */
function shownOf() {
  const fields = new Set(listed('flow-panel.tsx', 'ABOUT', 'LISTS', 'REST'));
  const common = listed('node-panel.tsx', 'COMMON');
  const helps = new Set(schema.kinds().map(({ help }) => help));
  const names = new Set<string>();
  const visit = (raw: Schema | true, depth: number) => {
    const shape = schema.shapeOf(raw);
    if (depth > 6) return;
    for (const { value, help } of shape.as === 'choice' ? shape.options : []) {
      names.add(value);
      helps.add(help);
    }
    if (shape.as === 'list') visit(shape.item, depth + 1);
    if (shape.as === 'map') visit(shape.value, depth + 1);
    for (const one of shape.as === 'variants' ? shape.variants : shape.as === 'record' ? shape.fields : []) {
      (shape.as === 'record' ? fields : names).add(one.name);
      helps.add(one.help);
      visit(one.schema, depth + 1);
    }
  };
  for (const name of fields) {
    helps.add(schema.resolve(schema.field(name)).description ?? '');
    visit(schema.field(name), 0);
  }
  for (const { name, help, schema: inner } of schema.fieldsOf(schema.definition('Node'))) {
    if (!common.includes(name)) continue;
    fields.add(name);
    helps.add(help);
    visit(inner, 0);
  }
  for (const { kind } of schema.kinds()) visit(schema.settingsOf(kind), 0);
  return { fields, names, helps: [...helps].filter((help) => help !== '') };
}

/** Rust sources with what flows are refused for, and why they fail. */
const SOURCES = [
  'model/src/flow.rs', 'model/src/flow/graph.rs', 'model/src/flow/graph', 'model/src/flow/value.rs', 'model/src/knowledge/boost.rs', 'model/src/knowledge/filter.rs',
  'engine/src/compile.rs', 'engine/src/compile', 'engine/src/condition.rs', 'engine/src/ask.rs', 'engine/src/ask', 'engine/src/nodes',
  'engine/src/file.rs', 'engine/src/template.rs', 'engine/src/scheduler', 'engine/src/sandbox', 'platform/src/flows.rs', 'platform/src/flows', 'platform/src/system.rs', 'platform/src/system/place.rs', 'providers/src/fault.rs',
];
/** Said to models, not to people. */
const TO_MODELS = /^(You prepare questions|Your answer does not have the form)/;

function rustFiles(path: string): string[] {
  if (path.endsWith('.rs')) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.rs')).map((file) => join(path, file));
}

/** Every sentence in the code of a file, its gaps filled. */
function sentences(file: string): string[] {
  const code = (readFileSync(file, 'utf8').split('#[cfg(test)]')[0] ?? '').replaceAll(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/"((?:[^"\\]|\\[\s\S])*)"/g)]
    .map(([, text = '']) => text.replaceAll(/\\\n\s*/g, '').replaceAll(String.raw`\"`, '"'))
    .filter((text) => /^(?:[A-Z“`{\d]|has |main ).* .*\.$/.test(text) && !TO_MODELS.test(text))
    .map((text) => {
      const filled = text.replaceAll(/(?<!\{)\{\w*\}(?!\})/g, 'sample').replaceAll(/(?<=\{\{ env\.)\{name\}(?= \}\})/g, 'sample');
      return filled.includes('{{{{') ? filled.replaceAll('{{', '{').replaceAll('}}', '}') : filled;
    });
}

const chinese = (text: string | undefined) => /\p{Script=Han}/u.test(text ?? '');

afterAll(() => speakIn('en'));

describe('what the server says, in Chinese', () => {
  const { fields, names, helps } = shownOf();

  it('has every field and every value of a flow file', () => {
    expect([...fields].filter((name) => !chinese(LABELS[name]))).toEqual([]);
    expect([...names].filter((name) => NAMES[name] === undefined)).toEqual([]);
    // Names of languages and methods are the same everywhere.
    expect(Object.entries(NAMES).filter(([, name]) => !chinese(name) && !/^([A-Z]+|JavaScript|Python)$/.test(name))).toEqual([]);
  });

  it('has every hint', () => {
    expect(helps.length).toBeGreaterThan(200);
    expect(helps.filter((help) => !chinese(say(help)))).toEqual([]);
  });

  it('names fields by their hints where the schema has those', () => {
    expect(Object.keys(LABELS_BY_HINT).filter((hint) => !helps.includes(hint))).toEqual([]);
  });

  it('keeps names of code as they are', () => {
    const code = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    const invented = helps.filter((help) => code(say(help) ?? '').some((name) => !help.includes(name ?? '')));
    expect(invented).toEqual([]);
  });

  it('has every kind', async () => {
    await speakIn('zh-CN');
    for (const { kind } of schema.kinds()) expect(chinese(kindName(kind)) || kind === 'http', kind).toBe(true);
  });

  it('has every sentence of the sources that says what is wrong', () => {
    const found = SOURCES.flatMap((path) => rustFiles(join(ROOT, 'crates', path)).flatMap(sentences));
    expect(found.length).toBeGreaterThan(350);
    expect([...new Set(found)].filter((text) => !chinese(say(text)))).toEqual([]);
  });

  it('puts names into the gaps, and words for what is a word', () => {
    expect(say('“ask” does not come before “text”.')).toBe('“ask”不在“text”之前。');
    expect(say('The input “age” must be a number.')).toBe('输入“age”必须是数字。');
    expect(say('The input “age” must be at least 3.')).toBe('输入“age”不能小于 3。');
    expect(say('The input “a” has a `min` above its `max`.')).toBe('输入“a”的最小值大于最大值。');
    expect(say('Item 2 of the input “list” must be text.')).toBe('输入“list”的第 2 项必须是文本。');
    expect(say('“knowledge_bases” is missing.')).toBe('缺少“知识库”。');
    expect(say('“greet” cannot run: the flow: A chat flow needs an answer node.')).toBe('“greet”无法运行：对话流程需要回答节点。');
    expect(say('Use text, a list, or another operator.')).toBe('请使用文本、列表，或换一个运算符。');
    expect(say('A node of kind agent has no body.')).toBe('智能体节点没有内部流程。');
    expect(say('Write it alone, as {{ env.KEY }}, with other text around it.')).toBe('请单独写作 {{ env.KEY }}，其他文本写在它的外面。');
  });

  it('leaves what it does not know', () => {
    expect(say('Nobody ever said this.')).toBeUndefined();
  });
});

describe('the table', () => {
  it('is asked in Chinese only', async () => {
    await speakIn('en');
    expect(said('Asks a model.')).toBe('Asks a model.');
    expect(saidLabel('temperature')).toBeUndefined();
    await speakIn('zh-CN');
    expect(said('Asks a model.')).toBe('向模型提问。');
    expect(said('Nobody ever said this.')).toBe('Nobody ever said this.');
    expect(saidLabel('temperature')).toBe('温度');
    expect([saidLabel('to'), saidLabel('to', 'At most this.')]).toEqual(['比较对象', '上限']);
    const told = retold(new TypeError('The run failed.'));
    expect(told).toBeInstanceOf(TypeError);
    expect((told as Error).message).toBe('运行失败。');
  });
});
