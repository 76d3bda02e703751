import { expect } from './expect.mjs';
import { becomes, publish, start } from './runs.mjs';

const GREET_ALL = {
  headwater: 1,
  name: 'Greet everybody',
  slug: 'greet-everybody',
  kind: 'task',
  inputs: [{ name: 'names', type: 'list', required: true }],
  nodes: [
    { id: 'each', kind: 'each', settings: { items: '{{ start.names }}', output: '{{ hello.text }}' }, body: {
      nodes: [{ id: 'hello', kind: 'template', settings: { text: 'Hello, {{ item }}' } }],
      edges: [],
    } },
    { id: 'out', kind: 'output', settings: { values: { all: '{{ each.items }}' } } },
  ],
  edges: [
    { from: 'start', to: 'each' },
    { from: 'each', to: 'out' },
  ],
};

const GREET_ONE = {
  headwater: 1,
  name: 'Greet one',
  slug: 'greet-one',
  kind: 'task',
  inputs: [{ name: 'name', type: 'string', required: true }],
  nodes: [{ id: 'hello', kind: 'answer', settings: { text: 'Hello, {{ start.name }}' } }],
  edges: [{ from: 'start', to: 'hello' }],
};

const step = (page, path) => page.locator(`[data-testid="diff-step"][data-path="${path}"]`);
const changeOf = (page, path) => step(page, path).getAttribute('data-change');

/** Two runs are compared from one of them, and from two rows of the list; steps, numbers and texts say what differs. */
export async function compareRuns(page, look) {
  const flow = await publish(page, GREET_ALL);
  const [one, other] = [await start(page, flow, { names: ['Ada', 'Grace'] }), await start(page, flow, { names: ['Ada', 'Alan', 'Edsger'] })];
  for (const run of [one, other]) await becomes(page, run, 'succeeded');
  await page.goto(`/runs/${other}`);
  await page.getByRole('button', { name: 'Compare with…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The run before this one').waitFor();
  await dialog.getByRole('searchbox').fill('grace');
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="compare-choice"]').length === 1);
  await look.take('run-compare', { widths: [1280] });
  await dialog.getByTestId('compare-choice').click();
  await page.waitForURL((url) => url.pathname === `/runs/${one}..${other}`);
  await step(page, 'each[2]/hello').waitFor();
  expect((await changeOf(page, 'each[0]/hello')) === 'same', 'the same step counts as another');
  expect((await changeOf(page, 'each[1]/hello')) === 'changed', 'another output was not noticed');
  expect((await changeOf(page, 'each[2]/hello')) === 'added', 'a step more was not noticed');
  await step(page, 'each[1]/hello').click();
  const panel = page.getByTestId('step-diff');
  await panel.locator('[data-line="removed"]').getByText('"text": "Hello, Grace"').waitFor();
  await panel.locator('[data-line="added"]').getByText('"text": "Hello, Alan"').waitFor();
  expect(/step=each/.test(decodeURIComponent(page.url())), 'the chosen step is not in the address');
  await look.take('run-diff');
  await page.getByRole('link', { name: 'Swap' }).click();
  await page.waitForURL((url) => url.pathname === `/runs/${other}..${one}`);
  await page.waitForFunction(() => document.querySelector('[data-path="each[2]/hello"]')?.getAttribute('data-change') === 'removed');
  await chooseInList(page, look, flow, [one, other]);
}

async function chooseInList(page, look, flow, [one, other]) {
  await page.goto(`/runs?flow=${flow}`);
  await page.locator(`[data-run="${one}"]`).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('Choose two runs to compare them.').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await look.take('runs-chosen');
  await page.getByRole('link', { name: 'Compare', exact: true }).click();
  await page.waitForURL((url) => url.pathname === `/runs/${one}..${other}`);
  await step(page, 'each[2]/hello').waitFor();
}

/** Filters get a name, and are there again after a reload. */
export async function keepViews(page, look) {
  await page.goto('/runs?status=succeeded');
  await page.getByRole('button', { name: 'Save this view' }).click();
  await page.getByRole('textbox', { name: 'Name of the view' }).fill('What went well');
  await page.keyboard.press('Enter');
  await page.getByTestId('view').getByRole('link', { name: 'What went well' }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await look.take('runs-views');
  await page.goto('/runs');
  await page.getByTestId('view').getByRole('link', { name: 'What went well' }).click();
  await page.waitForURL(/status=succeeded/);
  await page.getByRole('button', { name: 'Remove the view What went well' }).click();
  await page.getByTestId('view').waitFor({ state: 'detached' });
  await page.reload();
  await page.getByRole('button', { name: 'Save this view' }).waitFor();
}

/** Runs are found by who asked for them and when, which views keep, and the monitor leads there. */
export async function findRuns(page, look) {
  const me = await (await page.request.get('/api/v1/me')).json();
  const flow = await publish(page, GREET_ONE);
  await becomes(page, await start(page, flow, { name: 'Ada' }), 'succeeded');
  await page.goto('/runs');
  const all = page.getByTestId('run');
  await all.first().waitFor();
  await page.getByRole('combobox', { name: 'Who' }).selectOption({ label: me.user.name });
  await page.waitForURL((url) => url.searchParams.get('user') === me.user.id);
  await page.getByRole('combobox', { name: 'When' }).selectOption('Last day');
  await page.waitForURL(/from=24h/);
  await all.first().waitFor();
  await page.getByRole('button', { name: 'Save this view' }).click();
  await page.getByRole('textbox', { name: 'Name of the view' }).fill('Mine, today');
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: 'When' }).selectOption('Between…');
  await page.waitForURL((url) => Number.isFinite(Date.parse(url.searchParams.get('from') ?? '')));
  await look.take('runs-found');
  await page.getByLabel('Until').fill('2020-01-01T00:00');
  await page.getByLabel('From').fill('2019-01-01T00:00');
  await page.getByLabel('From').blur();
  await page.getByText('No run fits these filters.').waitFor();
  await page.getByTestId('view').getByRole('link', { name: 'Mine, today' }).click();
  await page.waitForURL(/from=24h/);
  await all.first().waitFor();
  await page.getByRole('button', { name: 'Remove the view Mine, today' }).click();
  await page.goto('/monitor/usage?range=24h');
  const mine = page.getByRole('row').filter({ hasText: me.user.name });
  await mine.getByRole('link', { name: /^[0-9]/ }).first().click();
  await page.waitForURL((url) => url.searchParams.get('user') === me.user.id && url.searchParams.get('from') === '24h');
  await all.filter({ hasText: 'Greet one' }).first().click();
  await page.getByTestId('first-token').waitFor();
}

