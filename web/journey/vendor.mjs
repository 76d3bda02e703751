import { ask, expect, lastAnswer } from './expect.mjs';

export async function connectVendor(page, look, url) {
  await page.goto('/settings/models');
  await page.getByRole('button', { name: 'Add provider' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('scripted');
  await dialog.getByLabel('Base URL').fill(url);
  await dialog.getByLabel('API key').fill('sk-journey');
  await look.take('provider-add');
  await dialog.getByRole('button', { name: 'Test' }).click();
  await dialog.getByText(/Connected in/).waitFor();
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  const row = page.locator('[data-testid="provider"][data-name="scripted"]');
  await row.getByRole('button', { name: 'Test' }).click();
  await row.getByText(/Connected in/).waitFor();
  await row.getByRole('button', { name: /^Use / }).first().click();
  await row.getByText('Default', { exact: true }).waitFor();
}

export async function askVendor(page, look) {
  await page.goto('/chat');
  await ask(page, 'What is a knowledge base?');
  await page.waitForURL(/\/chat\/.+/);
  const answer = await lastAnswer(page);
  const status = await answer.getAttribute('data-status');
  expect(status === 'done', `the vendor's answer ended as ${status}: ${await answer.innerText()}`);
  await answer.getByText(/scripted\//).waitFor();
  await look.take('chat-vendor');
}

/** Chooses a default model by typing its name. */
export async function chooseDefault(page, model) {
  await page.goto('/settings/models');
  const box = page.getByLabel('Model', { exact: true });
  await box.fill(model);
  const saved = page.waitForResponse((response) => response.url().endsWith('/models/default'));
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  expect((await saved).ok(), `the default model ${model} was refused with ${(await saved).status()}`);
}
