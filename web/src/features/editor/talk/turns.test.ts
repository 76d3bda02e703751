import { describe, expect, it } from 'vitest';
import { changed, historyOf, keptAfter, questionField, remembered, revived, type Turn, variableFields, without } from './turns';

const turn = (id: number, more: Partial<Turn> = {}): Turn => ({
  id,
  question: `q${id}`,
  before: {},
  run: `run_${id}`,
  status: 'succeeded',
  text: `a${id}`,
  citations: [],
  error: null,
  after: null,
  took: 1,
  ...more,
});

describe('the question of a conversation with a draft', () => {
  it('goes into the input named question, else the first text that is needed, else the first text', () => {
    const note = { name: 'note', type: 'string' };
    const need = { name: 'need', type: 'string', required: true };
    expect(questionField([note, need, { name: 'question', type: 'string' }])).toBe('question');
    expect(questionField([{ name: 'count', type: 'number', required: true }, note, need])).toBe('need');
    expect(questionField([note])).toBe('note');
    expect(questionField([{ name: 'question', type: 'number' }])).toBeNull();
  });

  it('is told what was said, without what failed, the newest forty', () => {
    const turns = [turn(1), turn(2, { status: 'failed' }), turn(3, { status: 'cancelled', text: '' }), turn(4, { status: 'cancelled', text: 'half' }), turn(5, { text: '' })];
    expect(historyOf(turns).map(({ text }) => text)).toEqual(['q1', 'a1', 'q4', 'half', 'q5']);
    const many = historyOf(Array.from({ length: 30 }, (_, at) => turn(at)));
    expect(many).toHaveLength(40);
    expect(many[0]).toEqual({ role: 'user', text: 'q10' });
  });
});

describe('the variables of a conversation with a draft', () => {
  const declared = [
    { name: 'score', type: 'number', default: 0 },
    { name: 'who', type: 'string' },
  ];

  it('stay as they were where a run changed nothing', () => {
    expect(keptAfter([])).toEqual({});
    expect(keptAfter([turn(1, { after: { score: 1, who: 'Ada' } }), turn(2, { before: { score: 1, who: 'Ada' }, after: { score: 2, who: 'Ada' } })])).toEqual({ score: 2, who: 'Ada' });
    expect(keptAfter([turn(1, { before: { score: 7 }, status: 'failed' })])).toEqual({ score: 7 });
  });

  it('begin with what they are declared to, and take what is changed by hand', () => {
    const fields = variableFields(declared, {});
    expect(fields.map(({ initial }) => initial)).toEqual([0, undefined]);
    expect(changed(fields, { score: '5', who: '' })).toEqual({ score: '5' });
    expect(remembered(declared, {}, { score: '5' })).toEqual({ values: { score: 5 }, wrong: {} });
    expect(remembered(declared, {}, { score: 'five' }).wrong).toEqual({ score: 'number' });
  });

  it('are emptied by hand, and forgotten when the draft has them no more', () => {
    expect(remembered(declared, { score: 3, gone: true }, { score: '' }).values).toEqual({ score: null });
    expect(variableFields(declared, { score: null })[0]?.initial).toBeUndefined();
  });

  it('are those before the last turn when it is asked again', () => {
    const turns = [turn(1, { after: { score: 1 } }), turn(2, { before: { score: 1 }, after: { score: 2 } })];
    expect(without(turns, turns[1] as Turn)).toEqual({ turns: [turns[0]], kept: { score: 1 } });
    expect(without(turns, turns[0] as Turn).kept).toEqual({ score: 2 });
  });
});

describe('a conversation that is opened again', () => {
  it('tells of a question that was on its way, and goes on with a run that was under way', () => {
    const kept = JSON.stringify({ turns: [turn(1, { status: 'running' }), turn(2, { status: 'queued', run: null })], inputs: { a: 'b' }, edited: {} });
    const { turns, inputs } = revived(kept);
    expect(turns.map(({ status }) => status)).toEqual(['running', 'failed']);
    expect(inputs).toEqual({ a: 'b' });
  });

  it('begins anew where nothing can be read', () => {
    expect(revived(null).turns).toEqual([]);
    expect(revived('{').turns).toEqual([]);
  });
});
