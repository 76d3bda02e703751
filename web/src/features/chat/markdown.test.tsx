import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { Citation } from '@/api/types';
import Markdown from './markdown';

const citation: Citation = {
  number: 1,
  document_id: 'doc_1',
  document_name: 'guide.md',
  knowledge_base_id: 'kb_1',
  chunk_id: 'chk_1',
  page: 4,
  heading: 'Keys',
  text: 'passage',
  score: 1,
};

const render = (text: string, citations: Citation[] = [citation]) =>
  renderToStaticMarkup(<Markdown text={text} citations={citations} onOpen={() => {}} active={null} />);

describe('citations', () => {
  it('become buttons that name their document', () => {
    const html = render('No key is needed. [1]');
    expect(html).toContain('<button');
    expect(html).toContain('Citation 1, guide.md');
  });

  it('stay text when there is no such passage', () => {
    expect(render('See [7].')).toContain('[7]');
    expect(render('See [7].')).not.toContain('<button');
  });

  it('stay text in code', () => {
    expect(render('`list[1]`')).not.toContain('<button');
  });

  it('work in lists, emphasis and several in a row', () => {
    expect(render('- **yes [1]** [1][1]').match(/<button/g)).toHaveLength(3);
  });
});

describe('what a model writes', () => {
  it('cannot bring HTML', () => {
    const html = render('<img src=x onerror=alert(1)><script>alert(1)</script>**bold**');
    expect(html).not.toMatch(/<script|<img|onerror="/);
    expect(html).toContain('<strong>bold</strong>');
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'JaVaScRiPt:alert(1)', '/api/v1/session', 'vbscript:x'])(
    'cannot link to %s',
    (url) => {
      expect(render(`[here](${url})`)).not.toContain('href');
    },
  );

  it('links to the web without handing over the window', () => {
    const html = render('[site](https://example.com/a)');
    expect(html).toContain('href="https://example.com/a"');
    expect(html).toContain('rel="noopener noreferrer nofollow"');
  });

  it('does not load pictures from other hosts', () => {
    const html = render('![chart](https://evil.example/pixel.png?q=secret)');
    expect(html).not.toContain('<img');
    expect(html).toContain('>chart</a>');
  });

  it('cannot be nested without end', () => {
    const html = render(`${'> '.repeat(60)}deep`);
    expect(html).not.toContain('<blockquote');
    expect(html).toContain('deep');
    expect(render('> > - quoted').match(/<blockquote/g)).toHaveLength(2);
  });

  it('is read in a time that nobody notices, or shown as it was written', () => {
    for (const bomb of ['> '.repeat(3000), '- '.repeat(2000), '1. '.repeat(2000), `${'*'.repeat(9000)}x${'*'.repeat(9000)}`, '[!['.repeat(3000), '*a _b '.repeat(3000)]) {
      expect(render(`${bomb}end`)).toContain('end');
    }
    expect(render(`${'-'.repeat(90)}\n\nbelow`)).toContain('<hr');
    // Unbounded, each of them takes minutes.
  }, 60_000);

  it('may use tables', () => {
    expect(render('| a | b |\n|---|---|\n| 1 | 2 |')).toContain('<table>');
  });
});
