import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from './expect.mjs';

const HEADERS = { 'X-Requested-With': 'headwater' };
const MB = 1024 * 1024;

/** A page of 48 MB that says one thing: the rest is what its author did not delete. */
function largePage(name) {
  const path = join(mkdtempSync(join(tmpdir(), 'headwater-')), name);
  const comment = `<!-- ${'draft '.repeat(8 * MB)} -->`;
  writeFileSync(path, `<html><head><title>Tides</title></head><body><p>The spring tide comes at noon.</p>${comment}</body></html>`);
  return path;
}

const inState = (page, name, state) => page.locator(`[data-testid="document"][data-name="${name}"][data-status="${state}"]`);

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
export async function goOnUploading(page, look) {
  const answer = await page.request.post('/api/v1/knowledge-bases', { headers: HEADERS, data: { name: 'Tides' } });
  const base = await answer.json();
  await page.goto(`/knowledge/${base.id}/documents`);
  await page.getByTestId('drop-zone').waitFor();
  const offsets = [];
  page.on('request', (request) => {
    const offset = request.method() === 'PATCH' ? request.headers()['upload-offset'] : undefined;
    if (offset !== undefined) offsets.push(Number(offset));
  });
  const network = await page.context().newCDPSession(page);
  const wire = (offline) =>
    network.send('Network.emulateNetworkConditions', { offline, latency: 0, downloadThroughput: -1, uploadThroughput: 6 * MB });
  await network.send('Network.enable');
  await wire(false);

  await page.getByTestId('file-input').setInputFiles(largePage('tides.html'));
  await past(page, 10);
  await wire(true);
  await page.getByText('Interrupted; goes on by itself').waitFor({ timeout: 30_000 });
  await look.take('knowledge-upload-interrupted', { widths: [1280] });
  await wire(false);
  await inState(page, 'tides.html', 'ready').waitFor({ timeout: 120_000 });
  expect(offsets[0] === 0 && offsets.at(-1) > 4 * MB, `it did not go on where it broke off: ${offsets}`);

  // The page is left in the middle: whoever gives it the same file goes on, too.
  const path = largePage('again.html');
  page.once('dialog', (dialog) => dialog.accept());
  await page.getByTestId('file-input').setInputFiles(path);
  await past(page, 10);
  await page.reload();
  offsets.length = 0;
  await wire(false);
  await page.getByTestId('drop-zone').waitFor();
  await page.getByTestId('file-input').setInputFiles(path);
  await inState(page, 'again.html', 'ready').waitFor({ timeout: 120_000 });
  expect(offsets.length > 0 && offsets[0] > 4 * MB, `after a reload it began anew: ${offsets}`);
  expect((await page.getByTestId('document').count()) === 2, 'an upload became another document');
  await network.detach();
}
