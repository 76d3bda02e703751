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
  // j goes through the steps wherever the focus is.
  await page.keyboard.press('j');
  const panel = page.getByTestId('step-panel');
  await panel.waitFor();
  await page.keyboard.press('j');
  await page.waitForURL(/step=/);
  const tree = page.getByRole('tree', { name: 'Steps' });
  await tree.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('k');
  await page.locator('[data-testid="step"][data-path="search"], [data-testid="step"]').nth(1).click();
  await panel.getByRole('tab', { name: 'Input' }).click();
  await page.waitForURL(/tab=input/);
  await page.keyboard.press('ArrowRight');
  await panel.getByRole('tab', { name: 'Output', selected: true }).waitFor();
  await look.take('run-step');
  await readPrompt(page, look);
  const address = page.url();
  await page.reload();
  await panel.waitFor();
  expect(page.url() === address, 'the chosen step was lost in the reload');
  await page.getByRole('link', { name: 'Runs', exact: true }).first().click();
  await page.getByTestId('run').first().waitFor();
  await look.take('runs');
}

/** What a model was asked is in a tab of the steps that asked one; as it was recorded is in one of every step. */
async function readPrompt(page, look) {
  const panel = page.getByTestId('step-panel');
  const asked = page.locator('[data-testid="step"]').filter({ hasText: 'tok' });
  expect((await asked.count()) > 0, 'no step says its tokens');
  await asked.last().click();
  await panel.getByRole('tab', { name: /^Prompt/ }).click();
  await panel.getByTestId('model-call').first().waitFor();
  await look.take('run-prompt');
  await panel.getByRole('tab', { name: 'Raw' }).click();
  await panel.getByText('"started_at"').first().waitFor();
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
  await findAmongMany(page);
  await page.goto(`/runs/${run}?step=${encodeURIComponent('cells[0]/say')}`);
  await page.getByTestId('step-panel').getByText(HOSTILE).first().waitFor();
  expect(!(await page.evaluate(() => window.hurt)), 'a script in an input ran');
  await look.take('run-many-steps', { widths: [1280] });
  return { opened, whole };
}

/** Steps are found by their names; what they had and gave is fetched when they are looked at. */
async function findAmongMany(page) {
  const search = page.getByRole('searchbox', { name: 'Find a step' });
  await page.getByTestId('step-panel').getByRole('button', { name: 'Back to the run' }).click();
  let whole = 0;
  const count = (request) => {
    if (/\/steps\/stp_/.test(request.url())) whole += 1;
  };
  page.on('request', count);
  await page.keyboard.press('/');
  await search.fill('reply');
  await page.getByText('1 found', { exact: true }).waitFor();
  expect(whole === 0, 'steps that nobody looks at were fetched');
  await search.press('Enter');
  await page.waitForURL(/step=reply/);
  await page.getByTestId('step-panel').getByText('Done.').first().waitFor();
  page.off('request', count);
  // Its neighbours are fetched beforehand, and it may have been one.
  expect(whole < 4, `${whole} steps were fetched to look at one`);
  await search.press('Escape');
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
      code: 'function main({ by }) { if (by === 0) throw new Error("Nothing can be divided by zero."); console.log("dividing by", by); return { result: 1 / by }; }',
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
  await page.getByRole('combobox', { name: 'Status' }).selectOption('failed');
  await page.waitForURL(/status=failed/);
  await page.getByTestId('run').first().click();
  await page.getByText('In the step').waitFor();
  await page.getByText('mend the flow, and retry').waitFor();
  await look.take('run-wrong');
  await page.keyboard.press('e');
  await page.waitForURL(/step=divide/);
  await page.getByTestId('step-panel').getByRole('alert').waitFor();
  await look.take('run-failed');
  await page.getByRole('button', { name: 'Back to the run' }).click();
  await page.getByRole('button', { name: 'divide', exact: true }).click();
  await page.waitForURL(/step=divide/);
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

/** What a program printed is a tab of its step. */
export async function readLogs(page) {
  const run = await start(page, 'divide', { by: 4 });
  await becomes(page, run, 'succeeded');
  await page.goto(`/runs/${run}?step=divide&tab=logs`);
  const panel = page.getByTestId('step-panel');
  await panel.getByText('dividing by 4').waitFor();
  await panel.getByRole('tab', { name: 'Output' }).click();
  await panel.getByText('0.25').waitFor();
  expect((await panel.getByText('dividing by 4').count()) === 0, 'what was printed is among the outputs');
}

const LONG = {
  headwater: 1,
  name: 'Long texts',
  slug: 'long-texts',
  kind: 'task',
  inputs: [{ name: 'text', type: 'string', required: true }],
  nodes: [
    { id: 'copy', kind: 'template', settings: { text: '{{ start.text }}' } },
    { id: 'reply', kind: 'answer', settings: { text: 'Copied.' } },
  ],
  edges: [
    { from: 'start', to: 'copy' },
    { from: 'copy', to: 'reply' },
  ],
};

/** A long text is cut at 64 KB; all of it can be shown, or saved. */
export async function saveLongText(page) {
  const flow = await publish(page, LONG);
  const run = await start(page, flow, { text: `${'All that glitters is not gold. '.repeat(6000)}The end.` });
  await becomes(page, run, 'succeeded');
  await page.goto(`/runs/${run}?step=copy`);
  const panel = page.getByTestId('step-panel');
  await panel.getByText('Cut at 64 KB.').waitFor();
  expect((await panel.innerText()).length < 80_000, 'a long text is drawn whole');
  const [file] = await Promise.all([page.waitForEvent('download'), panel.getByRole('button', { name: 'Save as a file' }).click()]);
  expect(file.suggestedFilename() === 'text.txt', `the file is called ${file.suggestedFilename()}`);
  await panel.getByRole('button', { name: /^Show all of it/ }).click();
  await panel.getByText('The end.').waitFor();
}
