import { ask, expect, lastAnswer } from './expect.mjs';

/** A conversation is given out to read as it is; what is said later is not in it, and it ends when it is taken back. */
export async function giveOut(page, look, title) {
  await page.goto('/chat');
  const link = page.getByRole('link', { name: title, exact: true }).first();
  await link.click();
  await page.waitForURL(/\/chat\/.+/);
  await page.getByTestId('answer').last().waitFor();
  await link.hover();
  await page.getByRole('button', { name: `Actions for ${title}` }).first().click();
  await page.getByRole('menuitem', { name: 'Share link…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Share this conversation' });
  await dialog.getByLabel('Can be read').selectOption({ label: 'For 7 days' });
  await dialog.getByRole('button', { name: 'Make a link' }).click();
  const row = dialog.getByTestId('snapshot').first();
  await row.waitFor();
  await look.take('chat-give-out');
  const address = await row.getByRole('link').getAttribute('href');
  await page.keyboard.press('Escape');
  await ask(page, 'Said after the link was made.');
  await lastAnswer(page);

  const context = await page.context().browser().newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  const stranger = await context.newPage();
  await stranger.goto(address);
  await stranger.getByTestId('answer').first().waitFor();
  const text = await stranger.locator('main').innerText();
  expect(text.includes(title), 'the conversation is not there');
  expect(!text.includes('Said after'), 'what was said later is there');
  await look.of(stranger).take('snapshot');

  await link.hover();
  await page.getByRole('button', { name: `Actions for ${title}` }).first().click();
  await page.getByRole('menuitem', { name: 'Share link…' }).click();
  await row.getByRole('button', { name: 'Remove the link' }).click();
  await row.waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await stranger.reload();
  await stranger.getByRole('heading', { level: 1 }).waitFor();
  expect((await stranger.getByTestId('answer').count()) === 0, 'the conversation is still there');
  await context.close();
}
