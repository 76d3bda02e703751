// Pictures of every page, in both themes and two widths, for docs/screenshots. `make screenshots` runs it.
//
//   BASE_URL    where Headwater runs, with an empty data directory
//   OUT_DIR     where pictures go
//   SETUP_CODE  the one-time code, when the server asks for one
//   CHROMIUM    the browser, /usr/bin/chromium unless told
import { mkdirSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { ask, lastAnswer } from './expect.mjs';
import { GOOD } from './files.mjs';
import { handbookIsRead } from './knowledge-evaluate.mjs';
import { setUp } from './people.mjs';
import { becomes, publish, start } from './runs.mjs';

const base = process.env.BASE_URL ?? 'http://localhost:3000';
const out = process.env.OUT_DIR ?? '../docs/screenshots';
const HEADERS = { 'X-Requested-With': 'headwater' };
const WIDTHS = [
  [1280, 800],
  [390, 844],
];
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--force-color-profile=srgb', '--font-render-hinting=none', '--hide-scrollbars'],
});
const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 800 }, colorScheme: 'light', reducedMotion: 'reduce', locale: 'en-GB' });
context.setDefaultTimeout(30_000);
const page = await context.newPage();
const darkroom = await browser.newPage();

/** WebP is a third of PNG; the browser itself makes it. */
async function develop(png) {
  const url = await darkroom.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.86);
  }, png.toString('base64'));
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

async function take(name, { from = page } = {}) {
  for (const theme of ['light', 'dark']) {
    await from.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const [width, height] of WIDTHS) {
      await from.setViewportSize({ width, height });
      await from.waitForTimeout(name.includes('rich') ? 900 : 250);
      // On a busy machine colours may still be on their way to the other theme.
      await from.waitForFunction(() => document.getAnimations().every((one) => one.playState !== 'running' || one.effect?.getTiming().iterations === Infinity));
      writeFileSync(`${out}/${name}-${theme}-${width}.webp`, await develop(await from.screenshot()));
    }
  }
  await from.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await from.setViewportSize({ width: 1280, height: 800 });
  console.log(name);
}

const api = async (method, path, data) => {
  const answer = await page.request.fetch(`/api/v1/${path}`, { method, headers: HEADERS, data });
  if (!answer.ok()) throw new Error(`${method} ${path}: ${await answer.text()}`);
  return answer.status() === 204 ? null : answer.json();
};

const APPROVAL = {
  headwater: 1,
  name: 'Publish with approval',
  kind: 'task',
  inputs: [{ name: 'text', type: 'string', required: true }],
  nodes: [
    { id: 'review', kind: 'human', settings: { title: 'Publish this?', message: '{{ start.text }}', fields: [{ name: 'note', label: 'Remark', default: '' }], buttons: ['approve', 'reject'] } },
    { id: 'publish', kind: 'answer', settings: { text: 'Published. {{ review.note }}' } },
    { id: 'refuse', kind: 'answer', settings: { text: 'Not published. {{ review.note }}' } },
  ],
  edges: [
    { from: 'start', to: 'review' },
    { from: 'review', to: 'publish', handle: 'approve' },
    { from: 'review', to: 'refuse', handle: 'reject' },
  ],
};
const DIVIDE = {
  headwater: 1,
  name: 'Price per litre',
  kind: 'task',
  inputs: [{ name: 'litres', type: 'number', required: true }],
  nodes: [
    { id: 'ready', kind: 'template', settings: { text: 'ready' } },
    { id: 'divide', kind: 'code', settings: { language: 'javascript', inputs: { litres: '{{ start.litres }}' }, outputs: { price: 'number' }, code: 'function main({ litres }) { if (litres === 0) throw new Error("There is nothing in the barrel."); return { price: 12 / litres }; }' } },
    { id: 'reply', kind: 'answer', settings: { text: '{{ divide.price }}' } },
  ],
  edges: [
    { from: 'start', to: 'ready' },
    { from: 'ready', to: 'divide' },
    { from: 'divide', to: 'reply' },
  ],
};
const NOTES = {
  headwater: 1,
  name: 'Notes',
  kind: 'chat',
  inputs: [{ name: 'question', type: 'string', required: true }],
  nodes: [{ id: 'reply', kind: 'answer', settings: { text: 'A mean is $$\\bar{x} = \\frac{1}{n}\\sum_{i=1}^{n} x_i$$ which in code is\n\n```python\ndef mean(values):\n    return sum(values) / len(values)  # needs one value\n```\n\nand is found like this:\n\n```mermaid\nflowchart LR\n  read[Read values] --> add[Add them up] --> divide[Divide by n]\n```\n' } }],
  edges: [{ from: 'start', to: 'reply' }],
};

