import { ask, expect, lastAnswer } from './expect.mjs';
import { lineTo } from './line.mjs';

const unsent = (page) => page.getByTestId('unsent');
const MESSAGES = '**/api/v1/conversations/*/messages';

/** What was asked in the conversation on the page, as the server has it. */
async function asked(page) {
  const id = new URL(page.url()).pathname.split('/').pop();
  const { messages } = await (await page.request.get(`/api/v1/conversations/${id}`)).json();
  return messages.filter(({ role, siblings }) => role === 'user' && siblings.length === 0).map(({ text }) => text);
}

/** A question that does not get through is kept, over a reload, and asked once when it can be. */
export async function keepUnsent(page, look, base) {
  const line = await lineTo(base);
  const own = new URL(base).hostname === new URL(line.url).hostname;
  expect(own, 'the line is of another host, which has no session');
  await page.goto(`${line.url}/chat`);
  // What a page needs to say that it is offline has to be there before it is.
  await page.getByRole('button', { name: 'Attach files' }).waitFor();
  line.cut();
  await ask(page, 'Which birds wade?');
  await unsent(page).getByText('Not sent yet.').waitFor();
  line.mend();
  await page.waitForURL(/\/chat\/cnv_/);
  await lastAnswer(page);
  expect((await asked(page)).join() === 'Which birds wade?', `what was asked first: ${await asked(page)}`);

  line.cut();
  await ask(page, 'And which of them dive?');
  await unsent(page).getByRole('button', { name: 'Try again' }).waitFor();
  await look.take('chat-unsent');
  const block = (route) => route.abort();
  await page.route(MESSAGES, block);
  line.mend();
  await page.reload();
  await unsent(page).waitFor();
  await page.getByText('And which of them dive?').waitFor();
  await page.unroute(MESSAGES, block);
  await unsent(page).waitFor({ state: 'detached' });
  await page.getByTestId('answer').nth(1).waitFor();
  await lastAnswer(page);
  expect((await asked(page)).filter((text) => text === 'And which of them dive?').length === 1, `it was asked otherwise: ${await asked(page)}`);

  // It got through, and what the server said of it did not.
  let sent = 0;
  await page.route(MESSAGES, async (route) => {
    sent += 1;
    if (sent > 1) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await ask(page, 'Do any of them do both?');
  await page.getByTestId('answer').nth(2).waitFor();
  await lastAnswer(page);
  await unsent(page).waitFor({ state: 'detached' });
  await page.unroute(MESSAGES);
  expect((await asked(page)).filter((text) => text === 'Do any of them do both?').length === 1, `it was asked twice: ${await asked(page)}`);

  await page.route(MESSAGES, block);
  await ask(page, 'Nothing to send');
  await unsent(page).getByRole('button', { name: 'Edit' }).click();
  await unsent(page).waitFor({ state: 'detached' });
  const box = page.getByRole('textbox', { name: 'Your question' });
  expect((await box.inputValue()) === 'Nothing to send', `the box has “${await box.inputValue()}”`);
  await box.fill('');
  await page.unroute(MESSAGES, block);
  line.close();
  await page.goto(`${base}/chat`);
}

const BROKEN = { status: 500, contentType: 'application/problem+json', body: JSON.stringify({ status: 500, code: 'internal', detail: 'The disk is full.' }) };

/** Lists that cannot be read say so, and a conversation that is not there leads back. */
export async function sayWhatIsWrong(page, look) {
  const list = page.getByRole('navigation', { name: 'Conversations' });
  const pages = /\/api\/v1\/(conversations|flows)\?/;
  await page.route(pages, (route) => route.fulfill(BROKEN));
  await page.goto('/chat');
  await list.getByText('The disk is full.').waitFor();
  await page.getByRole('main').getByText('The disk is full.').waitFor();
  await look.take('chat-broken', { widths: [1280] });
  await page.unroute(pages);
  await list.getByRole('button', { name: 'Try again' }).click();
  await list.getByRole('link', { name: 'Which birds wade?' }).first().waitFor();
  await page.getByRole('main').getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Does Headwater need an API key?' }).waitFor();
  await page.goto('/chat/cnv_0000000000000000000000000000beef');
  await page.getByRole('main').getByText('This conversation is not here.').waitFor();
  expect(!(await page.getByRole('textbox', { name: 'Your question' }).isVisible()), 'one can ask where nothing is');
  await look.take('chat-missing');
  await page.getByRole('link', { name: 'Back to the chats' }).click();
  await page.waitForURL(/\/chat$/);
}

/** The first question chooses its model, which the conversation keeps; its title is changed where it stands. */
export async function chooseFirst(page, look) {
  await page.goto('/chat');
  await page.getByRole('button', { name: 'Models that answer' }).click();
  await page.getByRole('menuitemcheckbox', { name: /^The flow’s own: / }).waitFor();
  await page.getByRole('menuitemcheckbox', { name: 'scripted/scripted-large' }).click();
  await page.keyboard.press('Escape');
  await ask(page, 'Who is the tallest bird?');
  await page.waitForURL(/\/chat\/cnv_/);
  const answer = await lastAnswer(page);
  await answer.getByText(/scripted-large/).waitFor();
  await answer.getByText('See how this ran', { exact: true }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Models that answer: scripted-large' }).waitFor();
  await page.getByRole('heading', { level: 1 }).getByRole('button', { name: 'Who is the tallest bird?' }).click();
  const name = page.getByRole('textbox', { name: 'Name of the conversation' });
  await name.fill('Tall birds');
  await look.take('chat-header');
  await name.press('Enter');
  await page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name: 'Tall birds', exact: true }).waitFor();
  await page.getByRole('button', { name: 'What can be done with this conversation' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.waitForURL(/\/chat$/);
}

/** Other flows are offered as cards; the chosen one offers what was asked of it. */
export async function beginFromFlows(page, look, name, question) {
  await page.goto('/chat');
  const card = page.getByTestId('start-flow').filter({ hasText: name });
  await card.getByText(question).waitFor();
  await look.take('chat-start');
  await card.click();
  await page.waitForURL(/flow=/);
  await page.getByRole('list', { name: 'Questions to start with' }).getByRole('button', { name: question }).click();
  await page.waitForURL(/\/chat\/cnv_/);
  await lastAnswer(page);
  expect((await page.getByTestId('question').innerText()) === question, 'another question was asked');
}

/** Looking at a citation shows its passage, by mouse and by keyboard. */
export async function glanceAtCitation(page, look) {
  const chip = page.getByTestId('citation').first();
  const card = page.getByTestId('citation-card');
  await chip.hover();
  await card.getByText('.md').waitFor();
  await look.take('chat-citation-card', { widths: [1280] });
  await page.mouse.move(0, 0);
  await card.waitFor({ state: 'detached' });
}
