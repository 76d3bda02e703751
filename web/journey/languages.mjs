import { expect } from './expect.mjs';

/** A flow that the journey has made by then. */
const EDITOR = '/flows/greet-somebody';
const PAGES = [
  '/', '/chat', '/chat/prompts', '/knowledge', '/knowledge/handbook/documents', '/knowledge/handbook/search?q=key', '/knowledge/handbook/settings', '/knowledge/handbook/jobs', '/flows', EDITOR, '/runs', '/inbox', '/triggers', '/settings/models', '/settings/tools', '/settings/secrets',
  '/settings/environment', '/settings/members', '/settings/keys', '/settings/profile', '/settings/appearance', '/settings/system', '/settings/usage', '/settings/audit',
];
const WIDTHS = [[1280, 800], [390, 844]];

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
  await page.goto(EDITOR);
  await page.getByRole('button', { name: '发布', exact: true }).waitFor();
  await look.take('chinese-editor');
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
    const bare = text.match(/\b(?:nav|action|settings|flows|head|save|panel|ways|form|dock|runs|home|chat|prompts?|fill|key|member|provider|knowledge|documents?|metadata|upload|jobs|chunks?|chunking|preview|search|boosts|recency|filter|compare|hit)\.(?!md\b)[a-z][A-Za-z.]+/);
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
