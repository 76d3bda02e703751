// Measures what somebody feels who works with the pages, and writes the table of docs/benchmarks.md.
// `make lighthouse` runs it after the judgement of the pages, on the same server.
//
//   BASE_URL    where Headwater runs, set up by lighthouse.mjs
//   MACHINE     what is said of the machine and the commit, above the table
//   CHROMIUM    the browser, /usr/bin/chromium unless told
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { readLongConversation } from '../journey/keys.mjs';
import { dragAmongMany } from '../journey/many.mjs';
import { PERSON } from '../journey/people.mjs';
import { openTenThousandSteps } from '../journey/runs.mjs';

const FILE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
/** How much slower the processor is for the delays of single actions, as the aim has it. */
const SLOWER = 4;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
const context = await browser.newContext({ baseURL: process.env.BASE_URL ?? 'http://localhost:3000', viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
const page = await context.newPage();
const rows = [];
const row = (what, figure) => {
  rows.push(`| ${what} | ${figure} |`);
  console.log(rows.at(-1));
};

async function signIn() {
  const { email, password } = PERSON;
  const answer = await page.request.post('/api/v1/session', { headers: { 'X-Requested-With': 'headwater' }, data: { email, password } });
  if (!answer.ok()) throw new Error(`nobody can sign in: ${await answer.text()}`);
}

/** Notes the delay of every action from the input to the next frame, as browsers count it for INP. */
function watchActions() {
  window.actions = new Map();
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries()) {
      if (interactionId) window.actions.set(interactionId, Math.max(duration, window.actions.get(interactionId) ?? 0));
    }
  }).observe({ type: 'event', durationThreshold: 16, buffered: true });
}

/** The longest delay of some actions on a page, in ms; shorter ones than 16 ms are told as that. */
async function longest(path, ready, act) {
  await page.goto(path);
  await ready(page).first().waitFor();
  await page.waitForLoadState('networkidle').catch(() => {});
  const devtools = await context.newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await page.evaluate(watchActions);
  await act();
  // What was pressed last is told with the frame after it.
  await page.evaluate(() => new Promise((done) => setTimeout(done, 600)));
  const delays = await page.evaluate(() => [...window.actions.values()]);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await devtools.detach();
  return Math.max(16, ...delays);
}

const type = async (box, text) => {
  await box.click();
  await box.pressSequentially(text, { delay: 40 });
};

/** What people do on each page, again and again. */
async function actions() {
  const press = async (...keys) => {
    for (const key of keys) {
      await page.keyboard.press(key);
      await page.waitForTimeout(150);
    }
  };
  const told = (what, delay) => row(what, `${Math.round(delay)} ms`);
  told(
    'the palette: open, type, choose among what it finds',
    await longest('/', (p) => p.getByRole('heading', { level: 1 }), async () => {
      await press('Control+k');
      await page.keyboard.type('knowledge', { delay: 40 });
      await press('ArrowDown', 'ArrowDown', 'Escape');
    }),
  );
  told(
    'chat: type a question',
    await longest('/chat', (p) => p.getByRole('textbox', { name: 'Your question' }), () =>
      type(page.getByRole('textbox', { name: 'Your question' }), 'Which formats of documents can it read, and which not?'),
    ),
  );
  told(
    'runs: go down the list by keys',
    await longest('/runs', (p) => p.getByTestId('run'), async () => {
      await page.locator('main').focus();
      await press(...Array.from({ length: 8 }, () => 'j'));
    }),
  );
  told(
    'a flow of 300 nodes: show all, choose nodes, type into a template',
    await longest('/flows/three-hundred', (p) => p.locator('[data-testid="node"][data-id="n0"]'), async () => {
      // It opens at its beginning, where not every node is in sight; n25 was dragged over another one.
      await page.locator('h1').click();
      await press('1');
      for (const id of ['n290', 'n291', 'n292']) await page.locator(`[data-testid="node"][data-id="${id}"]`).click();
      await type(page.getByTestId('panel').getByRole('textbox', { name: 'Text' }), 'Good morning, ');
    }),
  );
  const { items } = await (await page.request.get('/api/v1/runs?flow=many-small-steps')).json();
  told(
    'a run of 10,000 steps: go down its steps by keys',
    await longest(`/runs/${items[0].id}`, (p) => p.getByTestId('step'), async () => {
      await page.getByRole('tree', { name: 'Steps' }).focus();
      await press('j', 'j', 'j', 'End', 'k', 'k');
    }),
  );
}

const look = { out: mkdtempSync(join(tmpdir(), 'felt-')), take: async () => {} };
try {
  await signIn();
  const flow = await dragAmongMany(page, look);
  row('a flow of 300 nodes, until it is there', `${flow.opened} ms`);
  row('one of its nodes dragged: a frame, p95', `${flow.p95.toFixed(1)} ms, drawn without a graphics card`);
  row('the same: scripts for each move of the mouse', `${flow.script.toFixed(1)} ms`);
  const run = await openTenThousandSteps(page, look);
  row('a run of 10,000 steps, until its first steps are there', `${run.opened} ms`);
  row('the same, until all of them are', `${run.whole} ms`);
  const conversation = await readLongConversation(page);
  row('a conversation of 600 messages, until its end is there', `${conversation.opened} ms`);
  await actions();
} finally {
  await browser.close();
}
const table = [
  process.env.MACHINE ?? '',
  `Pages are opened and nodes dragged with the processor as it is. The other rows are the longest delay from a key or a click to the next frame (aim: 200 ms), with a processor ${SLOWER} times slower.`,
  '',
  '| what | figure |',
  '|---|---|',
  ...rows,
];
const before = readFileSync(FILE, 'utf8');
writeFileSync(FILE, before.replace(/<!-- felt -->[\s\S]*<!-- \/felt -->/, `<!-- felt -->\n${table.join('\n').trim()}\n<!-- /felt -->`));
