import { describe, expect, it } from 'vitest';
import { followStarter, starterOf } from './code-starter';

describe('the program a code node begins with', () => {
  it('fits its inputs, in both languages', () => {
    expect(starterOf('javascript', { text: 'x', more: 1 })).toBe('function main({ text, more }) {\n  return { result: text };\n}\n');
    expect(starterOf('javascript', { 'a-b': 'x' })).toContain('inputs["a-b"]');
    expect(starterOf('javascript', undefined)).toContain('result: null');
    expect(starterOf('python', { text: 'x' })).toBe('def main(inputs):\n    return {"result": inputs["text"]}\n');
  });

  it('follows the settings until somebody has changed it', () => {
    const begun = { language: 'javascript', inputs: { a: 1 }, code: starterOf('javascript', { a: 1 }) };
    expect(followStarter(begun, { ...begun, language: 'python' }).code).toBe(starterOf('python', { a: 1 }));
    expect(followStarter(begun, { ...begun, inputs: { b: 1 } }).code).toContain('{ b }');
    const own = { ...begun, code: 'function main() { return { result: 1 } }' };
    expect(followStarter(own, { ...own, language: 'python' }).code).toBe(own.code);
    expect(followStarter(begun, { ...begun, code: 'typed' }).code).toBe('typed');
  });
});
