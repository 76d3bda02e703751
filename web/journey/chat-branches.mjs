import { readFileSync } from 'node:fs';
import { ask, expect, lastAnswer } from './expect.mjs';

const question = (page, at = -1) => page.getByTestId('question').nth(at);
/** Which of its siblings each message is that has some, such as 2/3. */
async function place(page) {
  await page.getByTestId('branches').first().waitFor();
  return page.getByTestId('branches').locator('.num').allInnerTexts();
}

async function rowMenu(page, label, item) {
  const trigger = page.getByRole('button', { name: label }).first();
  const wanted = page.getByRole('menuitem', { name: item });
  // A list that is fetched anew at this moment takes its open menus along: people open them again.
  for (let turn = 1; ; turn += 1) {
    await trigger.hover();
    await trigger.click();
    const done = await wanted.click({ timeout: turn < 4 ? 4_000 : 20_000 }).then(() => true, (error) => turn === 4 && Promise.reject(error));
    if (done) return;
    await page.keyboard.press('Escape');
  }
}

/** A question is put in other words: both stand beside each other, by mouse and by keyboard, and after a reload. */
export async function branch(page, look) {
  await page.goto('/chat');
  await ask(page, 'What is a heron?');
  await page.waitForURL(/\/chat\/.+/);
  await lastAnswer(page);
  await ask(page, 'And a kingfisher?');
  await page.getByText('And a kingfisher?').first().waitFor();
  await lastAnswer(page);
  await question(page).hover();
  await page.getByRole('button', { name: 'Edit question' }).last().click();
  const box = page.getByRole('textbox', { name: 'Your question in other words' });
  await box.press('Escape');
  await box.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Edit question' }).last().click();
  await look.take('chat-edit');
  await box.fill('And an osprey?');
  await box.press('Control+Enter');
  await page.getByTestId('question').filter({ hasText: 'And an osprey?' }).waitFor();
  await lastAnswer(page);
  expect((await page.getByTestId('question').count()) === 2, 'the edited question was added behind the first');
  expect((await place(page)).join() === '2/2', `the branch is ${await place(page)}`);
  await look.take('chat-branches');
  const before = page.getByRole('button', { name: 'The one before' }).last();
  await before.focus();
  const kept = page.waitForResponse((response) => response.request().method() === 'PATCH');
  await page.keyboard.press('Enter');
  await page.getByTestId('question').filter({ hasText: 'And a kingfisher?' }).waitFor();
  expect((await kept).ok(), 'the branch was not kept');
  const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
  expect(focused === 'The one before', `the focus is on ${focused}`);
  const bare = page.url().replace(/\?.*/, '');
  await page.goto(bare);
  await page.getByTestId('question').filter({ hasText: 'And a kingfisher?' }).waitFor();
  expect((await place(page)).join() === '1/2', 'a reload shows another branch');
}

/** Two models answer one question, and one is chosen to go on with. */
export async function compareModels(page, look) {
  await page.getByRole('button', { name: 'Answer with another model' }).click();
  const sent = page.waitForResponse((response) => response.url().endsWith('/regenerate'));
  await page.getByRole('menuitem', { name: 'scripted/scripted-large' }).click();
  expect((await sent).ok(), `the model was refused: ${await (await sent).text()}`);
  const dialog = page.getByRole('dialog', { name: 'Compare answers' });
  await dialog.locator('[data-testid="compared"][data-status="done"]').nth(1).waitFor();
  const names = await dialog.getByRole('heading', { level: 3 }).allInnerTexts();
  expect(names.at(-1) === 'scripted/scripted-large', `the answers are of ${names}`);
  await dialog.getByText(/ms|[0-9] s/).nth(1).waitFor();
  await look.take('chat-compare');
  const [one, other] = await dialog.getByTestId('compared').evaluateAll((all) => all.map((each) => each.getBoundingClientRect().top));
  expect(one === other, 'the answers are not beside each other');
  await dialog.getByRole('button', { name: 'Go on with this answer' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByTestId('answer').last().getByText(/scripted-small/).waitFor();
  // Several at once, from the composer.
  await page.getByRole('button', { name: 'Models that answer' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'scripted/scripted-small' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'scripted/scripted-large' }).click();
  await look.take('chat-models');
  await page.keyboard.press('Escape');
  await ask(page, 'Which one fishes best?');
  await dialog.locator('[data-testid="compared"][data-status="done"]').nth(1).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Models that answer/ }).click();
  await page.getByRole('menuitemcheckbox', { name: 'The flow’s own' }).click();
  await page.keyboard.press('Escape');
}

