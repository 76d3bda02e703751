import { afterAll, describe, expect, it } from 'vitest';
import type { Model } from '@/api/types';
import { speakIn } from '@/i18n';
import { isModelName, type ModelPrice, narrowed, pricedModels, readDollars, sayDollars, undated } from './prices';

const AT = '2025-12-01T00:00:00Z';
const published = (model: string, input = '2', output = '8'): ModelPrice => ({ model, input, output, source: 'published', at: AT });
const listed = (id: string): Model => ({ id, provider: id.split('/')[0] ?? '', name: id.slice(id.indexOf('/') + 1), kind: 'chat', available: true });

afterAll(() => speakIn('en'));

describe('the prices', () => {
  it('are those that are set, then those that are published, then none, then what runs here', () => {
    const prices = [{ ...published('openai/gpt-5'), source: 'set' as const }, published('openai/gpt-4.1')];
    const models = ['builtin/extractive', 'local/minilm', 'ollama/llama3.2', 'openai/gpt-4.1', 'openai/gpt-5'].map(listed);
    expect(pricedModels(prices, models).map(({ model, origin }) => [model, origin])).toEqual([
      ['openai/gpt-5', 'set'],
      ['openai/gpt-4.1', 'published'],
      ['ollama/llama3.2', 'none'],
      ['builtin/extractive', 'free'],
      ['local/minilm', 'free'],
    ]);
  });

  it('of a vendor are those of a model’s dated versions, too', () => {
    const rows = pricedModels([published('openai/gpt-4o', '2.5')], [listed('openai/gpt-4o-2024-08-06'), listed('openai/gpt-4o-audio')]);
    expect(rows.map(({ model, origin, price }) => [model, origin, price?.input])).toEqual([
      ['openai/gpt-4o', 'published', '2.5'],
      ['openai/gpt-4o-2024-08-06', 'published', '2.5'],
      ['openai/gpt-4o-audio', 'none', undefined],
    ]);
    expect(undated('anthropic/claude-sonnet-4-20250514')).toBe('anthropic/claude-sonnet-4');
    expect(undated('anthropic/claude-3-5-haiku-latest')).toBe('anthropic/claude-3-5-haiku');
    expect(undated('anthropic/claude-sonnet-4-5')).toBe('anthropic/claude-sonnet-4-5');
  });

  it('say nothing of the versions of a model whose own price hides what the vendor asks', () => {
    const own = [{ ...published('openai/gpt-4o'), source: 'set' as const }];
    expect(pricedModels(own, [listed('openai/gpt-4o-2024-08-06')]).map(({ model }) => model)).toEqual(['openai/gpt-4o']);
  });

  it('are found by all words of a search and by where they come from', () => {
    const rows = pricedModels([published('openai/gpt-4o'), published('openai/gpt-4o-mini')], [listed('ollama/mini')]);
    const found = (words: string, origin?: string) => narrowed(rows, words, origin).map(({ model }) => model);
    expect(found('MINI  gpt')).toEqual(['openai/gpt-4o-mini']);
    expect(found('mini', 'none')).toEqual(['ollama/mini']);
    expect(found('')).toHaveLength(3);
  });

  it('are amounts with a point, exact to a billionth', () => {
    for (const [text, amount] of [['0.15', '0.15'], [' $ 12 ', '12'], ['0.000000001', '0.000000001']]) expect(readDollars(text ?? '')).toBe(amount);
    for (const text of ['', '0,5', '.5', '-1', '1e3', '1.0000000001', '1234567890', '$']) expect(readDollars(text)).toBeNull();
  });

  it('are said with cents, and with the digits beyond them', async () => {
    expect(['0', '2.5', '0.125', '1000'].map(sayDollars)).toEqual(['$0', '$2.50', '$0.125', '$1,000.00']);
    await speakIn('zh-CN');
    expect(sayDollars('0.0000005')).toBe('$0.0000005');
  });

  it('are of models with the name of their provider in front', () => {
    expect(['openai/gpt-4o', 'router/meta/llama 3'].every(isModelName)).toBe(true);
    expect(['gpt-4o', '/x', 'openai/', 'a b/c', `a/${'x'.repeat(300)}`].some(isModelName)).toBe(false);
  });
});
