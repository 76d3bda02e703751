import { readFileSync } from 'node:fs';
import { draftOf } from './editor.mjs';
import { ask, expect, lastAnswer } from './expect.mjs';
import { becomes } from './runs.mjs';

const ECHO = {
  headwater: 1,
  name: 'Repeat after me',
  kind: 'chat',
  inputs: [{ name: 'question', type: 'string', required: true }],
  nodes: [
    { id: 'say', kind: 'template', settings: { text: 'You said: {{ start.question }}' } },
    { id: 'reply', kind: 'answer', settings: { text: '{{ say.text }}' } },
  ],
  edges: [
    { from: 'start', to: 'say' },
    { from: 'say', to: 'reply' },
  ],
};

/** With a second flow to talk to, the chat lets one choose. */
export async function chooseFlow(page, look) {
  const made = await page.request.post('/api/v1/flows', {
    headers: { 'X-Requested-With': 'headwater' },
    data: { document: ECHO, publish: true },
  });
  expect(made.ok(), `the flow was refused: ${await made.text()}`);
  await page.goto('/chat');
  await page.getByRole('combobox', { name: 'Flow', exact: true }).selectOption({ label: ECHO.name });
  await look.take('chat-flows');
  await ask(page, 'Rivers begin small.');
  await page.waitForURL(/\/chat\/.+/);
  const answer = await lastAnswer(page);
  await answer.getByText('You said: Rivers begin small.').waitFor();
}

/** A file goes out and comes in again; a copy is made and deleted. */
export async function carryFlows(page) {
  await page.goto('/flows');
  await page.getByRole('searchbox', { name: 'Search flows' }).fill('round');
  const row = page.locator('[data-testid="flow"]');
  await row.nth(1).waitFor({ state: 'detached' });
  const menu = async (item) => {
    await row.first().getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  const coming = page.waitForEvent('download');
  await menu('Export as YAML');
  const path = await (await coming).path();
  await page.getByRole('searchbox', { name: 'Search flows' }).fill('');
  await page.getByRole('button', { name: 'Import' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('File').setInputFiles({ name: 'broken.yaml', mimeType: 'application/yaml', buffer: Buffer.from('a: [') });
  await dialog.getByText(/This is no flow file/).waitFor();
  const text = readFileSync(path, 'utf8').replace(/^slug: .*$/m, 'slug: brought').replace(/^name: .*$/m, 'name: Brought along');
  await dialog.getByLabel('File').setInputFiles({ name: 'flow.yaml', mimeType: 'application/yaml', buffer: Buffer.from(text) });
  await dialog.getByRole('button', { name: 'Import' }).click();
  await page.waitForURL(/\/flows\/brought/);
  await page.locator('[data-testid="node"][data-id="sort"]').waitFor();
  await page.goto('/flows?q=brought');
  await row.first().waitFor();
  await menu('Duplicate');
  await page.getByText('Brought along, copy').first().waitFor();
  await page.goto('/flows?q=copy');
  await row.first().waitFor();
  await menu('Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No flow has this in its name or its tags.').waitFor();
}

/** Every example that a new flow can begin with has no problems, and runs without a vendor. */
export async function beginWithExamples(page, look) {
  const inputs = { documents: { question: 'Does Headwater need an API key?' }, route: { subject: 'Fire', priority: 5 }, list: { items: ['a', 'b'] }, approve: { text: 'Hello' } };
  const names = { documents: 'Answers from documents', route: 'A decision', list: 'Work on a list', approve: 'A person decides' };
  for (const [key, input] of Object.entries(inputs)) {
    await page.goto('/flows');
    await page.getByRole('button', { name: 'New flow' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill(`Example ${key}`);
    await dialog.getByLabel(names[key]).check();
    if (key === 'documents') await look.take('flows-examples');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(new RegExp(`/flows/example-${key}`));
    const { draft } = await (await page.request.get(`/api/v1/flows/example-${key}`)).json();
    const headers = { 'X-Requested-With': 'headwater' };
    const { problems } = await (await page.request.post('/api/v1/flows/validate', { headers, data: { document: draft.document } })).json();
    expect(problems.length === 0, `the example ${key} has problems: ${JSON.stringify(problems)}`);
    const started = await page.request.post('/api/v1/runs', { headers, data: { document: draft.document, input, mode: 'async' } });
    expect(started.ok(), `the example ${key} was refused: ${await started.text()}`);
    const { id } = await started.json();
    await becomes(page, id, key === 'approve' ? 'paused' : 'succeeded');
    if (key !== 'approve') continue;
    // Nothing is left for the inbox.
    const cancelled = await page.request.post(`/api/v1/runs/${id}/cancel`, { headers, data: {} });
    expect(cancelled.ok(), `the waiting example was not cancelled: ${await cancelled.text()}`);
  }
}

/** Flows are given tags, found by them, and seen with their last runs, in a table and as cards. */
export async function sortFlows(page, look) {
  await page.goto('/flows/greet-somebody?node=start');
  const panel = page.getByTestId('panel');
  for (const [at, tag] of ['front desk', 'every day'].entries()) {
    await panel.getByRole('button', { name: 'Add a tag' }).click();
    await panel.getByRole('group', { name: 'Tags' }).getByRole('textbox').nth(at).fill(tag);
  }
  for (let turn = 0; (await draftOf(page, 'greet-somebody')).document.tags?.length !== 2; turn += 1) {
    expect(turn < 200, 'the tags were not saved');
    await page.waitForTimeout(50);
  }
  await page.goto('/flows');
  const row = page.locator('[data-testid="flow"]');
  await row.nth(1).waitFor();
  const all = await row.count();
  await page.getByRole('list', { name: 'Tags' }).getByRole('button', { name: /every day/ }).click();
  await page.waitForURL(/tag=every/);
  await row.nth(1).waitFor({ state: 'detached' });
  expect((await row.getAttribute('data-slug')) === 'greet-somebody', 'a tag does not find its flow');
  await page.reload();
  await row.first().waitFor();
  expect((await row.count()) === 1, 'the tag in the address was forgotten');
  await page.getByRole('list', { name: 'Tags' }).getByRole('button', { name: /every day/ }).click();
  await row.nth(all - 1).waitFor();
  await look.take('flows-tags');
  await page.getByRole('button', { name: 'As cards' }).click();
  await page.waitForURL(/view=cards/);
  await look.take('flows-cards');
  await page.locator('[data-slug="greet-somebody"]').getByTestId('last-runs').click();
  await page.waitForURL(/\/runs\?flow=greet-somebody/);
  await page.getByTestId('run').first().waitFor();
}
