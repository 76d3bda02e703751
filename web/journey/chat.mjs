import { ask, expect, lastAnswer } from './expect.mjs';
import { chooseDefault } from './vendor.mjs';

const TITLE = 'About keys';

export async function firstQuestion(page, look) {
  await page.getByRole('button', { name: 'Does Headwater need an API key?' }).click();
  await page.waitForURL(/\/chat\/.+/);
  const answer = await lastAnswer(page);
  expect((await answer.getAttribute('data-status')) === 'done', `the answer ended as ${await answer.getAttribute('data-status')}: ${await answer.innerText()}`);
  await answer.getByTestId('citation').first().waitFor();
  await look.take('chat-answer');
}

export async function openCitation(page, look) {
  await page.getByTestId('citation').first().click();
  const panel = page.getByTestId('source-panel');
  const passage = panel.getByTestId('cited-passage');
  await passage.waitFor();
  expect((await passage.innerText()).trim().length > 20, 'the cited passage is empty');
  await look.take('chat-source');
  const href = await panel.getByRole('link', { name: 'Original' }).getAttribute('href');
  const original = await page.request.get(href);
  expect(original.ok(), `the original answers ${original.status()}`);
  await panel.getByRole('link', { name: 'Open document' }).click();
  await page.getByTestId('chunk').first().waitFor();
  await look.take('document');
  await page.goBack();
}

async function openMenu(page, title, item) {
  await page.getByRole('link', { name: title, exact: true }).first().hover();
  await page.getByRole('button', { name: `Actions for ${title}` }).first().click();
  await page.getByRole('menuitem', { name: item }).click();
}

export async function renameAndReload(page) {
  await openMenu(page, 'Does Headwater need an API key?', 'Rename');
  await page.getByLabel('Title').fill(TITLE);
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('link', { name: TITLE, exact: true }).waitFor();
  await page.reload();
  await page.getByRole('link', { name: TITLE, exact: true }).waitFor();
  await page.getByTestId('citation').first().waitFor();
}

async function openConversation(page, title) {
  await page.goto('/chat');
  await page.getByRole('link', { name: title, exact: true }).click();
  await page.waitForURL(/\/chat\/.+/);
}

export async function stopAndRegenerate(page) {
  // The scripted vendor's model "slow" writes a word every 100 ms; it is not in the vendor's list.
  await chooseDefault(page, 'scripted/slow');
  await openConversation(page, TITLE);
  await page.getByTestId('citation').first().waitFor();
  const before = await page.getByTestId('answer').count();
  await ask(page, 'What is a knowledge base, and what happens when a document fails?');
  await page.getByTestId('answer').nth(before).getByText(/\w+/).first().waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByTestId('answer').nth(before).waitFor();
  const answer = await lastAnswer(page);
  const status = await answer.getAttribute('data-status');
  expect(status === 'cancelled', `the stopped answer ended as ${status}`);
  await answer.getByText('Stopped').waitFor();
  await chooseDefault(page, 'scripted/scripted-small');
  await openConversation(page, TITLE);
  await page.getByTestId('answer').nth(before).waitFor();
  const accepted = page.waitForResponse((response) => response.url().endsWith('/regenerate'));
  await page.getByRole('button', { name: 'Regenerate' }).click();
  expect((await accepted).ok(), `regenerating was refused with ${(await accepted).status()}`);
  const again = await lastAnswer(page, { timeout: 60_000 });
  expect((await again.getAttribute('data-status')) === 'done', 'the regenerated answer did not finish');
  expect(
    (await page.getByTestId('answer').count()) === before + 1,
    'regenerating added an answer instead of replacing it',
  );
}

/** The page is reloaded while the answer is being written: it goes on, nothing lost, nothing twice. */
export async function reloadWhileWriting(page) {
  await chooseDefault(page, 'scripted/slow');
  await page.goto('/chat');
  // The vendor repeats the question, so every word must come exactly once.
  const words = Array.from({ length: 40 }, (_, index) => `drop${index + 100}`);
  await ask(page, words.join(' '));
  await page.waitForURL(/\/chat\/.+/);
  const answer = page.getByTestId('answer').last();
  await answer.getByText(words[2]).waitFor();
  await page.reload();
  await answer.getByText(words[2]).waitFor();
  expect((await answer.getAttribute('data-status')) === 'running', 'the answer had ended before the reload');
  expect(!(await answer.innerText()).includes(words[39]), 'the answer came whole instead of in pieces');
  await lastAnswer(page);
  const live = await answer.innerText();
  for (const word of words) {
    const times = live.split(word).length - 1;
    expect(times === 1, `“${word}” stands ${times} times in the answer: ${live}`);
  }
  await page.reload();
  await answer.getByText(words[39]).waitFor();
  const stored = await answer.innerText();
  expect(stored === live, `what was stored differs from what was written: ${stored}\n${live}`);
  await chooseDefault(page, 'scripted/scripted-small');
}

export async function deleteConversation(page) {
  await openMenu(page, TITLE, 'Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('link', { name: TITLE, exact: true }).waitFor({ state: 'detached' });
  await page.reload();
  await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor();
  expect((await page.getByRole('link', { name: TITLE, exact: true }).count()) === 0, 'the conversation came back');
}

/** A question is looked up elsewhere than its flow says, until what was chosen is gone. */
export async function searchElsewhere(page, look) {
  const headers = { 'X-Requested-With': 'headwater' };
  const made = await page.request.post('/api/v1/knowledge-bases', { headers, data: { name: 'Minutes of meetings' } });
  expect(made.ok(), `the knowledge base was refused: ${await made.text()}`);
  const { id } = await made.json();
  const choose = async (now, name) => {
    await page.getByRole('button', { name: now, exact: true }).click();
    await page.getByRole('menuitemcheckbox', { name, exact: true }).click();
    await page.keyboard.press('Escape');
  };
  await page.goto('/chat?flow=ask-the-handbook');
  await choose('Where is searched', 'Minutes of meetings');
  await ask(page, 'Which formats can it read?');
  await page.waitForURL(/\/chat\/cnv_/);
  await lastAnswer(page);
  const read = async (path) => (await (await page.request.get(`/api/v1/runs${path}`)).json()).items;
  const [run] = await read('?limit=1');
  const found = (await read(`/${run.id}/steps`)).find(({ outputs }) => outputs.passages);
  expect(found.outputs.passages.length === 0, 'what the flow names was searched all the same');
  await page.reload();
  await page.getByRole('button', { name: 'Where is searched: Minutes of meetings' }).waitFor();
  await look.take('chat-knowledge');
  const gone = await page.request.delete(`/api/v1/knowledge-bases/${id}`, { headers });
  expect(gone.ok(), `the knowledge base could not be deleted: ${await gone.text()}`);
  await ask(page, 'And which languages?');
  await page.getByRole('alert').getByText('minutes-of-meetings').waitFor();
  expect((await page.getByRole('textbox', { name: 'Your question' }).inputValue()) === 'And which languages?', 'the question was lost');
  await page.getByRole('button', { name: /^Where is searched: / }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'What can be done with this conversation' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.waitForURL(/\/chat$/);
}
