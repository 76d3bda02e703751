import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from './expect.mjs';

const HEADERS = { 'X-Requested-With': 'headwater' };
const PEARS = '# Orchard\n\n## Pears\n\nThe pear harvest begins in the last week of August. Pears are picked while they are hard.\n\n## Apples\n\nThe apple harvest begins in the middle of September, when the nights are cold.\n';

const row = (page, name) => page.locator(`[data-testid="document"][data-name="${name}"]`);
const inState = (page, name, state) => page.locator(`[data-testid="document"][data-name="${name}"][data-status="${state}"]`);

/** Goes to one of the pages of the knowledge base. */
const tab = (page, name) => page.getByRole('navigation', { name: 'Pages of this knowledge base' }).getByRole('link', { name }).click();

async function api(page, method, path, data) {
  const answer = await page.request.fetch(`/api/v1/${path}`, { method, headers: HEADERS, data });
  expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return answer.status() === 204 ? null : answer.json();
}

/** A folder as people have them: with folders in it, and what their system hides there. */
function folder() {
  const root = join(mkdtempSync(join(tmpdir(), 'headwater-')), 'farm');
  mkdirSync(join(root, 'fruit'), { recursive: true });
  writeFileSync(join(root, 'fruit', 'pears.md'), PEARS);
  writeFileSync(join(root, 'cellar.txt'), 'The cellar is kept at eleven degrees all year round.\n');
  writeFileSync(join(root, 'faq.csv'), 'question,answer\nWhen is the harvest?,In August and September.\nWho has the key?,The farmer does.\n');
  writeFileSync(join(root, 'broken.pdf'), '%PDF-1.4 this is not one');
  writeFileSync(join(root, '.hidden.md'), 'nobody wants this\n');
  return root;
}

/** Makes a knowledge base of a folder, and gives its id. */
export async function addFolder(page, look) {
  const base = await api(page, 'POST', 'knowledge-bases', { name: 'Farm', description: 'How the farm works' });
  await page.goto(`/knowledge/${base.id}`);
  await page.waitForURL(/\/documents$/);
  const root = folder();
  await page.getByTestId('folder-input').setInputFiles(root);
  for (const name of ['farm › fruit › pears.md', 'farm › cellar.txt', 'farm › faq.csv']) await inState(page, name, 'ready').waitFor({ timeout: 60_000 });
  await inState(page, 'farm › broken.pdf', 'failed').waitFor({ timeout: 60_000 });
  expect((await page.getByTestId('document').count()) === 4, 'a hidden file was added');
  await look.take('knowledge-folder');

  // The same folder again: nothing is added twice without being asked.
  await page.getByTestId('folder-input').setInputFiles(root);
  const dialog = page.getByRole('dialog');
  await dialog.getByText('4 files are called like documents that are there').waitFor();
  await look.take('knowledge-same-names', { widths: [1280] });
  await dialog.getByRole('button', { name: 'Replace' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByTestId('uploads').waitFor({ state: 'detached' });
  await inState(page, 'farm › fruit › pears.md', 'ready').waitFor({ timeout: 60_000 });
  await inState(page, 'farm › broken.pdf', 'failed').waitFor({ timeout: 60_000 });
  expect((await page.getByTestId('document').count()) === 4, 'a replaced file became another document');

  // What is dropped goes the same way.
  await page.getByTestId('drop-zone').evaluate((zone) => {
    const data = new DataTransfer();
    data.items.add(new File(['The press is cleaned after every batch.'], 'press.txt', { type: 'text/plain' }));
    zone.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));
  });
  await inState(page, 'press.txt', 'ready').waitFor({ timeout: 60_000 });
}

