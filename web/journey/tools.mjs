import { expect } from './expect.mjs';
import { publish } from './runs.mjs';

const AREA = {
  headwater: 1,
  name: 'Area',
  kind: 'task',
  inputs: [
    { name: 'width', type: 'number', required: true, description: 'In metres.' },
    { name: 'notes', type: 'list' },
  ],
  nodes: [{ id: 'reply', kind: 'answer', settings: { text: 'Width {{ start.width }}, {{ start.notes | join(" and ") }}' } }],
  edges: [{ from: 'start', to: 'reply' }],
};

/** A tool is added and called with a form made from its schema; then it is switched off. */
export async function addAndCallTool(page, look) {
  await publish(page, AREA);
  await page.goto('/settings/tools');
  await page.getByText('No tool yet').waitFor();
  await page.getByRole('button', { name: 'Add tool' }).click();
  const dialog = page.getByRole('dialog');
  await look.take('tool-add');
  await dialog.getByLabel('Kind').selectOption('flow');
  await dialog.getByLabel('Name').fill('area');
  await dialog.getByLabel('Description').fill('How large a room is.');
  await dialog.getByRole('combobox', { name: 'Flow', exact: true }).selectOption({ label: 'Area' });
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { level: 2, name: 'area' }).waitFor();
  const form = page.getByRole('form', { name: /^Call / });
  await form.getByRole('button', { name: 'Call' }).click();
  await form.getByText('This is needed.').waitFor();
  await form.getByLabel('width').fill('3.5');
  await form.getByLabel('notes').fill('["north wall", "south wall"]');
  await form.getByRole('button', { name: 'Call' }).click();
  await form.getByTestId('call-result').getByText('Width 3.5, north wall and south wall').first().waitFor();
  await look.take('tool');
  await page.getByRole('button', { name: 'Switch off' }).click();
  await page.getByText('It is off: nobody can call it.').waitFor();
  await page.getByRole('link', { name: 'Tools', exact: true }).first().click();
  await page.locator('[data-testid="tool"][data-name="area"]').getByText('Off').waitFor();
}

/** A secret is set, never shown again, and chosen for a header; an environment value keeps its type. */
export async function setSecretsAndValues(page, look) {
  await page.goto('/settings/secrets');
  await page.getByRole('button', { name: 'Add secret' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('CRM_KEY');
  await dialog.getByLabel('Text').fill('sk-very-secret');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.locator('[data-testid="secret-row"][data-name="CRM_KEY"]').waitFor();
  await page.reload();
  await page.locator('[data-testid="secret-row"][data-name="CRM_KEY"]').waitFor();
  expect(!(await page.content()).includes('sk-very-secret'), 'the secret is in the page');

  await page.goto('/settings/tools');
  await page.getByRole('button', { name: 'Add tool' }).click();
  await dialog.getByRole('button', { name: 'Add header' }).click();
  await dialog.getByLabel('Kind of header 1').selectOption('secret');
  await dialog.getByLabel('Secret of header 1', { exact: true }).selectOption('CRM_KEY');
  await look.take('tool-header', { widths: [390] });
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await page.goto('/settings/environment');
  await page.getByRole('button', { name: 'Add value' }).click();
  await dialog.getByLabel('Name').fill('REGION');
  await dialog.getByLabel('Type').selectOption('json');
  await dialog.getByLabel('Value').fill('{"limit": ');
  await dialog.getByText('This is not JSON.').waitFor();
  await dialog.getByLabel('Value').fill('{"limit": 5}');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const row = page.locator('[data-testid="environment-row"][data-name="REGION"]');
  await row.getByText('{"limit":5}').waitFor();
}
