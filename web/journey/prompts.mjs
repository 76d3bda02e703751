import { ask, expect, lastAnswer } from './expect.mjs';

const composer = (page) => page.getByRole('textbox', { name: 'Your question' });
const typed = (page) => composer(page).inputValue();
const picker = (page) => page.getByRole('dialog', { name: 'Prompts' });
const row = (page, name) => page.locator(`[data-testid="prompt"][data-name="${name}"]`);

async function until(page, wanted) {
  await page.waitForFunction((text) => document.querySelector('textarea[aria-label="Your question"]')?.value === text, wanted);
}

/** A prompt is written, and found in the list by its words; the address says both. */
async function write(page, look) {
  await page.goto('/chat/prompts');
  await page.getByRole('button', { name: 'New prompt' }).click();
  await page.waitForURL(/prompt=new/);
  const dialog = page.getByRole('dialog', { name: 'New prompt' });
  await dialog.getByLabel('Name').fill('Sum up');
  await dialog.getByLabel('Text').fill('Sum up what the handbook says about {{topic}}, for {{ reader }}.');
  await dialog.getByText('Asked for: topic, reader').waitFor();
  await dialog.getByLabel('Who sees it').selectOption('all');
  await look.take('prompt-dialog');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row(page, 'Sum up').getByText('All members').waitFor();
  await page.goto('/chat/prompts?prompt=new');
  await dialog.getByLabel('Name').fill('Sum up');
  await dialog.getByLabel('Text').fill('Another one.');
  await dialog.getByLabel('Who sees it').selectOption('all');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('There is a common prompt of this name already.').waitFor();
  await dialog.getByLabel('Who sees it').selectOption('me');
  await dialog.getByLabel('Name').fill('Another');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row(page, 'Another').waitFor();
  await page.getByRole('searchbox', { name: 'Search prompts' }).fill('HANDBOOK');
  await row(page, 'Another').waitFor({ state: 'detached' });
  await page.reload();
  await row(page, 'Sum up').waitFor();
  expect((await page.getByTestId('prompt').count()) === 1, 'the search was lost with a reload');
  await page.goto('/chat/prompts');
  await row(page, 'Another').waitFor();
  await look.take('prompts');
}

/** `/` in an empty composer lists prompts; what a prompt leaves open is asked for. */
async function choose(page, look) {
  await page.goto('/chat');
  await page.getByRole('button', { name: 'Use a prompt (/)' }).waitFor();
  await composer(page).fill('');
  await composer(page).press('/');
  await picker(page).getByTestId('prompt-choice').nth(1).waitFor();
  await page.keyboard.type('handbook');
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="prompt-choice"]').length === 1);
  await look.take('prompt-picker');
  await page.keyboard.press('Enter');
  await picker(page).getByLabel('topic').waitFor();
  await page.keyboard.type('reranking');
  await page.keyboard.press('Tab');
  await page.keyboard.type('a newcomer');
  await look.take('prompt-fill');
  await page.keyboard.press('Enter');
  await until(page, 'Sum up what the handbook says about reranking, for a newcomer.');
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Your question');
  // In the middle of a question it is a letter like others.
  await composer(page).press('/');
  expect((await typed(page)).endsWith('newcomer./'), 'a / within a question is not typed');
  expect((await picker(page).count()) === 0, 'a / within a question lists prompts');
  // From the button, after what was typed; the values of before are offered.
  await composer(page).fill('In short:');
  await page.getByRole('button', { name: 'Use a prompt (/)' }).click();
  await picker(page).getByTestId('prompt-choice').filter({ hasText: 'Sum up' }).click();
  expect((await picker(page).getByLabel('topic').inputValue()) === 'reranking', 'the last values are not offered');
  await picker(page).getByLabel('reader').fill('');
  await picker(page).getByRole('button', { name: 'Insert' }).click();
  await until(page, 'In short:\nSum up what the handbook says about reranking, for {{ reader }}.');
}

/** What was typed is not lost by Escape, and input methods compose in peace. */
async function leave(page) {
  await composer(page).fill('');
  await composer(page).press('/');
  await picker(page).waitFor();
  await page.keyboard.type('help me');
  await page.keyboard.press('Escape');
  await picker(page).waitFor({ state: 'detached' });
  await until(page, '/help me');
  await composer(page).fill('');
  const keys = await page.context().newCDPSession(page);
  await composer(page).focus();
  await keys.send('Input.imeSetComposition', { text: '／', selectionStart: 1, selectionEnd: 1 });
  await until(page, '／');
  expect((await picker(page).count()) === 0, 'prompts are listed while an input method composes');
  await keys.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 });
  await until(page, '');
  await keys.send('Input.insertText', { text: '、' });
  await picker(page).waitFor();
  await page.keyboard.press('Escape');
  await picker(page).waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Your question');
  await composer(page).fill('');
  await keys.detach();
  // Outside of the composer the key is the search’s.
  await composer(page).blur();
  await page.keyboard.press('/');
  await page.getByRole('dialog', { name: 'Go to, or do' }).waitFor();
  await page.keyboard.press('Escape');
}

/** A question becomes a prompt, which is found by ⌘K and deleted. */
async function save(page) {
  await page.goto('/chat');
  await ask(page, 'Which formats are read?');
  await page.waitForURL(/\/chat\/cnv_/);
  await lastAnswer(page);
  await page.getByTestId('question').last().hover();
  await page.getByRole('button', { name: 'Save as prompt' }).last().click();
  const dialog = page.getByRole('dialog', { name: 'New prompt' });
  expect((await dialog.getByLabel('Text').inputValue()) === 'Which formats are read?', 'the question is not in the dialog');
  await dialog.getByLabel('Name').fill('Formats');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Go to, or do' }).fill('Formats');
  await page.locator('[role="option"][data-group="prompt"]').filter({ hasText: 'Formats' }).click();
  await page.waitForURL(/\/chat\/prompts\?prompt=prm_/);
  await page.getByRole('dialog', { name: 'Change Formats' }).getByRole('button', { name: 'Cancel' }).click();
  await row(page, 'Formats').getByRole('button', { name: 'Use Formats' }).click();
  await page.waitForURL(/\/chat$/);
  await until(page, 'Which formats are read?');
  await composer(page).fill('');
  await page.goto('/chat/prompts');
  for (const name of ['Formats', 'Another', 'Sum up']) {
    await page.getByRole('button', { name: `Delete ${name}`, exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await row(page, name).waitFor({ state: 'detached' });
  }
  await page.getByText('No prompt yet').waitFor();
}

/** Prompts that are used again: written, chosen with `/`, filled in, made of questions. */
export async function askWithPrompts(page, look) {
  await write(page, look);
  await choose(page, look);
  await leave(page);
  await save(page);
}
