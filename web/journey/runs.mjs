import { ask, expect, lastAnswer } from './expect.mjs';

const HEADERS = { 'X-Requested-With': 'headwater' };

/** Keeps and publishes a flow through the API. */
export async function publish(page, document) {
  const made = await page.request.post('/api/v1/flows', { headers: HEADERS, data: { document, publish: true } });
  expect(made.ok(), `the flow ${document.name} was refused: ${await made.text()}`);
  return (await made.json()).slug;
}

/** Starts a run and gives its id. */
export async function start(page, flow, input) {
  const started = await page.request.post(`/api/v1/flows/${flow}/runs`, { headers: HEADERS, data: { input } });
  expect(started.ok(), `the run was refused: ${await started.text()}`);
  return (await started.json()).id;
}

/** Waits until a run has a status. */
export async function becomes(page, run, status) {
  const end = Date.now() + 60_000;
  for (;;) {
    const now = await (await page.request.get(`/api/v1/runs/${run}`)).json();
    if (now.status === status) return now;
    expect(Date.now() < end, `the run ${run} is ${now.status} and not ${status}: ${JSON.stringify(now.error)}`);
    await page.waitForTimeout(100);
  }
}

const step = (page, path) => page.locator(`[data-testid="step"][data-path="${path}"]`);

/** “See how this ran” leads from an answer to its trace, step by step. */
export async function seeHowItRan(page, look) {
  await page.goto('/chat');
  await ask(page, 'Does Headwater need an API key?');
  await page.waitForURL(/\/chat\/.+/);
  const answer = await lastAnswer(page);
  await answer.getByRole('link', { name: 'See how this ran' }).click();
  await page.waitForURL(/\/runs\/run_/);
  await page.getByTestId('step').nth(1).waitFor();
  await look.take('run');
  const tree = page.getByRole('tree', { name: 'Steps' });
  await tree.focus();
  await page.keyboard.press('End');
  await page.getByTestId('step-panel').waitFor();
  await page.keyboard.press('k');
  expect(/step=/.test(page.url()), 'the chosen step is not in the address');
  await page.locator('[data-testid="step"][data-path="search"], [data-testid="step"]').nth(1).click();
  const panel = page.getByTestId('step-panel');
  await panel.getByRole('heading', { name: 'Inputs' }).waitFor();
  await panel.getByRole('heading', { name: 'Outputs' }).waitFor();
  await look.take('run-step');
  const address = page.url();
  await page.reload();
  await panel.waitFor();
  expect(page.url() === address, 'the chosen step was lost in the reload');
  await page.getByRole('link', { name: 'Runs', exact: true }).first().click();
  await page.getByTestId('run').first().waitFor();
  await look.take('runs');
}

const HOSTILE = '<img src=x onerror="window.hurt = true"><script>window.hurt = true</script>';
const MANY = {
  headwater: 1,
  name: `Many small steps ${HOSTILE}`,
  slug: 'many-small-steps',
  kind: 'task',
  inputs: [{ name: 'items', type: 'list', required: true }],
  nodes: [
    { id: 'cells', kind: 'each', settings: { items: '{{ start.items }}' }, body: {
      nodes: [{ id: 'say', kind: 'template', settings: { text: 'Item {{ item }}' } }],
      edges: [],
    } },
    { id: 'reply', kind: 'answer', settings: { text: 'Done.' } },
  ],
  edges: [
    { from: 'start', to: 'cells' },
    { from: 'cells', to: 'reply' },
  ],
};

/** Nearly as many as a run may take. */
const COUNT = 9990;

/** A run of ten thousand steps is there at once, and its last step can be reached. */
export async function openTenThousandSteps(page, look) {
  const flow = await publish(page, MANY);
  const items = Array.from({ length: COUNT }, (_, index) => (index === 0 ? HOSTILE : index));
  const run = await start(page, flow, { items });
  await becomes(page, run, 'succeeded');
  const began = Date.now();
  await page.goto(`/runs/${run}`);
  await page.getByTestId('step').first().waitFor();
  const opened = Date.now() - began;
  await page.getByTestId('step-count').getByText(/^9,99\d steps$/).waitFor({ timeout: 60_000 });
  const whole = Date.now() - began;
  console.log(`      10,000 steps: first rows after ${opened} ms, all after ${whole} ms`);
  expect((await page.getByTestId('step').count()) < 200, 'rows that nobody sees exist');
  await page.goto(`/runs/${run}?step=${encodeURIComponent('cells[9989]/say')}`);
  await step(page, 'cells[9989]/say').waitFor({ timeout: 60_000 });
  await page.getByTestId('step-panel').getByText('Item 9989').waitFor();
  await page.goto(`/runs/${run}?step=${encodeURIComponent('cells[0]/say')}`);
  await page.getByTestId('step-panel').getByText(HOSTILE).first().waitFor();
  expect(!(await page.evaluate(() => window.hurt)), 'a script in an input ran');
  await look.take('run-many-steps', { widths: [1280] });
}

const FAILING = {
  headwater: 1,
  name: 'Divide',
  kind: 'task',
  inputs: [{ name: 'by', type: 'number', required: true }],
  nodes: [
    { id: 'first', kind: 'template', settings: { text: 'ready' } },
    { id: 'divide', kind: 'code', settings: {
      language: 'javascript',
      inputs: { by: '{{ start.by }}' },
      outputs: { result: 'number' },
      code: 'function main({ by }) { if (by === 0) throw new Error("Nothing can be divided by zero."); return { result: 1 / by }; }',
    } },
    { id: 'reply', kind: 'answer', settings: { text: '{{ divide.result }}' } },
  ],
  edges: [
    { from: 'start', to: 'first' },
    { from: 'first', to: 'divide' },
    { from: 'divide', to: 'reply' },
  ],
};

/** A failed run says why, is found by its status, and goes on or starts anew in another one. */
export async function retryAndReplay(page, look) {
  const flow = await publish(page, FAILING);
  await becomes(page, await start(page, flow, { by: 0 }), 'failed');
  await page.goto('/runs');
  await page.getByLabel('Status').selectOption('failed');
  await page.waitForURL(/status=failed/);
  await page.getByTestId('run').first().click();
  await step(page, 'divide').click();
  await page.getByTestId('step-panel').getByRole('alert').waitFor();
  await look.take('run-failed');
  const failed = page.url();
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.waitForURL((url) => url.href !== failed && !url.search);
  await page.getByRole('link', { name: /^Goes on from run_/ }).waitFor();
  await page.getByText('Failed', { exact: true }).first().waitFor();
  const retried = page.url();
  await page.getByRole('button', { name: 'Replay' }).click();
  await page.getByRole('dialog').getByLabel('first').check();
  await look.take('run-replay', { widths: [1280] });
  await page.getByRole('button', { name: 'Start the run' }).click();
  await page.waitForURL((url) => url.href !== retried);
  await page.getByRole('link', { name: /^Replays run_/ }).waitFor();
}
