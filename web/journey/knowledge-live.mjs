import { expect } from './expect.mjs';

const HEADERS = { 'X-Requested-With': 'headwater' };

/** What others do in a knowledge base shows by itself, without asking again and again; without events it is looked for. */
export async function hearOfOthers(page) {
  const made = await page.request.post('/api/v1/knowledge-bases', { headers: HEADERS, data: { name: 'Heard of' } });
  const base = (await made.json()).id;
  const add = async (name, text) => {
    const file = { name, mimeType: 'text/plain', buffer: Buffer.from(text) };
    const added = await page.request.post(`/api/v1/knowledge-bases/${base}/documents`, { headers: HEADERS, multipart: { file } });
    expect(added.ok(), `the document was refused: ${await added.text()}`);
    return (await added.json()).items[0].id;
  };
  const asked = [];
  const note = (request) => {
    const path = new URL(request.url()).pathname;
    if (/\/documents/.test(path) && request.method() === 'GET') asked.push(path);
  };
  const heard = page.waitForResponse((response) => response.url().endsWith(`/knowledge-bases/${base}/events`));
  await page.goto(`/knowledge/${base}/documents`);
  await heard;
  await page.getByText('0 documents').waitFor();
  page.on('request', note);
  const first = await add('first.txt', 'A heron waits.');
  const row = (name) => page.getByRole('listitem').filter({ hasText: name });
  await row('first.txt').getByText('Ready').waitFor();
  expect(asked.length === 0, `the page asked for documents it was told of: ${asked}`);
  await page.request.delete(`/api/v1/documents/${first}`, { headers: HEADERS });
  await row('first.txt').waitFor({ state: 'detached' });
  page.off('request', note);
  // Where events do not come through, it is looked.
  await page.route(`**/knowledge-bases/${base}/events`, (route) => route.fulfill({ status: 404, contentType: 'application/json', body: '{}' }));
  await add('second.txt', 'A heron flies.');
  await page.reload();
  await row('second.txt').getByText('Ready').waitFor();
  await page.unroute(`**/knowledge-bases/${base}/events`);
  await page.request.delete(`/api/v1/knowledge-bases/${base}`, { headers: HEADERS });
}
