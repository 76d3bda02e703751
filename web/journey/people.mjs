import { expect } from './expect.mjs';

const PERSON = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'spring water runs downhill 7' };

export async function setUp(page, look) {
  await page.goto('/');
  await page.waitForURL(/\/setup/);
  await page.getByRole('heading', { name: 'Create the owner account' }).waitFor();
  await look.take('setup-owner');
  const code = page.getByLabel('Set-up code');
  if (await code.count()) {
    expect(process.env.SETUP_CODE, 'the server asks for a set-up code; give it as SETUP_CODE');
    await code.fill(process.env.SETUP_CODE);
  }
  await page.getByLabel('Name', { exact: true }).fill(PERSON.name);
  await page.getByLabel('Email').fill(PERSON.email);
  await page.getByLabel('Password').fill(PERSON.password);
  await page.getByRole('button', { name: 'Create account' }).click();

  await page.getByRole('heading', { name: 'Choose what writes the answers' }).waitFor();
  await look.take('setup-model');
  await page.getByRole('button', { name: 'Continue' }).click();

  await page.getByRole('heading', { name: 'Ask the first question' }).waitFor();
  await look.take('setup-question');
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