const PAUSING = {
  headwater: 1,
  name: 'Wait for a word',
  slug: 'wait-for-a-word',
  kind: 'task',
  inputs: [{ name: 'text', type: 'string', required: true }],
  nodes: [
    { id: 'word', kind: 'human', settings: { title: 'A word?', message: '{{ start.text }}', buttons: ['go'] } },
    { id: 'reply', kind: 'answer', settings: { text: 'Gone on.' } },
  ],
  edges: [
    { from: 'start', to: 'word' },
    { from: 'word', to: 'reply', handle: 'go' },
  ],
};

const removeFilter = (page, name) => page.getByRole('button', { name: `Remove the filter: ${name}` });

/** Runs are found by what they say, stay as they are while the list is paused, and several are dealt with at once. */
export async function searchRuns(page, look) {
  const flow = await publish(page, { ...GREET_ONE, name: 'Greet many', slug: 'greet-many' });
  const runs = [];
  for (let count = 0; count < 60; count += 1) runs.push(await start(page, flow, { name: count === 7 ? 'Wilhelmina' : `guest ${count}` }));
  await becomes(page, runs.at(-1), 'succeeded');
  await page.goto(`/runs?flow=${flow}`);
  const rows = page.getByTestId('run');
  await rows.first().getByText('Hello, guest 59').waitFor();
  await rows.first().getByText('revision 1').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('wilhelmina');
  await page.waitForURL(/q=wilhelmina/);
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="run"]').length === 1);
  await look.take('runs-searched');
  await removeFilter(page, 'Text').click();
  await page.waitForURL((url) => !url.searchParams.has('q'));
  await rows.nth(5).waitFor();
  expect((await rows.count()) < 60, 'rows that nobody sees exist');
  await pauseList(page, flow);
  await removeFilter(page, 'Flow').click();
  await page.waitForURL((url) => url.search === '');
  await page.goto('/runs?flow=gone&status=failed');
  await page.getByText('There is no flow “gone” here').waitFor();
  await page.getByText('gone (unknown)').waitFor();
  await look.take('runs-unknown-flow', { widths: [1280] });
  await page.getByRole('link', { name: 'Clear all' }).click();
  await rows.first().waitFor();
  await cancelAndRetry(page, look);
}

/** A list that is paused asks for nothing, and takes in what came when it goes on. */
async function pauseList(page, flow) {
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const late = await start(page, flow, { name: 'somebody late' });
  await becomes(page, late, 'succeeded');
  const row = page.locator(`[data-run="${late}"]`);
  let asked = 0;
  const count = (request) => {
    if (/\/api\/v1\/runs\?/.test(request.url())) asked += 1;
  };
  page.on('request', count);
  await page.waitForTimeout(5_000);
  page.off('request', count);
  expect(asked === 0 && (await row.count()) === 0, 'a paused list looked again');
  await page.getByRole('button', { name: 'Go on' }).click();
  await row.waitFor();
}

/** Chosen runs that go on are cancelled, those that failed are retried. */
async function cancelAndRetry(page, look) {
  const flow = await publish(page, PAUSING);
  const waiting = [await start(page, flow, { text: 'one' }), await start(page, flow, { text: 'two' })];
  for (const run of waiting) await becomes(page, run, 'paused');
  await page.goto(`/runs?flow=${flow}`);
  for (const run of waiting) await page.locator(`[data-run="${run}"]`).getByRole('checkbox').check();
  await look.take('runs-bulk');
  await page.getByRole('button', { name: 'Cancel 2 runs' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel 2 runs' }).click();
  for (const run of waiting) await page.locator(`[data-run="${run}"][data-status="cancelled"]`).waitFor();
  await page.goto('/runs?flow=divide&status=failed');
  const failed = page.getByTestId('run');
  await failed.first().waitFor();
  const before = await failed.count();
  await failed.first().getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Retry 1 failed run' }).click();
  await page.waitForFunction((count) => document.querySelectorAll('[data-testid="run"]').length > count, before);
}
