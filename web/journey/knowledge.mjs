import { expect } from './expect.mjs';
import { BROKEN, GOOD } from './files.mjs';

const document = (page, name) => page.locator(`[data-testid="document"][data-name="${name}"]`);

async function becomes(page, name, status) {
  await page
    .locator(`[data-testid="document"][data-name="${name}"][data-status="${status}"]`)
    .waitFor({ timeout: 60_000 })
    .catch(async () => {
      const now = await document(page, name).getAttribute('data-status').catch(() => 'missing');
      throw new Error(`${name} should be ${status} and is ${now}`);
    });
}

export async function addDocuments(page, look) {
  await page.getByRole('link', { name: 'Knowledge' }).click();
  await page.getByRole('link', { name: /handbook/i }).waitFor();
  await look.take('knowledge');
  await page.getByRole('button', { name: 'New knowledge base' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Orchard');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { level: 1, name: 'Orchard' }).waitFor();
  await look.take('knowledge-base-empty');

  await page.getByTestId('file-input').setInputFiles([...GOOD, BROKEN]);
  for (const { name } of GOOD) await becomes(page, name, 'ready');
  await becomes(page, BROKEN.name, 'failed');
  const failed = document(page, BROKEN.name);
  const words = await failed.innerText();
  expect(words.length > 60, `the failed document does not say why: ${words}`);
  await failed.getByRole('button', { name: 'Retry' }).waitFor();
  await look.take('knowledge-base');
  await page.reload();
  await becomes(page, 'orchard.md', 'ready');
}

async function search(page, words) {
  await page.getByRole('searchbox', { name: 'Search this knowledge base' }).fill(words);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByText(/passages? in|No passage/).waitFor();
}

export async function searchDocuments(page, look) {
  await page.getByRole('link', { name: 'Search' }).click();
  await search(page, 'pear harvest');
  const first = page.getByTestId('passage').first();
  await first.getByText('orchard.md').waitFor();
  expect((await first.locator('mark').count()) > 0, 'the words that matched are not marked');
  await look.take('knowledge-search');
  await search(page, 'deliveries');
  await page.getByTestId('passage').first().getByText('delivery.pdf').waitFor();
}

export async function deleteDocument(page) {
  await page.getByRole('link', { name: 'Documents' }).click();
  await page.getByRole('button', { name: 'Actions for orchard.md' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await document(page, 'orchard.md').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Search' }).click();
  await search(page, 'pear harvest');
  const left = await page.getByTestId('passage').filter({ hasText: 'orchard.md' }).count();
  expect(left === 0, 'a deleted document is still found');
}
