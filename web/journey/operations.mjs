import { expect } from './expect.mjs';

const entries = (page) => page.getByTestId('audit-entry');

/** The audit log is narrowed down, which its address keeps; the limits say what is used of them. */
export async function readAuditAndLimits(page, look) {
  await page.goto('/settings/audit');
  await entries(page).nth(2).waitFor();
  await look.take('audit');
  await page.getByLabel('What', { exact: true }).selectOption('Knowledge bases');
  await page.waitForURL(/action=knowledge_base/);
  await page.locator('[data-testid="audit-entry"][data-action="flow.create"]').first().waitFor({ state: 'detached' });
  await entries(page).getByText('Ada Lovelace').first().waitFor();
  const actions = await entries(page).evaluateAll((all) => all.map((entry) => entry.dataset.action));
  expect(actions.every((action) => action.startsWith('knowledge_base.')), `other entries are there: ${actions}`);
  await page.reload();
  await entries(page).first().waitFor();
  expect((await page.getByLabel('What', { exact: true }).inputValue()) === 'knowledge_base', 'the reload forgot what was asked for');
  await page.getByLabel('To', { exact: true }).fill('2020-01-31');
  await page.getByText('No entry is like this').waitFor();
  await look.take('audit-none', { widths: [390] });
  await page.getByLabel('From', { exact: true }).fill('2020-02-01');
  await page.getByText('The last day is before the first.').waitFor();
  await page.getByRole('link', { name: 'Show all entries' }).click();
  await entries(page).nth(2).waitFor();

  await page.goto('/settings/usage');
  const documents = page.locator('[data-testid="limit"][data-name="documents"]');
  await documents.getByText(/^\d+, without a limit$/).waitFor();
  await page.locator('[data-testid="limit"][data-name="concurrent_runs"]').getByText('0 of 256').waitFor();
  await look.take('limits');
  await page.getByRole('link', { name: 'Open usage in the monitor' }).click();
  await page.waitForURL(/\/monitor\/usage/);
}
