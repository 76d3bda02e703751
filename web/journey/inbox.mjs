import { expect } from './expect.mjs';
import { becomes, publish, start } from './runs.mjs';

const HOSTILE = '<b onmouseover="window.hurt = true">now</b>';
const APPROVAL = {
  headwater: 1,
  name: 'Publish with approval',
  kind: 'task',
  inputs: [{ name: 'text', type: 'string', required: true }],
  nodes: [
    {
      id: 'review',
      kind: 'human',
      settings: {
        title: 'Publish this?',
        message: '{{ start.text }}',
        fields: [
          { name: 'note', label: 'Remark', default: '' },
          { name: 'channel', label: 'Where', options: ['blog', 'newsletter'], default: 'blog' },
        ],
        buttons: ['approve', 'reject'],
      },
    },
    { id: 'publish', kind: 'answer', settings: { text: 'On the {{ review.channel }}: {{ review.note }}' } },
    { id: 'refuse', kind: 'answer', settings: { text: 'No. {{ review.note }}' } },
  ],
  edges: [
    { from: 'start', to: 'review' },
    { from: 'review', to: 'publish', handle: 'approve' },
    { from: 'review', to: 'refuse', handle: 'reject' },
  ],
};

/** A waiting run is answered in the inbox, and another by a link without an account. */
export async function answerWaitingRuns(page, look) {
  await page.goto('/inbox');
  await page.getByText('Nothing waits for you').waitFor();
  await look.take('inbox-empty', { widths: [1280] });
  const flow = await publish(page, APPROVAL);
  const first = await start(page, flow, { text: `The river is high ${HOSTILE}.` });
  await becomes(page, first, 'paused');
  await page.goto(`/runs/${first}`);
  await page.getByText('This run waits for an answer').waitFor();
  await page.locator('[data-testid="step"][data-path="review"][data-status="running"]').waitFor();
  await look.take('run-waiting');
  await answerInPlace(page, look, flow);
  await page.goto('/inbox');
  const card = page.getByTestId('wait');
  await card.getByText(HOSTILE).waitFor();
  await look.take('inbox');
  await card.getByLabel('Remark').fill('Well done');
  await card.getByLabel('Where').selectOption('newsletter');
  await card.getByRole('button', { name: 'Approve' }).click();
  await card.waitFor({ state: 'detached' });
  const run = await becomes(page, first, 'succeeded');
  expect(run.reply === 'On the newsletter: Well done', `the answer came out as ${run.reply}`);

  const second = await start(page, flow, { text: 'The river is low.' });
  await becomes(page, second, 'paused');
  await page.goto('/inbox');
  await page.getByTestId('wait').getByRole('button', { name: 'Make a link' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Who it is for').fill('Pat of Partner Ltd');
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  const link = await dialog.getByTestId('secret').innerText();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await byLink(page, look, link);
  const answered = await becomes(page, second, 'succeeded');
  expect(answered.reply === 'No. Too dry', `the answer came out as ${answered.reply}`);
}

/** The question is answered where its run is looked at, and the run goes on there. */
async function answerInPlace(page, look, flow) {
  const run = await start(page, flow, { text: 'The river is calm.' });
  await becomes(page, run, 'paused');
  await page.goto(`/runs/${run}`);
  await page.locator('[data-testid="step"][data-path="review"]').click();
  const asked = page.getByTestId('step-panel').getByTestId('wait');
  await asked.getByText('The river is calm.').waitFor();
  await look.take('run-waiting-step');
  await asked.getByLabel('Remark').fill('Go ahead');
  await asked.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Succeeded', { exact: true }).first().waitFor();
  await page.locator('[data-testid="step"][data-path="publish"][data-status="done"]').waitFor();
  expect(new URL(page.url()).pathname === `/runs/${run}`, 'the answer led away from the run');
  const now = await becomes(page, run, 'succeeded');
  expect(now.reply === 'On the blog: Go ahead', `the answer came out as ${now.reply}`);
}

/** Somebody who is not signed in, in a browser of their own. */
async function byLink(page, look, link) {
  const stranger = await page.context().browser().newContext({ baseURL: new URL(link).origin, locale: 'en-GB' });
  const theirs = await stranger.newPage();
  const eyes = look.of(theirs);
  await theirs.goto(link);
  await theirs.getByRole('heading', { name: 'Publish this?' }).waitFor();
  await eyes.take('answer-link');
  await theirs.getByLabel('Remark').fill('Too dry');
  await theirs.getByRole('button', { name: 'Reject' }).click();
  await theirs.getByText('Your answer was taken.').waitFor();
  await theirs.goto(link);
  await theirs.getByRole('heading', { name: 'This link cannot be used' }).waitFor();
  await eyes.take('answer-link-used', { widths: [390] });
  await stranger.close();
}
