import { describe, expect, it } from 'vitest';
import { accentOf } from './colour';
import { buttonTag, inlineTag, linesOf } from './snippet';

describe('the tag for other sites', () => {
  it('is HTML whatever the share is called', () => {
    const share = { origin: 'https://ask.example', token: 'abc_-1', name: 'Ask "us" <now> & here', colour: '#0a7f55' };
    expect(buttonTag(share)).toBe(
      '<script src="https://ask.example/embed.js" data-share="abc_-1" data-label="Ask &quot;us&quot; &lt;now> &amp; here" data-colour="#0a7f55" async></script>',
    );
    expect(inlineTag(share)).toContain('<div id="ask"></div>\n<script src="https://ask.example/embed.js"');
  });

  it('reads lists one a line', () => {
    expect(linesOf(' a \n\n b')).toEqual(['a', 'b']);
  });
});

describe('the colour of a share', () => {
  it('is the one the server makes of it', () => {
    expect(accentOf('#0b57d0')?.light).toEqual({ colour: '#0b57d0', text: '#ffffff' });
    expect(accentOf('#8ab4f8')?.dark).toEqual({ colour: '#8ab4f8', text: '#000000' });
    expect(accentOf('#ffe000')?.light.colour).not.toBe('#ffe000');
    expect(accentOf('red')).toBeNull();
  });
});
