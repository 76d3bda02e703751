import { expect } from './expect.mjs';
import { ALMANAC, BROKEN, LETTER } from './files.mjs';

const HEADERS = { 'X-Requested-With': 'headwater' };
const document = (page, name, state) => page.locator(`[data-testid="document"][data-name="${name}"][data-status="${state}"]`);
const chosen = (page) => page.locator('[data-testid="chunk"][aria-current="true"]');
const marked = (page, number) => page.locator(`[data-page="${number}"]`).getByTestId('pdf-mark');

async function open(page, base, name) {
  await page.goto(`/knowledge/${base}/documents`);
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** Begins an empty knowledge base with the samples, and searches them for what is suggested. */
export async function trySamples(page, look) {
  const answer = await page.request.post('/api/v1/knowledge-bases', { headers: HEADERS, data: { name: 'Library' } });
  const { id } = await answer.json();
  await page.goto(`/knowledge/${id}/documents`);
  await page.getByRole('button', { name: 'Try with sample documents' }).click();
  await page.locator('[data-testid="document"][data-status="ready"]').nth(2).waitFor({ timeout: 60_000 });
  await look.take('knowledge-samples');
  await page.getByRole('link', { name: /^Ask them:/ }).click();
  const first = page.getByTestId('passage').first();
  await first.getByText('orchard-handbook.md').waitFor();
  await first.getByRole('button', { name: 'Words' }).focus();
  await first.getByRole('tooltip').filter({ hasText: 'BM25' }).waitFor();
  await look.take('knowledge-search-explained', { widths: [1280] });
  await page.keyboard.press('Escape');
  await page.goto('/knowledge/kb_nowhere');
  await page.getByRole('link', { name: 'All knowledge bases' }).click();
  await page.getByRole('link', { name: /Library/ }).click();
  await page.getByTestId('drop-zone').waitFor();
}

/** Looks at the pages of a PDF beside its chunks, each leading to the other, and at what else can be shown. */
export async function readPages(page, look) {
  const base = /knowledge\/([^/]+)/.exec(page.url())[1];
  await page.getByTestId('file-input').setInputFiles([ALMANAC, LETTER, BROKEN]);
  for (const { name } of [ALMANAC, LETTER]) await document(page, name, 'ready').waitFor({ timeout: 60_000 });
  await document(page, BROKEN.name, 'failed').waitFor({ timeout: 60_000 });

  // A chunk leads to its place on its page.
  await open(page, base, ALMANAC.name);
  await page.locator('[data-page="1"][data-read="true"]').waitFor();
  await page.getByTestId('chunk').nth(2).getByText('Hay is cut twice').click();
  await marked(page, 3).first().waitFor();
  const field = page.getByRole('textbox', { name: 'Page', exact: true });
  expect((await field.inputValue()) === '3', `the page of the chunk is not shown, but ${await field.inputValue()}`);
  await look.take('document-pdf');

  // A page leads to its chunk, for the mouse and for keys.
  await field.fill('2');
  await field.press('Enter');
  const second = page.locator('[data-page="2"][data-read="true"]');
  await second.waitFor();
  await second.getByText('Bees fly from March on').hover();
  await second.getByText('Bees fly from March on').click();
  await chosen(page).getByText('Bees fly from March on').waitFor();
  await marked(page, 2).first().waitFor();
  await field.fill('1');
  await field.press('Enter');
  await page.getByRole('button', { name: /Go to the next chunk of this page/ }).press('Enter');
  await chosen(page).getByText('Frost comes to the lower fields').waitFor();
  const paper = page.locator('[data-page="1"]');
  const before = (await paper.boundingBox()).width;
  await page.getByTestId('pdf').press('+');
  await page.getByRole('button', { name: /Zoom: 125 %/ }).waitFor();
  expect((await paper.boundingBox()).width > before * 1.2, 'the page did not become larger');
  const address = page.url();
  await page.goto(address);
  await marked(page, 1).first().waitFor();

  // What cannot be shown as pages.
  await open(page, base, LETTER.name);
  await page.getByTestId('read-text').getByText('The long ladder stands behind the barn').click();
  await page.getByTestId('read-text').locator('mark').waitFor();
  await chosen(page).getByText('The long ladder').waitFor();
  await look.take('document-read');
  await open(page, base, BROKEN.name);
  await page.getByText('its pages cannot be shown here').waitFor();
  await look.take('document-pdf-broken', { widths: [1280] });
}
