import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from './expect.mjs';
import { lineTo } from './line.mjs';

const HEADERS = { 'X-Requested-With': 'headwater' };
const MB = 1024 * 1024;

/** A page of 48 MB that says one thing: the rest is what its author did not delete. */
function largePage(name) {
  const path = join(mkdtempSync(join(tmpdir(), 'headwater-')), name);
  const comment = `<!-- ${'draft '.repeat(8 * MB)} -->`;
  writeFileSync(path, `<html><head><title>Tides</title></head><body><p>The spring tide comes at noon.</p>${comment}</body></html>`);
  return path;
}

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The document is there with every byte of the file; it goes again, before it is read. */
async function arrived(page, base, path) {
  const name = path.split('/').at(-1);
  const row = page.locator(`[data-testid="document"][data-name="${name}"]`);
  await row.waitFor({ timeout: 120_000 });
  const { items } = await (await page.request.get(`/api/v1/knowledge-bases/${base}/documents`)).json();
  expect(items.length === 1, `${items.length} documents came of one upload`);
  const [{ id }] = items;
  const content = await page.request.get(`/api/v1/documents/${id}/content`);
  expect(digest(await content.body()) === digest(readFileSync(path)), `${name} is not what was sent`);
  await page.request.delete(`/api/v1/documents/${id}`, { headers: HEADERS });
  await row.waitFor({ state: 'detached' });
}

/** Waits until so much of an upload has gone. */
const past = (page, megabytes) =>
  page.waitForFunction(
    (least) => {
      const told = document.querySelector('[data-testid="upload"]')?.textContent ?? '';
      const [, sent] = told.match(/([\d.,]+) MB of/) ?? [];
      return Number(sent?.replace(',', '.') ?? 0) > least;
    },
    megabytes,
    { timeout: 60_000 },
  );

/** A file of 48 MB whose connection breaks, and one whose page is left: neither begins anew. */
export async function goOnUploading(page, look, base) {
  const answer = await page.request.post('/api/v1/knowledge-bases', { headers: HEADERS, data: { name: 'Tides' } });
  const { id } = await answer.json();
  const line = await lineTo(base, { rate: 8 * MB });
  const offsets = [];
  const note = (request) => {
    const offset = request.method() === 'PATCH' ? request.headers()['upload-offset'] : undefined;
    if (offset !== undefined) offsets.push(Number(offset));
  };
  page.on('request', note);
  await page.goto(`${line.url}/knowledge/${id}/documents`);
  await page.getByTestId('drop-zone').waitFor();

  const path = largePage('tides.html');
  await page.getByTestId('file-input').setInputFiles(path);
  await past(page, 16);
  line.cut();
  await page.getByText('Interrupted; goes on by itself').waitFor({ timeout: 30_000 });
  await look.take('knowledge-upload-interrupted', { widths: [1280] });
  line.mend();
  await arrived(page, id, path);
  expect(offsets[0] === 0 && offsets.at(-1) > 4 * MB, `it did not go on where it broke off: ${offsets}`);

  // The page is left in the middle: whoever gives it the same file goes on, too.
  const again = largePage('again.html');
  await page.getByTestId('file-input').setInputFiles(again);
  await past(page, 16);
  page.once('dialog', (dialog) => dialog.accept());
  await page.reload();
  offsets.length = 0;
  await page.getByTestId('drop-zone').waitFor();
  await page.getByTestId('file-input').setInputFiles(again);
  await arrived(page, id, again);
  expect(offsets.length > 0 && offsets[0] > 4 * MB, `after a reload it began anew: ${offsets}`);
  page.off('request', note);
  line.close();
  await page.goto('/knowledge');
}
