import { expect } from './expect.mjs';
import { becomes, publish, start } from './runs.mjs';

const HEADERS = { 'X-Requested-With': 'headwater' };
const LOCAL = '**/api/v1/models/local';

const row = (page, model) => page.locator(`[data-testid="price"][data-model="${model}"]`);

/** A model of a provider gets a price, beside whose fields stands what is wrong, and loses it again. */
export async function sayPrices(page, look, vendor) {
  const made = await page.request.post('/api/v1/providers', { headers: HEADERS, data: { kind: 'openai', name: 'priced', base_url: vendor, api_key: 'sk-journey' } });
  expect(made.ok(), `the provider was refused: ${await made.text()}`);
  const tested = await page.request.post(`/api/v1/providers/${(await made.json()).id}/test`, { headers: HEADERS });
  const [model] = (await tested.json()).models.map((name) => `priced/${name}`);

  await page.goto('/settings/models');
  await page.getByRole('link', { name: 'What models cost' }).click();
  await row(page, model).getByText('No price').last().waitFor();
  await page.getByRole('searchbox', { name: 'Search models' }).fill(model);
  await page.waitForURL(/q=priced/);
  await page.getByRole('button', { name: `Set a price for ${model}`, exact: true }).click();
  const dialog = page.getByRole('dialog', { name: `Price of ${model}` });
  await dialog.getByLabel('Input', { exact: true }).fill('0,5');
  await dialog.getByLabel('Output', { exact: true }).fill('1.25');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Write dollars such as 0.15').waitFor();
  await look.take('price-form');
  await dialog.getByLabel('Input', { exact: true }).fill('0.5');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row(page, model).getByText('$1.25').waitFor();
  await page.reload();
  await row(page, model).getByText('Set here').last().waitFor();

  await page.getByRole('searchbox', { name: 'Search models' }).fill('nobody/model');
  await page.getByRole('button', { name: 'Set a price for nobody/model' }).click();
  const other = page.getByRole('dialog', { name: 'Set a price' });
  for (const name of ['Input', 'Output']) await other.getByLabel(name, { exact: true }).fill('1');
  await other.getByRole('button', { name: 'Save' }).click();
  await other.getByText('There is no provider “nobody”').waitFor();
  await other.getByRole('button', { name: 'Cancel' }).click();

  await page.goto('/settings/prices?from=set');
  await page.getByRole('button', { name: `Take back the price of ${model}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
  await row(page, model).waitFor({ state: 'detached' });
}

/** A model of the hub is refused, stopped, fetched while another page is looked at, and removed. */
export async function addLocalModel(page, look) {
  const dialog = page.getByRole('dialog', { name: 'Add model' });
  const fetches = page.getByTestId('local-fetch');
  await page.goto('/settings/models');
  await page.getByRole('button', { name: 'Add model' }).click();
  await dialog.getByRole('button', { name: 'Fetch' }).click();
  await dialog.getByText('Write OWNER/MODEL').waitFor();
  await dialog.getByLabel('Model on the hub').fill('nobody/nothing');
  await dialog.getByRole('button', { name: 'Fetch' }).click();
  await fetches.getByText('no model “nobody/nothing”').waitFor();
  await fetches.getByRole('button', { name: 'Try again…' }).click();
  await dialog.getByText('no model “nobody/nothing”').waitFor();

  // What the hub would take minutes for waits until it is told to go on.
  let goOn = () => {};
  const held = new Promise((resolve) => (goOn = resolve));
  await page.route(LOCAL, async (route) => {
    if (route.request().method() === 'POST') await held;
    await route.continue().catch(() => {});
  });
  await dialog.getByRole('button', { name: /all-MiniLM-L6-v2/ }).click();
  await dialog.getByLabel('Name here').fill('stopped');
  await dialog.getByRole('button', { name: 'Fetch' }).click();
  await fetches.getByRole('button', { name: 'Stop' }).click();
  await fetches.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Add model' }).click();
  await dialog.getByRole('button', { name: /all-MiniLM-L6-v2/ }).click();
  await dialog.getByRole('button', { name: 'Fetch' }).click();
  await page.getByRole('link', { name: 'Prices', exact: true }).click();
  await page.getByRole('heading', { name: 'What models cost' }).waitFor();
  await page.getByRole('link', { name: 'Models', exact: true }).click();
  await fetches.getByText(/^Fetching sentence-transformers/).waitFor();
  await fetches.scrollIntoViewIfNeeded();
  await look.take('local-model-fetched');
  goOn();
  const model = page.locator('[data-testid="local-model"][data-name="all-MiniLM-L6-v2"]');
  await model.getByText(/dimensions · reads up to/).waitFor({ timeout: 120_000 });
  await page.unroute(LOCAL);

  const base = { name: 'Meanings', embedding_model: 'local/all-MiniLM-L6-v2' };
  const made = await page.request.post('/api/v1/knowledge-bases', { headers: HEADERS, data: base });
  expect(made.ok(), `the knowledge base was refused: ${await made.text()}`);
  await page.reload();
  await model.getByRole('button', { name: 'Remove local/all-MiniLM-L6-v2' }).click();
  await page.getByRole('dialog').getByText('Knowledge bases use it: Meanings.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await model.waitFor({ state: 'detached' });
  await page.request.delete(`/api/v1/knowledge-bases/${(await made.json()).id}`, { headers: HEADERS });
}

const COUNTS = {
  headwater: 1,
  name: 'Count once',
  kind: 'task',
  nodes: [
    { id: 'count', kind: 'code', cache: { ttl: '10m' }, settings: { language: 'javascript', outputs: { total: 'number' }, code: 'function main() { return { total: 1 }; }' } },
    { id: 'reply', kind: 'answer', settings: { text: '{{ count.total }}' } },
  ],
  edges: [{ from: 'start', to: 'count' }, { from: 'count', to: 'reply' }],
};

/** A node's kept result is forgotten, and the page says how many there were. */
export async function forgetResults(page) {
  await becomes(page, await start(page, await publish(page, COUNTS), {}), 'succeeded');
  await page.goto('/settings/environment');
  for (const told of ['1 result was forgotten.', 'No result was kept.']) {
    await page.getByRole('button', { name: 'Forget kept results' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget', exact: true }).click();
    await page.getByTestId('kept-removed').getByText(told).waitFor();
  }
}
