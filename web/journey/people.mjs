import { expect } from './expect.mjs';
import { handbookIsRead } from './knowledge-evaluate.mjs';

export const PERSON = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'spring water runs downhill 7' };

export async function setUp(page, look) {
  await page.goto('/');
  await page.waitForURL(/\/setup/);
  await page.getByRole('heading', { name: 'Create the owner account' }).waitFor();
  await look.take('setup-owner');
  const code = page.getByLabel('Set-up code');
  const printed = process.env.SETUP_CODE;
  expect((await code.count()) === 0 || printed, 'the server asks for a set-up code; give it as SETUP_CODE');
  if (printed) await code.fill('0000-0000');
  await page.getByLabel('Name', { exact: true }).fill(PERSON.name);
  await page.getByLabel('Email').fill(PERSON.email);
  await page.getByLabel('Password').fill(PERSON.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  if (printed) {
    await page.getByText('Enter the one-time code').waitFor();
    await look.take('setup-wrong-code');
    await code.fill(printed);
    await page.getByRole('button', { name: 'Create account' }).click();
  }

  await page.getByRole('heading', { name: 'Choose what writes the answers' }).waitFor();
  await look.take('setup-model');
  await page.getByRole('button', { name: 'Continue' }).click();

  await page.getByRole('heading', { name: 'Ask the first question' }).waitFor();
  await look.take('setup-question');
}

/** The owner without the pages of set-up; the handbook is read when this ends. */
export async function setUpQuickly(page, place) {
  const code = process.env.SETUP_CODE;
  const made = await page.request.post('/api/v1/setup', { headers: { 'X-Requested-With': 'headwater' }, data: { ...PERSON, code } });
  expect(made.ok(), `set-up was refused: ${await made.text()}`);
  await handbookIsRead(page);
  await page.goto(place);
}

export async function signOutAndIn(page, look) {
  await page.goto('/knowledge');
  await page.getByRole('button', { name: /your menu/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL(/\/login/);
  await page.goto('/knowledge');
  await page.waitForURL(/\/login\?next=/);
  await look.take('login');
  await page.getByLabel('Email').fill(PERSON.email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Password').fill(PERSON.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/knowledge$/);
}
