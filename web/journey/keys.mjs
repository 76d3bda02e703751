import { expect } from './expect.mjs';

/** Home, the palette and the shortcuts. */
export async function useKeys(page, look) {
  await page.goto('/');
  await page.getByTestId('checklist').waitFor();
  await look.take('home');
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Go to, or do' });
  await field.waitFor();
  await look.take('palette');
  await field.fill('api key');
  await page.getByRole('option', { name: 'Settings › API keys' }).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Home');
  await field.fill('knowledge');
  await page.getByRole('option', { name: 'Knowledge', exact: true }).click();
  await page.waitForURL(/\/knowledge$/);

  await page.locator('[data-rows] > li').nth(1).waitFor();
  await page.locator('main').focus();
  await page.keyboard.press('j');
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href'));
  const first = await focused();
  expect(/\/knowledge\/kb_/.test(first), `j went to ${first}`);
  await page.keyboard.press('j');
  expect((await focused()) !== first, 'j did not move on');
  await page.keyboard.press('k');
  expect((await focused()) === first, 'k did not come back');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/knowledge\/kb_/);

  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.waitForURL(/\/flows$/);
  await page.locator('main').focus();
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.waitForURL(/\/chat$/);
  const question = page.getByRole('textbox', { name: 'Your question' });
  await question.fill('');
  await question.pressSequentially('g r ? / j');
  expect(page.url().endsWith('/chat') && (await page.getByRole('dialog').count()) === 0, 'a shortcut acted while a question was typed');
  await question.fill('');
  await page.locator('main').focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await look.take('shortcuts', { widths: [1280] });
  await page.keyboard.press('Escape');

  await page.goto('/settings/appearance');
  await page.getByRole('checkbox').uncheck();
  await page.locator('main').focus();
  await page.keyboard.press('?');
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.waitForTimeout(200);
  expect(/appearance/.test(page.url()) && (await page.getByRole('dialog').count()) === 0, 'a single key acted although they are off');
  await page.getByRole('checkbox').check();
}

const ECHO = {
  headwater: 1,
  name: 'Say it again',
  kind: 'chat',
  inputs: [{ name: 'question', type: 'string', required: true }],
  nodes: [{ id: 'reply', kind: 'answer', settings: { text: '{{ start.question }} And again: {{ start.question }}' } }],
  edges: [{ from: 'start', to: 'reply' }],
};
const HEADERS = { 'X-Requested-With': 'headwater' };

/** A conversation of 600 messages is there at once, at its end, and its beginning can be reached. */
export async function readLongConversation(page) {
  const flow = await (await page.request.post('/api/v1/flows', { headers: HEADERS, data: { document: ECHO, publish: true } })).json();
  const made = await page.request.post('/api/v1/conversations', { headers: HEADERS, data: { flow_id: flow.id } });
  const { id } = await made.json();
  for (let number = 1; number <= 300; number += 1) {
    for (;;) {
      const sent = await page.request.post(`/api/v1/conversations/${id}/messages`, {
        headers: { ...HEADERS, Accept: 'text/event-stream' },
        data: { text: `Question ${number}, with **some** \`code\` in it.` },
      });
      await sent.body();
      if (sent.ok()) break;
      expect(sent.status() === 409 || sent.status() === 429, `a message was refused: ${await sent.text()}`);
      await page.waitForTimeout(50);
    }
  }
  const began = Date.now();
  await page.goto(`/chat/${id}`);
  await page.getByText('Question 300, with').first().waitFor();
  await page.getByTestId('answer').last().getByText('And again').waitFor();
  const opened = Date.now() - began;
  const there = await page.getByTestId('answer').count();
  expect(there <= 30, `${there} answers were there at first`);
  const atEnd = await page.evaluate(() => {
    const box = document.querySelector('main .overflow-y-auto');
    return box.scrollHeight - box.scrollTop - box.clientHeight;
  });
  expect(atEnd < 100, `it opened ${atEnd} px above its end`);
  console.log(`      600 messages: there after ${opened} ms`);
  const box = page.locator('main .overflow-y-auto').first();
  await box.hover();
  const beginning = page.getByTestId('question').filter({ hasText: 'Question 1, with' });
  for (let turn = 0; turn < 400 && (await beginning.count()) === 0; turn += 1) {
    await page.mouse.wheel(0, -4000);
    await page.waitForTimeout(30);
  }
  await beginning.waitFor();
  expect((await page.getByTestId('question').count()) === 300, 'not every message came');
  return { opened };
}

/** A conversation is saved as Markdown and as JSON. */
export async function exportConversation(page, title) {
  const link = page.getByRole('link', { name: title, exact: true }).first();
  for (const [item, ending] of [['Export as Markdown', '.md'], ['Export as JSON', '.json']]) {
    await link.hover();
    await page.getByRole('button', { name: `Actions for ${title}` }).first().click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: item }).click()]);
    expect(file.suggestedFilename().endsWith(ending), `the file is called ${file.suggestedFilename()}`);
    const text = await (await file.createReadStream()).toArray();
    expect(Buffer.concat(text).toString().includes(title), `the file does not hold the conversation ${title}`);
  }
}
