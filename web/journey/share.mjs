import { createServer } from 'node:http';
import { ask, expect, lastAnswer } from './expect.mjs';
import { inert, PIECES } from './hostile.mjs';
import { publish } from './runs.mjs';

const HEADERS = { 'X-Requested-With': 'headwater' };
const QUESTION = 'Does Headwater need an API key?';

const LETTER = {
  headwater: 1,
  name: 'Letters',
  slug: 'shared-letters',
  kind: 'task',
  inputs: [
    { name: 'first_name', type: 'string', required: true, description: 'As your friends say it.' },
    { name: 'tone', type: 'string', options: ['warm', 'plain'], default: 'warm' },
  ],
  nodes: [
    { id: 'reply', kind: 'answer', settings: { text: 'Dear **{{ start.first_name }}**' } },
    { id: 'out', kind: 'output', settings: { values: { tone: '{{ start.tone }}' } } },
  ],
  edges: [{ from: 'start', to: 'reply' }, { from: 'start', to: 'out' }],
};
const ECHO = {
  headwater: 1,
  name: 'Repeat',
  slug: 'shared-echo',
  kind: 'chat',
  inputs: [{ name: 'question', type: 'string', required: true }],
  nodes: [{ id: 'reply', kind: 'answer', settings: { text: '{{ start.question }}' } }],
  edges: [{ from: 'start', to: 'reply' }],
};

async function share(page, flow, settings) {
  const answer = await page.request.post('/api/v1/shares', { headers: HEADERS, data: { flow, settings } });
  expect(answer.ok(), `the share was refused: ${await answer.text()}`);
  return answer.json();
}

/** Somebody who has never been here, in a browser of their own. */
async function stranger(page, look, more = {}) {
  const context = await page.context().browser().newContext({
    baseURL: new URL(page.url()).origin,
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    locale: 'en-GB',
    ...more,
  });
  context.setDefaultTimeout(20_000);
  const other = await context.newPage();
  return { context, page: other, look: look.of(other) };
}

/** A flow is shared with its own look, and somebody without an account asks it. */
export async function shareAndAsk(page, look) {
  const { items } = await (await page.request.get('/api/v1/flows?limit=200')).json();
  const begun = await (await page.request.post('/api/v1/conversations', { headers: HEADERS, data: {} })).json();
  const { slug } = items.find(({ id }) => id === begun.flow_id);
  await page.request.delete(`/api/v1/conversations/${begun.id}`, { headers: HEADERS });
  await page.goto(`/flows/${slug}/share`);
  await page.getByRole('button', { name: 'Share this flow' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Ask the handbook');
  await page.getByLabel('Own colour').check();
  await page.getByLabel('Colour', { exact: true }).fill('#ffe000');
  await page.getByLabel('Greeting').fill('Hello!\nWhat would you like to know?');
  await page.getByLabel('First questions').fill(`${QUESTION}\nHow do I connect Ollama?`);
  await page.getByLabel('Sites that may embed it').fill('https://example.com/page');
  await page.getByTestId('preview').getByText('How do I connect Ollama?').waitFor();
  await look.take('share-settings');
  await page.getByRole('button', { name: 'Share this flow' }).click();
  await page.getByText('is not a site that can embed the page').waitFor();
  await page.getByLabel('Sites that may embed it').fill('https://www.example.com');
  await page.getByRole('button', { name: 'Share this flow' }).click();
  const card = page.getByTestId('share');
  await card.waitFor();
  await look.take('share');
  const link = await card.getByRole('link', { name: 'Open the page' }).getAttribute('href');

  const guest = await stranger(page, look);
  await guest.page.goto(link);
  await guest.page.getByText('What would you like to know?').waitFor();
  expect((await guest.page.title()) === 'Ask the handbook', 'the page has not its own title');
  await guest.look.take('shared-start');
  await guest.page.getByRole('button', { name: QUESTION }).click();
  const answer = await lastAnswer(guest.page);
  const chip = answer.getByTestId('citation').first();
  await chip.waitFor();
  await guest.look.take('shared-answer');
  await chip.click();
  await guest.page.getByTestId('passage').waitFor();
  await guest.look.take('shared-passage');
  await guest.page.keyboard.press('Escape');
  await guest.page.getByTestId('passage').waitFor({ state: 'detached' });
  expect(await chip.evaluate((one) => one === document.activeElement), 'the focus did not return to the citation');
  // What was read is there after a reload, and in the list of what was asked before. The number that has
  // the focus tells what it cites, a moment after it got there: that is no part of the answer.
  await chip.evaluate((one) => one.blur());
  await answer.getByRole('tooltip').waitFor({ state: 'detached' });
  const text = await answer.innerText();
  await guest.page.reload();
  const again = await lastAnswer(guest.page);
  // What draws answers comes a moment later.
  await again.getByTestId('citation').first().waitFor();
  expect((await again.innerText()) === text, `the answer is another one after a reload: ${await again.innerText()}\n${text}`);
  await guest.page.getByRole('button', { name: 'New conversation' }).click();
  await guest.page.getByText('What would you like to know?').waitFor();
  await guest.page.getByRole('button', { name: 'Earlier conversations' }).click();
  await guest.page.getByRole('dialog').getByText(QUESTION).click();
  await lastAnswer(guest.page);
  // Members' pages are closed to them, and the workspace sees what they did.
  expect((await guest.page.request.get('/api/v1/runs')).status() === 401, 'a visitor reads runs');
  await page.reload();
  await card.getByRole('link', { name: '1 run' }).click();
  await page.getByText('Visitors of one shared page').waitFor();
  await page.getByRole('link', { name: /Handbook|handbook|Ask/ }).first().waitFor();
  await page.goBack();
  // Turned off, it says so at once.
  await card.getByRole('button', { name: 'Turn off' }).click();
  await card.getByText('Off', { exact: true }).waitFor();
  await guest.page.reload();
  await guest.page.getByText('not shared any more').waitFor();
  await guest.look.take('shared-closed');
  await guest.context.close();
}

/** A form for strangers, and hostile content before them; both say their words in the reader's language. */
export async function shareForm(page, look) {
  await publish(page, LETTER);
  const letters = await share(page, LETTER.slug, { name: 'Write a letter', greeting: 'Whom do you write to?' });
  const guest = await stranger(page, look, { locale: 'zh-CN' });
  await guest.page.goto(letters.path);
  await guest.page.getByLabel('first name').fill('Ada');
  await guest.look.take('shared-form');
  await guest.page.getByRole('button', { name: '发送' }).click();
  await guest.page.getByText('Dear Ada').waitFor();
  await guest.page.getByText('warm').waitFor();
  await guest.look.take('shared-result');
  await guest.context.close();

  await publish(page, ECHO);
  const echo = await share(page, ECHO.slug, { name: `Ask <b>us</b>`, greeting: PIECES.html, starters: ['[x](javascript:window.hurt=true)'] });
  const victim = await stranger(page, look);
  const own = new URL(page.url()).host;
  const asked = [];
  victim.page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.host !== own) asked.push(url.href);
  });
  await victim.page.goto(echo.path);
  await victim.page.getByRole('textbox', { name: 'Your question' }).waitFor();
  await inert(victim.page, asked, 'a greeting');
  for (const [what, text] of Object.entries(PIECES)) {
    const before = await victim.page.getByTestId('answer').count();
    await ask(victim.page, text);
    await victim.page.getByTestId('answer').nth(before).waitFor();
    await lastAnswer(victim.page);
    await inert(victim.page, asked, `${what} on a shared page`);
  }
  await victim.context.close();
}

