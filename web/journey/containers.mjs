import { box } from './editor.mjs';
import { expect } from './expect.mjs';
import { becomes, publish, start } from './runs.mjs';

const NESTED = {
  headwater: 1,
  name: 'Round and round',
  kind: 'task',
  inputs: [{ name: 'items', type: 'list', required: true }],
  nodes: [
    {
      id: 'every',
      kind: 'each',
      settings: { items: '{{ start.items }}', output: '{{ say.text }}' },
      body: { nodes: [{ id: 'say', kind: 'template', settings: { text: 'Item {{ item }}' } }], edges: [] },
    },
    { id: 'greet', kind: 'subflow', settings: { flow: 'greet-somebody', inputs: { name: 'you' } } },
    { id: 'sort', kind: 'branch', settings: { cases: [{ handle: 'many', all: [{ value: '{{ every.count }}', op: 'greater', to: 3 }] }] } },
    { id: 'out', kind: 'output', settings: { values: { items: '{{ every.items }}' } } },
    { id: 'hint', kind: 'note', settings: { text: 'Every item is worked on by itself.' } },
  ],
  edges: [
    { from: 'start', to: 'every' },
    { from: 'every', to: 'sort' },
    { from: 'sort', to: 'greet', handle: 'many' },
    { from: 'sort', to: 'out', handle: 'else' },
    { from: 'greet', to: 'out' },
  ],
};

/** Containers are entered and left, called flows are opened, and the list says it all in words. */
export async function enterContainers(page, look) {
  const slug = await publish(page, NESTED);
  const run = await start(page, slug, { items: [1, 2] });
  await becomes(page, run, 'succeeded');
  await page.goto(`/runs/${run}`);
  await page.getByRole('link', { name: 'Open in the editor' }).click();
  await page.locator('[data-testid="node"][data-id="greet"][data-status="skipped"]').waitFor();
  await look.take('editor-graph');
  await box(page, 'every').dblclick();
  await page.locator('[data-testid="node"][data-id="say"][data-status="done"]').waitFor();
  expect(/in=every/.test(page.url()), 'the container is not in the address');
  await switchRounds(page, look);
  await box(page, 'say').click();
  await page.getByTestId('panel').getByRole('button', { name: 'Insert a value' }).click();
  await page.getByRole('option', { name: /^item/ }).waitFor();
  await look.take('editor-inside', { widths: [1280] });
  await page.keyboard.press('Escape');
  await page.getByRole('navigation', { name: 'Where you are' }).getByRole('button', { name: NESTED.name }).click();
  await page.getByRole('button', { name: 'Show as a list' }).click();
  const list = page.getByRole('list', { name: 'Nodes of the flow' });
  await list.getByRole('button', { name: /^sort Branch/ }).waitFor();
  await list.getByRole('list', { name: 'Nodes inside every' }).getByRole('button', { name: /^say/ }).waitFor();
  await look.take('editor-list');
  await page.getByRole('button', { name: 'Show as a canvas' }).click();
  // The graph is put into view as it comes back: a box that moves under the pointer is pressed again.
  for (let turn = 1; !/\/flows\/greet-somebody/.test(page.url()); turn += 1) {
    await box(page, 'greet').dblclick();
    await page.waitForURL(/\/flows\/greet-somebody/, { timeout: turn < 4 ? 4_000 : 20_000 }).catch((error) => turn === 4 && Promise.reject(error));
  }
  await box(page, 'write').waitFor();
  const trail = page.getByRole('navigation', { name: 'Where you are' });
  await trail.getByRole('link', { name: NESTED.name }).click();
  await page.waitForURL(new RegExp(`/flows/${slug}`));
  await box(page, 'greet').waitFor();
}

/** The canvas and the step show the rounds one by one. */
async function switchRounds(page, look) {
  const rounds = page.getByTestId('rounds');
  await rounds.getByText('All 2 rounds').waitFor();
  await box(page, 'say').click();
  await rounds.getByRole('button', { name: 'Next round' }).click();
  await rounds.getByText('1 of 2').waitFor();
  const panel = page.getByTestId('step-panel');
  await panel.getByText('every[0]/say').waitFor();
  await rounds.getByRole('button', { name: 'Next round' }).click();
  await panel.getByText('every[1]/say').waitFor();
  await look.take('editor-round', { widths: [1280] });
  await rounds.getByRole('button', { name: '2 of 2' }).click();
  await rounds.getByText('All 2 rounds').waitFor();
}
