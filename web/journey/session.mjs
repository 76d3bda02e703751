import { expect, lastAnswer } from './expect.mjs';
import { publish } from './runs.mjs';

const PASSWORD = 'spring water runs downhill 7';
const NOTE = {
  headwater: 1,
  name: 'Typed with care',
  slug: 'typed-with-care',
  kind: 'task',
  nodes: [{ id: 'say', kind: 'template', settings: { text: 'Before' } }, { id: 'out', kind: 'output', settings: { values: { text: '{{ say.text }}' } } }],
  edges: [{ from: 'start', to: 'say' }, { from: 'say', to: 'out' }],
};

const dialog = (page) => page.getByRole('dialog', { name: 'Sign in again' });

async function signInAgain(page) {
  await dialog(page).getByLabel('Password').fill(PASSWORD);
  await dialog(page).getByRole('button', { name: 'Sign in' }).click();
  await dialog(page).waitFor({ state: 'detached' });
}

/** The session ends in the middle of an edit, of a form and of a message: all of them go on. */
export async function loseSession(page, look) {
  const slug = await publish(page, NOTE);
  await page.goto(`/flows/${slug}?node=say`);
  const text = page.getByTestId('panel').getByRole('textbox', { name: 'Text' });
  await text.waitFor();
  await page.context().clearCookies();
  await text.fill('A long text that nobody wants to type twice');
  await dialog(page).waitFor();
  await look.take('sign-in-again');
  await dialog(page).getByLabel('Password').fill('not the password');
  await dialog(page).getByRole('button', { name: 'Sign in' }).click();
  await dialog(page).getByRole('alert').waitFor();
  await signInAgain(page);
  await page.locator('[data-testid="save-state"][data-state="saved"]').waitFor();
  expect((await text.inputValue()).startsWith('A long text'), 'the text in the editor was lost');
  const { draft } = await (await page.request.get(`/api/v1/flows/${slug}`)).json();
  expect(draft.document.nodes[0].settings.text.startsWith('A long text'), 'the editor did not go on saving');
  await typeInForms(page);
  await typeInChat(page);
}

/** A form in a dialog sends what it holds once somebody signed in. */
async function typeInForms(page) {
  await page.goto('/settings/tools');
  await page.getByRole('button', { name: 'Add tool' }).first().click();
  const form = page.getByRole('dialog', { name: 'Add tool' });
  await form.getByLabel('Kind').selectOption('flow');
  await form.getByLabel('Name').fill('kept_tool');
  await form.getByLabel('Description').fill('Described at length.');
  await form.getByRole('combobox', { name: 'Flow', exact: true }).selectOption({ label: NOTE.name });
  await page.context().clearCookies();
  await form.getByRole('button', { name: 'Create' }).click();
  await signInAgain(page);
  await page.getByText('Described at length.').first().waitFor();
}

async function typeInChat(page) {
  await page.goto('/chat');
  const box = page.getByRole('textbox', { name: 'Your question' });
  await box.fill('Does Headwater need an API key?');
  await box.press('Enter');
  await page.waitForURL(/\/chat\/.+/);
  await lastAnswer(page);
  await page.context().clearCookies();
  await box.fill('Which formats can it read?');
  await box.press('Enter');
  await signInAgain(page);
  await page.getByTestId('question').filter({ hasText: 'Which formats can it read?' }).waitFor();
  await lastAnswer(page);
  expect((await page.getByTestId('question').filter({ hasText: 'Which formats can it read?' }).count()) === 1, 'the question was sent twice');
}
