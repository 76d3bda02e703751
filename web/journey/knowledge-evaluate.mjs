import { expect } from './expect.mjs';

const QUESTIONS = `question,document,quote
How large may a document be?,knowledge-bases.md,up to 50 MiB
What is an agent?,agents-and-tools.md,
Who grows pears?,nowhere.md,
`;

/** Starts an evaluation of the only set, and waits until it is through. */
async function evaluate(page, name, passages, done) {
  await page.getByTestId('question-set').getByRole('button', { name: 'Evaluate' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What it tries').fill(name);
  if (passages) {
    await dialog.getByText('Search otherwise than set').click();
    await dialog.getByLabel('Passages', { exact: true }).fill(passages);
  }
  await dialog.getByRole('button', { name: 'Evaluate' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.locator('[data-testid="evaluation"][data-status="done"]').nth(done - 1).waitFor({ timeout: 60_000 });
}

/** The handbook is read in the background when a workspace begins. */
export async function handbookIsRead(page) {
  const end = Date.now() + 60_000;
  for (;;) {
    const { items } = await (await page.request.get('/api/v1/knowledge-bases/handbook/documents?limit=200')).json();
    if (items.length > 0 && items.every(({ status }) => status === 'ready')) return;
    expect(Date.now() < end, 'the handbook was not read in a minute');
    await page.waitForTimeout(250);
  }
}

/** Writes questions down, asks them twice, and compares what came of it. */
export async function evaluateHandbook(page, look) {
  await handbookIsRead(page);
  await page.goto('/knowledge/handbook/evaluate');
  await page.getByText('No question set yet').waitFor();
  await page.getByRole('button', { name: 'New question set' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('People asked');
  await dialog.getByLabel('Questions').fill('question,grade\nWhat is a flow?,seven\n');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('Questions').fill(QUESTIONS);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('3 questions').waitFor();
  await evaluate(page, 'As set', null, 1);
  await page.getByTestId('measures').getByText('ndcg@10').waitFor();
  await page.getByText('1 question was not measured').waitFor();
  await page.getByTestId('evaluated').first().locator('summary').click();
  await look.take('knowledge-evaluation');
  await evaluate(page, 'One passage', '1', 2);
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.getByTestId('comparison').getByRole('rowheader', { name: 'ndcg@10' }).waitFor();
  expect(/run=evl_.*with=evl_/.test(page.url()), `the address does not have the comparison: ${page.url()}`);
  await page.reload();
  await page.getByTestId('comparison').waitFor();
  await look.take('knowledge-comparison');
}