/** A site with a strict policy that has one line of ours in it. */
async function site(base, tag) {
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Content-Security-Policy', `default-src 'none'; script-src ${base}; frame-src ${base}`);
    response.end(`<!doctype html><html lang="en"><title>A shop</title><body><main><h1>A shop</h1><p id="ask"></p><button>Buy</button></main>${tag}</body></html>`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { server, origin: `http://localhost:${server.address().port}` };
}

/** The page stands in another site that is allowed to have it, and in no other. */
export async function embedShare(page, look) {
  const base = new URL(page.url()).origin;
  await publish(page, { ...ECHO, slug: 'shared-embed', name: 'Embedded' });
  const made = await share(page, 'shared-embed', { name: 'Ask the shop', greeting: 'Good day!' });
  const tag = (more) => `<script src="${base}/embed.js" data-share="${made.token}" data-label="Ask the shop" data-colour="#0a7f55" ${more} async></script>`;
  const sites = [await site(base, tag('')), await site(base, tag('data-target="#ask"')), await site(base, tag('data-open="true"'))];
  const [shop, inline, other] = sites;
  const settings = { ...made.settings, origins: [shop.origin, inline.origin] };
  const kept = await page.request.patch(`/api/v1/shares/${made.id}`, { headers: HEADERS, data: { settings } });
  expect(kept.ok(), `the sites were refused: ${await kept.text()}`);

  const guest = await stranger(page, look);
  await guest.page.goto(shop.origin);
  const button = guest.page.getByRole('button', { name: 'Ask the shop' });
  await button.click();
  const frame = guest.page.frameLocator('iframe[title="Ask the shop"]');
  await frame.getByText('Good day!').waitFor();
  await frame.getByRole('textbox', { name: 'Your question' }).fill('Is it **open**?');
  await frame.getByRole('textbox', { name: 'Your question' }).press('Enter');
  await frame.locator('[data-testid="answer"] strong').getByText('open').waitFor();
  await guest.look.take('shared-embedded');
  // In a frame the visit is in the tab's storage, and no cookie of it is set.
  const cookies = await guest.context.cookies();
  expect(cookies.length === 0, `cookies were set: ${JSON.stringify(cookies)}`);
  await frame.getByRole('textbox', { name: 'Your question' }).press('Escape');
  await guest.page.getByRole('dialog', { name: 'Ask the shop' }).waitFor({ state: 'hidden' });
  const back = () => document.activeElement?.shadowRoot?.activeElement?.getAttribute('aria-expanded') === 'false';
  expect(await guest.page.evaluate(back), 'the focus did not return to the button');
  await button.press('Enter');
  await frame.getByText('open').last().waitFor();
  const style = () => getComputedStyle(document.querySelector('main button')).borderRadius;
  expect((await guest.page.evaluate(style)) !== '50%', 'the site’s own button was changed');

  await guest.page.goto(inline.origin);
  await guest.page.frameLocator('#ask iframe').getByText('Good day!').waitFor();

  // A site that is not named gets an empty frame, whatever it tries.
  const plain = await guest.context.newPage();
  await plain.goto(other.origin);
  const refused = await plain.waitForSelector('headwater-share iframe', { state: 'attached' });
  const inside = await refused.contentFrame();
  await plain.waitForTimeout(0);
  const loaded = await inside.waitForSelector('text=Good day!', { timeout: 3000 }).catch(() => null);
  expect(loaded === null, 'a site that is not allowed shows the page');
  for (const path of ['/', '/flows', made.path.replace(made.token, 'x'.repeat(32))]) {
    const { headers } = { headers: (await guest.page.request.get(base + path, { headers: { Accept: 'text/html' } })).headers() };
    expect(headers['content-security-policy'].endsWith("frame-ancestors 'none'"), `${path} may be framed`);
  }
  await guest.context.close();
  for (const { server } of sites) server.close();
}
