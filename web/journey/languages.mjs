import { expect, lastAnswer } from './expect.mjs';

/** A flow that the journey has made by then. */
const EDITOR = '/flows/greet-somebody';
const PAGES = [
  '/', '/chat', '/chat/prompts', '/knowledge', '/knowledge/handbook/documents', '/knowledge/handbook/search?q=key', '/knowledge/handbook/settings', '/knowledge/handbook/jobs', '/flows', EDITOR, '/runs', '/inbox', '/triggers', '/settings/models', '/settings/prices', '/settings/tools', '/settings/secrets',
  '/settings/environment', '/settings/members', '/settings/keys', '/settings/profile', '/settings/appearance', '/settings/system', '/settings/usage', '/settings/audit',
];
const WIDTHS = [[1280, 800], [390, 844]];

/** A flow with nodes of several kinds, some of them wrong. */
const FORMS = {
  headwater: 1,
  name: '各种节点',
  slug: 'every-form',
  kind: 'chat',
  nodes: [
    // oxlint-disable-next-line unicorn/no-thenable
    { id: 'find', kind: 'retrieve', settings: { query: '{{ start.nothing }}', knowledge_bases: ['handbook'], filter: { range: { field: 'page', from: 1 } }, recency: { half_life_days: 30 } }, on_error: { then: 'branch' } },
    { id: 'ask', kind: 'chat', settings: { messages: [{ role: 'user', content: '{{ find.context }}' }], history: { turns: 6 } } },
    { id: 'call', kind: 'http', settings: { url: 'example', method: 'POST', auth: { type: 'basic', user: 'a', password: 'b' } } },
    { id: 'fork', kind: 'branch', settings: { cases: [{ handle: 'yes', all: [{ value: 1, op: 'greater', to: 0 }] }] } },
    { id: 'person', kind: 'human', settings: { title: '?', fields: [{ name: 'note' }], deadline: 'soon' } },
    { id: 'program', kind: 'code', settings: { language: 'python', code: '', outputs: { total: 'number' } } },
    { id: 'reply', kind: 'answer', settings: { text: '{{ ask.text }}' } },
  ],
  edges: [
    { from: 'start', to: 'find' },
    { from: 'find', to: 'ask' },
    { from: 'ask', to: 'call' },
    { from: 'call', to: 'fork' },
    { from: 'fork', to: 'person', handle: 'yes' },
    { from: 'person', to: 'program', handle: 'approve' },
    { from: 'program', to: 'reply' },
  ],
};

/** What a panel of the editor says without a Chinese word. Code, and what people named, may be so. */
function leftInEnglish(panel) {
  return panel.evaluate((root) => {
    const said = [];
    for (const fold of root.querySelectorAll('details')) fold.open = true;
    for (const node of root.querySelectorAll('label, p, h2, summary, [data-field] option, [aria-label], [title]')) {
      const copy = node.cloneNode(true);
      for (const code of copy.querySelectorAll('code, textarea, select, button')) code.remove();
      if (node.matches('.font-mono, option[value=""]')) continue;
      said.push(copy.textContent, node.getAttribute('aria-label') ?? '', node.getAttribute('title') ?? '');
    }
    const same = /^(JSON|JavaScript|Python|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|handbook|orchard|total)$/;
    return said.map((text) => text.trim()).filter((text) => /[A-Za-z]{2,}/.test(text) && !/\p{Script=Han}/u.test(text) && !same.test(text));
  });
}

/** The forms that the server's schema makes, and its problems, are Chinese as well. */
async function speakChineseInForms(page, look) {
  const made = await page.request.post('/api/v1/flows', { headers: { 'X-Requested-With': 'headwater' }, data: { document: FORMS } });
  expect(made.ok(), `the flow was refused: ${await made.text()}`);
  await page.goto('/flows/every-form');
  const panel = page.getByTestId('panel');
  await page.getByRole('region', { name: '流程设置' }).waitFor();
  const wrong = (await leftInEnglish(panel)).map((text) => `flow: ${text}`);
  for (const { id } of FORMS.nodes) {
    const box = page.locator(`.react-flow__node[data-id="${id}"]`);
    await box.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: `${id} 的设置` }).waitFor();
    wrong.push(...(await leftInEnglish(panel)).map((text) => `${id}: ${text}`));
    if (id === 'find') await look.take('chinese-form');
  }
  await page.getByRole('tab', { name: /问题/ }).click();
  const problems = page.getByTestId('problem');
  await problems.first().waitFor();
  for (const text of await problems.allInnerTexts()) if (!/\p{Script=Han}.*。/u.test(text)) wrong.push(`problem: ${text}`);
  await look.take('chinese-problems');
  expect(wrong.length === 0, `English is left:\n      ${wrong.join('\n      ')}`);
  await page.request.delete('/api/v1/flows/every-form', { headers: { 'X-Requested-With': 'headwater' } });
}