async function settle() {
  await page.waitForLoadState('networkidle').catch(() => {});
}

async function pictures() {
  await setUp(page, { take: (name) => take(name) });
  // The first answer is the one that the whole handbook gives.
  await handbookIsRead(page);
  await page.getByRole('button', { name: 'Does Headwater need an API key?' }).click();
  await lastAnswer(page);
  await take('chat-answer');
  await page.getByTestId('citation').first().click();
  await page.getByTestId('cited-passage').waitFor();
  await take('chat-source');
  await page.goto('/chat');
  await page.getByRole('button', { name: /Ollama/ }).waitFor();
  await take('chat');

  const orchard = await api('POST', 'knowledge-bases', { name: 'Orchard', description: 'How the farm works' });
  for (const { name, mimeType, buffer } of GOOD) {
    await page.request.post(`/api/v1/knowledge-bases/${orchard.id}/documents`, { headers: HEADERS, multipart: { file: { name, mimeType, buffer } } });
  }
  await page.goto(`/knowledge/${orchard.id}`);
  await page.locator('[data-testid="document"][data-status="ready"]').nth(GOOD.length - 1).waitFor();
  await take('knowledge-base');
  await page.goto('/knowledge');
  await page.getByText('Orchard').first().waitFor();
  await take('knowledge');
  await page.goto(`/knowledge/${orchard.id}/search?q=pear%20harvest`);
  await page.getByTestId('passage').first().waitFor();
  await take('knowledge-search');
  await page.getByTestId('passage').first().getByRole('link').first().click();
  await page.getByTestId('chunk').first().waitFor();
  await take('document');
  await page.goto('/knowledge/handbook/search?q=retry%20a%20document&b=%7B%22limit%22%3A3%7D');
  await page.getByTestId('trial-b').getByTestId('passage').first().waitFor();
  await page.getByRole('button', { name: 'Options', exact: true }).click();
  await take('knowledge-compare');
  await page.goto('/knowledge/handbook/settings');
  await page.getByTestId('preview').getByRole('button', { name: 'Document' }).click();
  await page.getByTestId('previewed').first().waitFor();
  await take('knowledge-settings');
  for (const name of ['jobs', 'sources', 'evaluate']) {
    await page.goto(`/knowledge/${orchard.id}/${name}`);
    await settle();
    await take(`knowledge-${name}`);
  }

  await publish(page, NOTES);
  await page.goto('/chat?flow=notes');
  await ask(page, 'What is a mean?');
  const rich = await lastAnswer(page);
  await rich.getByRole('img', { name: /^Diagram/ }).waitFor();
  await take('chat-rich');

  const divide = await publish(page, DIVIDE);
  const ended = [];
  for (const litres of [3, 4, 0]) ended.push((await becomes(page, await start(page, divide, { litres }), litres === 0 ? 'failed' : 'succeeded')).id);
  const approval = await publish(page, APPROVAL);
  await becomes(page, await start(page, approval, { text: 'The river is high. Take the upper path.' }), 'paused');
  await api('POST', 'triggers', { name: 'Every morning', flow: divide, settings: { kind: 'schedule', cron: '0 7 * * 1-5', time_zone: 'Europe/Berlin' }, input: { litres: 5 } }).catch((error) => console.log(`no trigger: ${error.message}`));
  await api('POST', 'tools', { name: 'price', description: 'What a litre costs.', kind: 'flow', settings: { flow: divide } }).catch((error) => console.log(`no tool: ${error.message}`));
  await api('PUT', 'secrets/CRM_KEY', { value: 'sealed' }).catch((error) => console.log(`no secret: ${error.message}`));
  await api('PUT', 'environment/REGION', { value: 'north' }).catch((error) => console.log(`no value: ${error.message}`));
  await api('POST', 'keys', { name: 'Website', scopes: ['run'] }).catch((error) => console.log(`no key: ${error.message}`));

  for (const [name, path] of [['home', '/'], ['flows', '/flows'], ['runs', '/runs'], ['prompts', '/chat/prompts'], ['inbox', '/inbox'], ['triggers', '/triggers'], ['lost', '/nowhere']]) {
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await settle();
    await take(name);
  }
  await page.goto(`/flows/${approval}?node=review`);
  await page.locator('[data-testid="node"][data-id="refuse"]').waitFor();
  await settle();
  await take('editor');
  await flowPages(divide);
  await page.goto('/triggers');
  await page.getByTestId('trigger').first().getByRole('link').click();
  await settle();
  await take('trigger');
  for (const board of ['overview', 'usage', 'system']) {
    await page.goto(`/monitor/${board}`);
    await page.locator('figure canvas').first().waitFor();
    await take(`monitor-${board}`);
  }
  await page.goto(`/runs/${ended[0]}..${ended[1]}`);
  await page.getByTestId('diff-step').first().waitFor();
  await take('run-compare');
  await page.goto('/runs?status=failed');
  await page.getByTestId('run').first().click();
  await page.locator('[data-testid="step"][data-path="divide"]').click();
  await page.getByTestId('step-panel').waitFor();
  await take('run');
  await page.goto('/');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('option').first().waitFor();
  await take('palette');
  for (const name of ['models', 'prices', 'tools', 'secrets', 'environment', 'members', 'keys', 'usage', 'audit', 'profile', 'appearance', 'system']) {
    await page.goto(`/settings/${name}`);
    await page.getByRole('heading', { level: 2 }).first().waitFor();
    await settle();
    await take(`settings-${name}`);
  }
  await page.goto('/settings/tools');
  await page.getByTestId('tool').first().getByRole('link').click();
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  await take('tool');
  const stranger = await browser.newContext({ baseURL: base, locale: 'en-GB' });
  const door = await stranger.newPage();
  await door.goto('/login');
  await door.getByLabel('Email').waitFor();
  await take('login', { from: door });
}

