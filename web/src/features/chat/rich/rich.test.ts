import { describe, expect, it } from 'vitest';
import { growth, LINEAR } from '@/testing/growth';
import { mayDraw } from './diagram-limits';
import { markMath, mathOf, mayDrawMath, MOST_MATH } from './math';

const spans = (text: string) => [...markMath(text).matchAll(/`+([\uE000\uE001][^`]*)`+/g)].map((match) => mathOf(match[1] ?? ''));

describe('formulas', () => {
  it('are found however they are written', () => {
    expect(spans(String.raw`so \(a_1\) and $b^2$ hold`)).toEqual([
      { tex: 'a_1', display: false },
      { tex: 'b^2', display: false },
    ]);
    expect(spans(String.raw`\[ x = 1 \]`)).toEqual([{ tex: 'x = 1', display: true }]);
    expect(spans('$$\nx\n= 2\n$$')).toEqual([{ tex: 'x = 2', display: true }]);
  });

  it('are not seen in prices', () => {
    expect(spans('It costs $5 and $10, or US$3.')).toEqual([]);
    expect(spans('$5, then 10 $ and $HOME$PATH')).toEqual([]);
  });

  it('are not seen in code', () => {
    const code = '`$a$` and ``\\(b\\)``\n\n```sh\necho $HOME$PATH $x$\n```\n';
    expect(markMath(code)).toBe(code);
  });

  it('of any length stay text when they are too long', () => {
    const long = `$$${'x'.repeat(MOST_MATH + 1)}$$`;
    expect(markMath(long)).toBe(long);
  });

  it('that are deep, or define commands, stay text', () => {
    expect(mayDrawMath(String.raw`\frac{a}{\sqrt{b}} \left( x \right) \{ y \} \begin{matrix} 1 \end{matrix}`)).toBe(true);
    expect(mayDrawMath(`${'{'.repeat(40)}x${'}'.repeat(40)}`)).toBe(false);
    expect(mayDrawMath(String.raw`\left(`.repeat(40))).toBe(false);
    for (const name of ['def', 'gdef', 'let', 'newcommand', 'renewcommand', 'futurelet']) {
      expect(mayDrawMath(`\\${name}\\a{{\\a}}\\a`)).toBe(false);
    }
    expect(mayDrawMath(String.raw`\left. \define \leftarrow`)).toBe(true);
  });

  it('are read in a time that grows with the text, not its square', () => {
    for (const text of ['$', '$$', '\\(', '\\[', '$a ', '\\(a\\) ']) {
      expect(growth((size) => markMath(text.repeat(size)), 3_000), text).toBeLessThan(LINEAR);
    }
  });
});

describe('diagrams', () => {
  it('are drawn when they are of a bounded kind and size', () => {
    expect(mayDraw('flowchart TD\n  a --> b')).toBe(true);
    expect(mayDraw('sequenceDiagram\n  A->>B: hello')).toBe(true);
  });

  it('that could count for minutes are not', () => {
    expect(mayDraw('gantt\n  a: 1, 1000000d')).toBe(false);
    expect(mayDraw(`graph TD\n${'  a --> b\n'.repeat(200)}`)).toBe(false);
    expect(mayDraw(`graph TD\n${'x'.repeat(5000)}`)).toBe(false);
  });

  it('may not bring HTML or addresses', () => {
    for (const label of ['<img src=x onerror=y>', '&lt;img&gt;', '#lt;img', '#60;img', '</b>', '<!--']) {
      expect(mayDraw(`graph TD\n a["${label};"] --> b`)).toBe(false);
    }
    expect(mayDraw('graph TD\n a --> b\n style a fill:url(https://elsewhere.example)')).toBe(false);
    expect(mayDraw('classDiagram\n class A {\n  <<interface>>\n }\n A <|-- B')).toBe(true);
    expect(mayDraw('graph TD\n a["one<br/>two"] & b --> c')).toBe(true);
  });

  it('may not change how they are drawn', () => {
    expect(mayDraw('%%{init: {"securityLevel": "loose"}}%%\ngraph TD\n a --> b')).toBe(false);
    expect(mayDraw('---\nconfig:\n  securityLevel: loose\n---\ngraph TD\n a --> b')).toBe(false);
    expect(mayDraw('graph TD\n %%{init: {}}%%\n a --> b')).toBe(false);
  });
});
