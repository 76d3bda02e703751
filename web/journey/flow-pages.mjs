import { execFileSync } from 'node:child_process';
import { expect } from './expect.mjs';
import { publish } from './runs.mjs';

const HEADERS = { 'X-Requested-With': 'headwater' };
const LETTER = {
  headwater: 1,
  name: 'Write a letter',
  slug: 'write-a-letter',
  kind: 'task',
  inputs: [{ name: 'name', type: 'string', required: true }, { name: 'copies', type: 'number', default: 1 }],
  nodes: [
    { id: 'greet', kind: 'template', settings: { text: 'Dear {{ start.name }}' } },
    { id: 'praise', kind: 'template', settings: { text: 'You are great.' } },
    { id: 'out', kind: 'output', settings: { values: { letter: '{{ greet.text }}' } } },
  ],
  edges: [
    { from: 'start', to: 'greet' },
    { from: 'greet', to: 'praise' },
    { from: 'praise', to: 'out' },
  ],
};

/** What a second person made of it: one node gone, one new, one changed. */
function changed(document) {
  document.nodes = [
    { id: 'greet', kind: 'template', settings: { text: 'Hello {{ start.name }}' } },
    { id: 'sign', kind: 'template', settings: { text: 'Yours' } },
    document.nodes.find(({ id }) => id === 'out'),
  ];
  document.groups = [{ id: 'letter', title: 'The letter', colour: 'green', nodes: ['greet', 'sign'] }];
  document.edges = [
    { from: 'start', to: 'greet' },
    { from: 'greet', to: 'sign' },
    { from: 'sign', to: 'out' },
  ];
  return document;
}

/** Two versions lie over each other in the graph, with words and signs beside the colours; the older one is brought back. */
export async function compareVersions(page, look) {
  const slug = await publish(page, LETTER);
  const { draft } = await (await page.request.get(`/api/v1/flows/${slug}`)).json();
  const put = await page.request.put(`/api/v1/flows/${slug}/draft`, { headers: HEADERS, data: { document: changed(draft.document), version: draft.version } });
  expect(put.ok(), `the draft was refused: ${await put.text()}`);
  await page.goto(`/flows/${slug}`);
  await page.getByRole('tab', { name: 'Versions' }).click();
  await page.getByRole('link', { name: 'Compare in the graph' }).click();
  await page.waitForURL(new RegExp(`/flows/${slug}/versions/1..draft`));
  const node = (id) => page.locator(`[data-testid="diff-node"][data-id="${id}"]`);
  for (const [id, change] of [['greet', 'changed'], ['praise', 'removed'], ['sign', 'added'], ['out', 'same']]) {
    await node(id).waitFor();
    expect((await node(id).getAttribute('data-change')) === change, `${id} is not ${change}`);
    expect(change === 'same' || (await node(id).innerText()).includes(change), `no word says that ${id} was ${change}`);
  }
  await page.locator('[data-testid="diff-frame"][data-id="letter"][data-change="added"]').getByText('The letter').waitFor();
  await page.getByTestId('diff').getByText('settings.text').waitFor();
  await node('greet').click();
  const first = page.locator('[data-testid="version"][data-number="1"]');
  await first.getByText('Live').waitFor();
  const { user } = await (await page.request.get('/api/v1/me')).json();
  await first.getByText(user.name).waitFor();
  const zoom = await page.evaluate(() => new DOMMatrix(getComputedStyle(document.querySelector('.react-flow__viewport')).transform).a);
  expect(zoom >= 0.74, `the boxes are too small to be read: ${zoom}`);
  await look.take('flow-versions');
  await page.getByRole('button', { name: 'Load v1 into the draft' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Load into the draft' }).click();
  await page.getByText('The draft runs just the same').waitFor();
  expect((await (await page.request.get(`/api/v1/flows/${slug}`)).json()).draft.document.nodes.some(({ id }) => id === 'praise'), 'the first version was not brought back');
  await neverPublished(page);
}

/** A flow that was never published has no versions, and says how it gets one. */
async function neverPublished(page) {
  const made = await page.request.post('/api/v1/flows', { headers: HEADERS, data: { document: { ...LETTER, name: 'Not yet', slug: 'not-yet' }, publish: false } });
  expect(made.ok(), `the flow was refused: ${await made.text()}`);
  await page.goto('/flows/not-yet/versions/1..draft');
  await page.getByText('No version yet').waitFor();
  expect((await page.getByRole('alert').count()) === 0, 'a flow without versions is told as a mistake');
}

/** The example that the page shows runs as it stands, with a key; the page's own try does the same. */
export async function callFromProgram(page, look) {
  await page.goto('/flows/write-a-letter/api');
  const form = page.getByRole('form', { name: 'Inputs' });
  await form.getByLabel('name').fill("Ada's friend");
  await form.getByRole('button', { name: 'Try it' }).click();
  await page.getByTestId('api-result').getByText("Dear Ada's friend").waitFor();
  await look.take('flow-api');
  const example = page.getByTestId('api-example');
  await page.getByRole('button', { name: 'Python' }).click();
  await example.getByText('import requests').waitFor();
  await page.getByRole('button', { name: 'Stream events' }).click();
  await example.getByText('/stream').waitFor();
  await page.getByRole('button', { name: 'curl' }).click();
  await page.getByRole('button', { name: 'Wait for the end' }).click();
  expect((await example.innerText()).includes('$HEADWATER_KEY'), 'the example does not say where the key goes');
  await page.getByRole('button', { name: 'Create a key' }).click();
  const secret = await page.getByTestId('api-key').innerText();
  await example.getByText(secret).waitFor();
  const said = JSON.parse(execFileSync('sh', ['-c', `${await example.innerText()} -s`]).toString());
  expect(said.outputs?.letter === "Dear Ada's friend", `the example gave something else: ${JSON.stringify(said)}`);
  await embedFromHere(page);
}

/** The key is gone with the page, and the line that embeds the flow stands there once it is shared. */
async function embedFromHere(page) {
  await page.getByRole('link', { name: 'Share or embed' }).waitFor();
  const shared = await page.request.post('/api/v1/shares', { headers: HEADERS, data: { flow: 'write-a-letter', settings: { name: 'Letters' } } });
  expect(shared.ok(), `the share was refused: ${await shared.text()}`);
  const { token } = await shared.json();
  await page.reload();
  await page.getByTestId('api-embed').getByText(`data-share="${token}"`).waitFor();
  await page.getByTestId('api-example').getByText('$HEADWATER_KEY').waitFor();
}