/** A conversation is pinned and put into a folder; the folder goes, the conversation stays. */
export async function putInOrder(page, look) {
  const list = page.getByRole('navigation', { name: 'Conversations' });
  const title = 'What is a heron?';
  await rowMenu(page, `Actions for ${title}`, 'Pin');
  await list.getByRole('heading', { name: 'Pinned' }).waitFor();
  await rowMenu(page, `Actions for ${title}`, 'Unpin');
  await list.getByRole('heading', { name: 'Pinned' }).waitFor({ state: 'detached' });
  await rowMenu(page, `Actions for ${title}`, 'Move to a folder');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'New folder' }).check();
  await dialog.getByLabel('Name').fill('Birds');
  await look.take('chat-move');
  await dialog.getByRole('button', { name: 'Move' }).click();
  await dialog.waitFor({ state: 'detached' });
  const folder = list.getByTestId('folder').filter({ hasText: 'Birds' });
  await folder.getByRole('button', { name: /^Birds/ }).click();
  await folder.getByRole('link', { name: title }).waitFor();
  await page.reload();
  await folder.getByRole('link', { name: title }).waitFor();
  await look.take('chat-folders', { widths: [1280] });
  await rowMenu(page, 'Actions for the folder Birds', 'Delete');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await folder.waitFor({ state: 'detached' });
  await list.getByRole('link', { name: title, exact: true }).waitFor();
}

/** Words are found in every branch, from the list and from the palette, and lead to their message. */
export async function findWords(page, look) {
  const list = page.getByRole('navigation', { name: 'Conversations' });
  await list.getByRole('searchbox', { name: 'Search conversations' }).fill('ospr');
  const found = list.getByTestId('found').filter({ hasText: 'And an osprey?' });
  await found.first().waitFor();
  expect((await found.first().locator('mark').innerText()) === 'osprey', 'the word is not marked');
  await look.take('chat-search', { widths: [1280] });
  await found.first().click();
  await page.waitForURL(/\?m=msg_/);
  const at = new URL(page.url()).searchParams.get('m');
  const message = page.locator(`[data-message="${at}"]`);
  await message.getByText('And an osprey?').waitFor();
  expect(/outline-accent/.test((await message.getAttribute('class')) ?? ''), 'the message is not marked');
  await list.getByRole('searchbox', { name: 'Search conversations' }).fill('');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('kingfisher');
  const option = page.locator('[role="option"][data-group="message"]').first();
  await option.waitFor();
  await option.click();
  await page.waitForURL((url) => url.searchParams.get('m') !== at && url.searchParams.has('m'));
}

/** What was exported comes in again with all its branches; what is wrong is named. */
export async function bringIn(page, look) {
  const title = 'What is a heron?';
  const trigger = page.getByRole('button', { name: `Actions for ${title}` }).first();
  await trigger.hover();
  await trigger.click();
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Export as JSON' }).click(),
  ]);
  const file = JSON.parse(readFileSync(await saved.path(), 'utf8'));
  expect(file.messages.length > 6, `the file has ${file.messages.length} messages`);
  const give = (json) => ({ name: 'heron.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(json)) });
  const open = () => rowMenu(page, 'More for conversations', 'Import a conversation');
  await open();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('File').setInputFiles(give({ ...file, messages: [{ ...file.messages[0], role: 'robot' }] }));
  await dialog.getByRole('button', { name: 'Import' }).click();
  await dialog.getByText(/messages\[0\]/).waitFor();
  await look.take('chat-import');
  await dialog.getByLabel('File').setInputFiles(give({ ...file, title: 'Herons again' }));
  const before = page.url();
  await dialog.getByRole('button', { name: 'Import' }).click();
  await page.waitForURL((url) => url.href !== before);
  await page.getByRole('link', { name: 'Herons again', exact: true }).waitFor();
  await page.getByTestId('branches').first().waitFor();
}
