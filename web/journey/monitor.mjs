import { expect } from './expect.mjs';
import { becomes, publish, start } from './runs.mjs';

const HEADERS = { 'X-Requested-With': 'headwater' };

/** start → template → answer; `nothing` fails, since it has no such value. */
const watched = (name, text) => ({
  headwater: 1,
  name,
  kind: 'task',
  inputs: [{ name: 'name', type: 'string', required: true }],
  nodes: [
    { id: 'greet', kind: 'template', settings: { text } },
    { id: 'reply', kind: 'answer', settings: { text: '{{ greet.text }}' } },
  ],
  edges: [
    { from: 'start', to: 'greet' },
    { from: 'greet', to: 'reply' },
  ],
});

const tile = (page, name) => page.getByRole('link').filter({ has: page.getByText(name, { exact: true }) });

/** Runs that are known show up, live; paused they do not; a threshold is an alert; the rest is looked at. */
export async function watchMonitor(page, look) {
  const flow = await publish(page, watched('Watched', 'Hello {{ start.name }}!'));
  await becomes(page, await start(page, flow, { name: 'Ada' }), 'succeeded');
  await page.goto('/');
  await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.waitForURL(/\/monitor\/overview/);
  await page.locator('figure canvas').first().waitFor();
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByRole('button', { name: 'Go on' }).waitFor();
  const ended = async () => Number((await tile(page, 'Runs ended').innerText()).replace(/\D/g, ''));
  const before = await ended();
  let asked = 0;
  const count = (request) => {
    if (request.url().includes('/monitor/overview')) asked += 1;
  };
  page.on('request', count);
  await becomes(page, await start(page, flow, { name: 'Bo' }), 'succeeded');
  await page.waitForTimeout(6_000);
  page.off('request', count);
  expect(asked === 0 && (await ended()) === before, 'a paused monitor looked again');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.waitForFunction(
    ([name, least]) => [...document.querySelectorAll('a')].some((link) => link.innerText.startsWith(name) && Number(link.innerText.replace(/\D/g, '')) > least),
    ['Runs ended', before],
  );

  await page.getByRole('combobox', { name: 'Time range' }).selectOption('24h');
  await page.waitForURL(/range=24h/);
  await page.reload();
  expect((await page.getByRole('combobox', { name: 'Time range' }).inputValue()) === '24h', 'the range was lost in the reload');
  await page.locator('figure canvas').first().waitFor();
  await page.getByText('Show as a table').first().click();
  const rows = page.getByRole('region', { name: 'Runs', exact: true }).getByRole('row');
  await rows.nth(96).waitFor();
  expect((await rows.count()) === 97, `the table has ${await rows.count()} rows instead of 97`);
  await page.locator('[data-figure="cpu"]').getByRole('meter', { name: 'Processor' }).waitFor();
  await look.take('monitor-overview');

  await page.getByRole('button', { name: 'Full screen' }).click();
  await page.getByRole('button', { name: 'Leave full screen' }).waitFor();
  expect(await page.evaluate(() => document.fullscreenElement !== null), 'nothing is on the full screen');
  await page.getByRole('button', { name: 'Leave full screen' }).click();
  await page.getByRole('button', { name: 'Full screen', exact: true }).waitFor();

  await page.getByRole('button', { name: 'Thresholds' }).click();
  const dialog = page.getByRole('dialog', { name: 'Thresholds' });
  await dialog.getByLabel('Memory').fill('-3');
  await dialog.getByText('Write a number of 0 or more.').waitFor();
  await dialog.getByLabel('Memory').fill('1');
  await look.take('monitor-thresholds');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByTestId('alerts').getByText('Memory').waitFor();
  const gauge = page.locator('[data-figure="memory"]');
  await gauge.getByRole('img', { name: 'Above its threshold' }).waitFor();
  await page.getByTestId('alerts').scrollIntoViewIfNeeded();
  await look.take('monitor-alert');

  await page.getByRole('link', { name: 'Usage', exact: true }).click();
  await page.waitForURL(/\/monitor\/usage\?range=24h/);
  await page.locator('figure canvas').first().waitFor();
  await look.take('monitor-usage');
  await page.getByRole('row', { name: /Watched/ }).getByRole('link', { name: '2', exact: true }).click();
  await page.waitForURL(/\/runs\?flow=flw_/);
  await page.goBack();
  await page.getByRole('link', { name: 'System', exact: true }).click();
  await page.locator('figure canvas').nth(3).waitFor();
  await page.getByRole('region', { name: 'Servers' }).getByText('This one').waitFor();
  await look.take('monitor-system');

  const none = await page.request.put('/api/v1/monitor/thresholds', { headers: HEADERS, data: { items: [] } });
  expect(none.ok(), 'the thresholds could not be taken away');
  await page.route('**/api/v1/monitor/overview**', async (route) => {
    const response = await route.fetch();
    const board = await response.json();
    await route.fulfill({ response, json: { ...board, totals: { ...board.totals, runs: 0 } } });
  });
  await page.goto('/monitor/overview?range=15m');
  await page.getByText('No traffic yet').waitFor();
  await look.take('monitor-none');
  await page.unroute('**/api/v1/monitor/overview**');

  await page.route('**/api/v1/monitor/overview**', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"status":503,"code":"unavailable","title":"Unavailable","detail":"The database does not answer."}' }));
  await page.goto('/monitor/overview');
  await page.getByText('The database does not answer.').waitFor({ timeout: 30_000 });
  await page.unroute('**/api/v1/monitor/overview**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('figure canvas').first().waitFor();
}

/** A time of one's own is typed, one within it is dragged over, and both are left again. */
export async function chooseTimes(page, look) {
  await page.goto('/monitor/overview?range=15m');
  await page.locator('figure canvas').first().waitFor();
  await page.getByRole('combobox', { name: 'Time range' }).selectOption({ label: 'Own time…' });
  const form = page.getByRole('form', { name: 'Own time' });
  const [ago, now] = await page.evaluate(() => {
    const field = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
    return [field(Date.now() - 7_200_000), field(Date.now() - 1_000)];
  });
  await form.getByLabel('From').fill(now);
  await form.getByLabel('To').fill(ago);
  await form.getByLabel('To').press('Enter');
  await form.getByText('Must be later than the beginning.').waitFor();
  await form.getByLabel('From').fill(ago);
  await form.getByLabel('To').fill(now);
  await form.getByLabel('To').press('Enter');
  await page.waitForURL(/\/monitor\/overview\?from=/);
  await page.getByText('Not live').waitFor();
  const typed = page.url();
  await page.waitForFunction((search) => [...document.querySelectorAll('a')].some(({ href, innerText }) => innerText.startsWith('Runs ended') && href.endsWith(`/runs${search}`)), new URL(typed).search);
  await look.take('monitor-own-time');

  const chart = page.getByRole('figure', { name: 'Runs', exact: true }).locator('.u-over');
  await chart.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await chart.boundingBox();
  await page.mouse.move(x + width * 0.6, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.8, y + height / 2, { steps: 4 });
  await page.mouse.move(x + width - 2, y + height / 2, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL((url) => url.href !== typed);
  const zoomed = new URL(page.url()).searchParams;
  const [from, to] = [zoomed.get('from'), zoomed.get('to')].map((time) => Date.parse(time));
  const length = (to - from) / 60_000;
  expect(length > 40 && length < 60 && Math.abs(to - Date.parse(new URL(typed).searchParams.get('to'))) < 1_000, `dragging chose ${from} to ${to}`);
  await page.goBack();
  await page.waitForURL(typed);
  await form.getByRole('button', { name: 'Back to the last 15 minutes' }).click();
  await page.waitForURL(/range=15m/);
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
}