/** What a flow has besides its editor: its versions, how programs call it, and how it is shared. */
async function flowPages(slug) {
  const { draft } = await api('GET', `flows/${slug}`);
  const document = { ...draft.document, nodes: draft.document.nodes.map((node) => (node.id === 'ready' ? { ...node, settings: { text: 'the barrel is ready' } } : node)) };
  await api('PUT', `flows/${slug}/draft`, { document, version: draft.version });
  await page.goto(`/flows/${slug}/versions/1..draft`);
  await page.getByTestId('diff-node').first().waitFor();
  await take('flow-versions');
  await page.goto(`/flows/${slug}/api`);
  await page.getByTestId('api-example').waitFor();
  await take('flow-api');
  const made = await api('POST', 'shares', { flow: 'notes', settings: { name: 'Ask about means', greeting: 'What would you like to know?', starters: ['What is a mean?'] } });
  await page.goto('/flows/notes/share');
  await page.getByTestId('share').waitFor();
  await take('flow-share');
  const visitor = await browser.newContext({ baseURL: base, locale: 'en-GB' });
  const door = await visitor.newPage();
  await door.goto(made.path);
  await door.getByRole('button', { name: 'What is a mean?' }).click();
  await lastAnswer(door);
  await take('shared', { from: door });
  await visitor.close();
}

try {
  await pictures();
} finally {
  await browser.close();
}