/** The app in Chinese, from the settings and back; only that language is fetched. */
export async function speakChinese(page, look) {
  await page.goto('/settings/appearance');
  await page.getByText('简体中文').click();
  await page.getByRole('heading', { name: '外观' }).or(page.getByRole('heading', { name: '主题' })).first().waitFor();
  expect((await page.evaluate(() => document.documentElement.lang)) === 'zh-CN', 'the page does not say that it is Chinese');
  const fetched = [];
  const watch = (request) => fetched.push(request.url());
  page.on('request', watch);
  await page.goto('/runs');
  await page.getByRole('heading', { name: '运行', exact: true }).waitFor();
  await look.take('chinese-runs');
  await page.goto('/');
  await page.getByRole('heading', { name: '首页' }).waitFor();
  await look.take('chinese-home');
  // The first question is answered in the reader's language.
  await page.goto('/chat');
  await page.getByRole('button', { name: 'Headwater 需要 API 密钥吗？' }).click();
  await page.waitForURL(/\/chat\/.+/);
  await (await lastAnswer(page)).getByText(/不需要/).waitFor();
  await page.goto(EDITOR);
  await page.getByRole('button', { name: '发布', exact: true }).waitFor();
  await look.take('chinese-editor');
  await speakChineseInForms(page, look);
  page.off('request', watch);
  const english = fetched.filter((url) => /words\.en|words-en/.test(url));
  expect(english.length === 0, `English words were fetched, too: ${english.join(', ')}`);
  for (const path of PAGES) {
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForTimeout(150);
    // A key that has no text would be shown as it is; verbs of the audit log only look like one.
    const verbs = await page.getByTestId('audit-entry').evaluateAll((all) => all.map((entry) => entry.dataset.action));
    const text = verbs.reduce((text, verb) => text.replace(verb, ''), await page.locator('body').innerText());
    const bare = text.match(/\b(?:nav|action|settings|flows|head|save|panel|ways|form|dock|runs|home|chat|prompts?|fill|key|member|provider|prices?|kept|knowledge|documents?|metadata|upload|jobs|chunks?|chunking|preview|search|boosts|recency|filter|compare|hit)\.(?!md\b)[a-z][A-Za-z.]+/);
    expect(!bare, `${path} shows the key ${bare?.[0]}`);
  }
  await page.goto('/settings/appearance');
  await page.getByText('English').click();
  await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
}

const LETTERS = { a: 'ا', b: 'ب', c: 'ج', d: 'د', e: 'ه', f: 'ف', g: 'غ', h: 'ح', i: 'ي', j: 'ج', k: 'ك', l: 'ل', m: 'م', n: 'ن', o: 'و', p: 'ب', q: 'ق', r: 'ر', s: 'س', t: 'ت', u: 'ع', v: 'ف', w: 'و', x: 'خ', y: 'ى', z: 'ز' };
/** Words 40 % longer, as German ones are: letters are repeated where they stand. */
const longer = (word) => word.replaceAll(/\p{L}{3,}/gu, (letters) => letters + letters.slice(0, Math.ceil(letters.length * 0.4)));
const arabic = (word) => word.replaceAll(/[a-z]/gi, (letter) => LETTERS[letter.toLowerCase()]);
/** Changes what is between the slots of a text. */
const between = (text, change) => text.split(/(\{\w+\})/).map((piece, at) => (at % 2 === 1 ? piece : change(piece))).join('');

/** Has the files of words answer in another language, which only this journey speaks. */
async function pretend(page, change) {
  await page.route(/\/assets\/(?:[a-z-]+-)?words\.en-[^/]+\.js$/, async (route) => {
    const code = await (await route.fetch()).text();
    const { default: words } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
    const said = Object.fromEntries(Object.entries(words).map(([key, text]) => [key, between(text, change)]));
    await route.fulfill({ contentType: 'text/javascript', body: `export default ${JSON.stringify(said)}` });
  });
}

/** What sticks out of the window, or is cut off where nothing says so. */
function overflow(page) {
  return page.evaluate(() => {
    const found = [];
    if (document.documentElement.scrollWidth > window.innerWidth + 1) found.push('the page is wider than the window');
    for (const node of document.querySelectorAll('button, a, h1, h2, label, p, legend')) {
      const box = node.getBoundingClientRect();
      const style = getComputedStyle(node);
      if (box.width === 0 || style.visibility === 'hidden' || node.closest('.sr-only, .overflow-x-auto, .react-flow__viewport, [aria-hidden="true"]')) continue;
      if (box.left < -1 || box.right > window.innerWidth + 1) found.push(`outside: ${node.textContent.slice(0, 60)}`);
      else if (node.scrollWidth > node.clientWidth + 1 && style.overflow === 'visible' && style.display !== 'inline') {
        found.push(`too wide for itself: ${node.textContent.slice(0, 60)}`);
      }
    }
    return found;
  });
}

/** The layout holds words that are 40 % longer, and text that runs from the right. */
export async function surviveOtherLanguages(page, look) {
  const wrong = [];
  for (const [name, change, dir] of [['long', longer, 'ltr'], ['rtl', (text) => arabic(longer(text)), 'rtl']]) {
    await pretend(page, change);
    for (const path of PAGES) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.evaluate((to) => document.documentElement.setAttribute('dir', to), dir);
      for (const [width, height] of WIDTHS) {
        await page.setViewportSize({ width, height });
        await page.waitForTimeout(200);
        for (const problem of await overflow(page)) wrong.push(`${name} ${path} ${width}: ${problem}`);
        if (path === '/' || path === '/settings/models' || path === '/runs' || path === EDITOR) {
          await page.screenshot({ path: `${look.out}/${name}${path.replaceAll('/', '-')}-${width}.png` });
        }
      }
    }
    await page.unrouteAll();
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  expect(wrong.length === 0, `\n      ${wrong.join('\n      ')}`);
}