/** Chooses documents by keys, says what they are, finds them by it, and deletes one. */
export async function sortOut(page, look) {
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('2 selected').waitFor();
  await page.getByTestId('selection').getByRole('button', { name: 'Set metadata' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Field', { exact: true }).fill('year');
  await dialog.getByLabel('Type').selectOption('number');
  await dialog.getByLabel('Value').fill('soon');
  await dialog.getByText('Every field needs a name').waitFor();
  await dialog.getByLabel('Value').fill('2024');
  await look.take('knowledge-metadata');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('searchbox', { name: 'Find documents by name or metadata' }).fill('year:2024');
  await page.getByText('2 of 5 documents').waitFor();
  expect(/q=year/.test(page.url()), `the address does not have the search: ${page.url()}`);
  await page.reload();
  await page.getByText('2 of 5 documents').waitFor();
  await page.getByRole('searchbox', { name: 'Find documents by name or metadata' }).fill('');
  await page.getByLabel('State').selectOption('failed');
  await page.getByText('1 of 5 documents').waitFor();
  await page.getByLabel('State').selectOption('');
  await row(page, 'press.txt').getByRole('checkbox').check();
  await page.getByTestId('selection').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await row(page, 'press.txt').waitFor({ state: 'detached' });

  await tab(page, 'Jobs');
  await page.getByTestId('reason').getByText('This PDF is damaged').waitFor();
  await look.take('knowledge-jobs');
  await tab(page, 'Documents');
}

const chunks = async (page) => {
  const { items } = await api(page, 'GET', `documents/${/documents\/([^/?]+)/.exec(page.url())[1]}/chunks`);
  return items;
};

/** Looks at chunks beside their original, changes them, and meets others who do. */
export async function editChunks(page, look) {
  await page.getByRole('link', { name: 'farm › fruit › pears.md' }).click();
  await page.getByTestId('chunk').nth(1).waitFor();
  await page.getByRole('button', { name: 'Chunk 2: show where it stands' }).click();
  await page.getByTestId('original-text').locator('mark').getByText('The apple harvest').waitFor();
  expect(/chunk=chk_/.test(page.url()), 'the address does not name the chunk');
  await look.take('document-chunks');
  await page.getByTestId('original-text').getByText('The pear harvest').click();
  await page.locator('[data-testid="chunk"][aria-current="true"]').getByText('The pear harvest').waitFor();

  // A draft survives a reload, and one who changed the chunk meanwhile is not overwritten.
  const editor = page.getByTestId('chunk-editor');
  const edit = page.getByRole('button', { name: 'Edit chunk 1' });
  // The list still scrolls to the chunk that was chosen, and a press may fall beside the button.
  await edit.click();
  await editor.waitFor({ timeout: 5_000 }).catch(() => edit.click());
  await editor.getByLabel('Text').fill('The pear harvest begins on the 24th of August.');
  await editor.getByLabel('Keywords').fill('williams, conference');
  await look.take('document-edit');
  await page.reload();
  await editor.waitFor();
  expect((await editor.getByLabel('Text').inputValue()).includes('24th'), 'what was typed is lost');
  const [first] = await chunks(page);
  await api(page, 'PATCH', `chunks/${first.id}`, { text: 'Somebody else was here.' });
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.getByText('Somebody else was here.').waitFor();
  await look.take('document-conflict', { widths: [1280] });
  await editor.getByRole('button', { name: 'Save mine over it' }).click();
  await editor.waitFor({ state: 'detached' });
  await page.getByTestId('chunk').first().getByText('24th of August').waitFor();
  const [mine] = await chunks(page);
  expect(mine.text.includes('24th') && mine.keywords.join() === 'williams,conference', `saved was ${JSON.stringify(mine)}`);

  await page.getByRole('button', { name: 'More for chunk 2' }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await page.getByTestId('chunk').nth(1).getByText('Disabled', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Add chunk' }).click();
  await page.getByRole('dialog').getByLabel('Text').fill('Quinces are picked in October.');
  await page.getByRole('dialog').getByRole('button', { name: 'Add chunk' }).click();
  await page.getByTestId('chunk').nth(2).getByText('Quinces are picked').waitFor();

  // Another file takes the document's place: the edit has lost its text, and is told.
  await page.getByTestId('replace-input').setInputFiles({ name: 'pears.md', mimeType: 'text/markdown', buffer: Buffer.from(PEARS.replace('The pear harvest begins in the last week of August. Pears are picked while they are hard.', 'Pears are gone.')) });
  const lost = page.getByTestId('lost-edits');
  await lost.waitFor({ timeout: 60_000 });
  await lost.getByText('1 edit lost its text').click();
  await lost.getByText('24th of August').waitFor();
  await look.take('document-lost-edit');
  await lost.getByRole('button', { name: 'Keep as an added chunk' }).click();
  await lost.waitFor({ state: 'detached' });
  await page.getByTestId('chunk').filter({ hasText: '24th of August' }).getByText('Added').waitFor();
  await page.getByTestId('chunk').filter({ hasText: 'The apple harvest' }).getByText('Disabled', { exact: true }).waitFor();
}

/** Tries ways of cutting before one is saved, and sees what saving sets off. */
export async function chooseChunking(page, look) {
  await page.getByRole('link', { name: 'Documents' }).click();
  await tab(page, 'Settings');
  const preview = page.getByTestId('preview');
  await preview.getByRole('textbox', { name: 'Text' }).fill(PEARS);
  await page.getByTestId('preview-count').getByText('2 chunks').waitFor();
  await page.getByLabel('Where documents are cut').selectOption('whole');
  await page.getByTestId('preview-count').getByText('1 chunk').waitFor();
  await look.take('knowledge-settings');
  await preview.getByRole('button', { name: 'Document' }).click();
  await preview.getByRole('combobox', { name: 'Document' }).selectOption({ label: 'farm › faq.csv' });
  await page.getByLabel('Where documents are cut').selectOption('qa');
  await page.getByTestId('preview-count').getByText('2 chunks').waitFor();
  await preview.getByTestId('previewed').first().getByText('When is the harvest?').waitFor();
  const bar = page.getByTestId('save-bar');
  await bar.getByText('4 documents are cut anew').waitFor();

  // Changes wait while somebody looks elsewhere.
  await tab(page, 'Jobs');
  await tab(page, 'Settings');
  await page.getByText('These are the changes you made and did not save.').waitFor();
  await page.getByLabel('Tokens per chunk').fill('5');
  await bar.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save and start' }).click();
  await page.getByRole('dialog').getByRole('alert').waitFor();
  await look.take('knowledge-settings-refused', { widths: [1280] });
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByLabel('Tokens per chunk').fill('120');
  await bar.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save and start' }).click();
  await bar.waitFor({ state: 'detached' });
  await tab(page, 'Documents');
  await inState(page, 'farm › faq.csv', 'ready').getByText('2 chunks').waitFor({ timeout: 60_000 });
}

/** Asks the same question in two ways, side by side, and keeps the better one. */
export async function compareSearches(page, look) {
  await tab(page, 'Search');
  await page.getByRole('searchbox', { name: 'Search this knowledge base' }).fill('harvest');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  const a = page.getByTestId('trial-a');
  await a.getByTestId('ranking').first().getByRole('button', { name: 'Words' }).waitFor();
  await page.getByRole('button', { name: 'Compare' }).click();
  const b = page.getByTestId('trial-b');
  await b.getByLabel('Passages', { exact: true }).fill('2');
  await b.getByRole('button', { name: 'Add condition' }).click();
  await b.getByLabel('Field').last().fill('document_name');
  await b.getByLabel('Condition').selectOption('contains');
  await b.getByLabel('Value').last().fill('faq');
  await b.getByTestId('passage').filter({ hasNotText: 'faq.csv' }).first().waitFor({ state: 'detached' });
  await b.getByText('faq.csv').first().waitFor();
  await look.take('knowledge-compare');
  const address = page.url();
  await page.goto(address);
  await b.getByTestId('passage').first().waitFor();
  expect((await b.getByLabel('Passages', { exact: true }).inputValue()) === '2', 'the address does not bring the settings back');
  await b.getByRole('button', { name: 'Take over into the settings' }).click();
  await page.getByText('These are the changes you made and did not save.').waitFor();
  expect((await page.getByLabel('Passages', { exact: true }).inputValue()) === '2', 'the settings did not take the number over');
  await page.getByTestId('save-bar').getByRole('button', { name: 'Discard' }).click();
  await page.getByTestId('save-bar').waitFor({ state: 'detached' });
}

/** A reranking model orders passages anew, one that is broken is told, and chunks get vectors. */
export async function searchWithModels(page, look, vendor) {
  await api(page, 'POST', 'providers', { kind: 'jina', name: 'judge', api_key: 'k', base_url: vendor });
  await page.goto(page.url().replace(/\/settings.*$/, '/search?q=harvest&a=%7B%22rerank_model%22%3A%22judge%2Frerank-broken%22%7D'));
  await page.getByTestId('trial-a').getByText(/rerank/i).first().waitFor();
  await page.getByTestId('passage').first().waitFor();
  await look.take('knowledge-search-note', { widths: [1280] });
  await page.goto(page.url().replace('rerank-broken', 'bge-reranker'));
  await page.getByTestId('ranking').first().getByRole('button', { name: 'Reranked' }).waitFor();
  await look.take('knowledge-search-reranked');
}
