import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from './expect.mjs';

const source = (page, status) => page.locator(`[data-testid="source"][data-status="${status}"]`);

/** Presses a button that asks for a sync, and waits for what comes of it. */
async function sync(page, counts) {
  await page.getByRole('button', { name: 'Sync Trees now' }).click();
  for (const count of counts) await source(page, 'succeeded').getByText(count, { exact: true }).waitFor();
}

/** Adds a folder, has it synced, changes it, and removes the source without its documents. */
export async function keepInStep(page, look, folder) {
  const trees = join(folder, 'trees');
  mkdirSync(join(trees, 'drafts'), { recursive: true });
  for (const name of ['apple', 'pear', 'plum']) writeFileSync(join(trees, `${name}.md`), `# ${name}\n\nThe ${name} tree stands by the wall.\n`);
  writeFileSync(join(trees, 'drafts', 'quince.md'), '# quince\n\nNot yet.\n');

  await page.goto('/knowledge');
  await page.getByRole('button', { name: 'New knowledge base' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Arboretum');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { level: 1, name: 'Arboretum' }).waitFor();
  await page.getByRole('link', { name: 'Sources', exact: true }).click();
  await page.getByText('No source yet').waitFor();
  await page.getByRole('button', { name: 'Add a source' }).click();
  const dialog = page.getByRole('dialog');
  await look.take('knowledge-source-new');
  await dialog.getByLabel('Kind').selectOption('folder');
  await dialog.getByLabel('Path').fill('/etc');
  await dialog.getByRole('button', { name: 'Add and sync' }).click();
  await dialog.getByText('is no directory below one that the operator allows').waitFor();
  const wrong = await dialog.getByLabel('Path').getAttribute('aria-invalid');
  expect(wrong === 'true', 'what was refused does not stand at its field');
  await look.take('knowledge-source-refused', { widths: [390] });
  await dialog.getByLabel('Path').fill(trees);
  await dialog.getByLabel('Name').fill('Trees');
  await dialog.getByText('Narrow it down').click();
  await dialog.getByLabel('Not these').fill('drafts/*');
  await dialog.getByRole('button', { name: 'Add and sync' }).click();
  await dialog.waitFor({ state: 'detached' });
  await source(page, 'succeeded').getByText('3 added', { exact: true }).waitFor();

  await page.getByRole('link', { name: 'Documents', exact: true }).click();
  await page.locator('[data-testid="document"][data-status="ready"]').nth(2).waitFor({ timeout: 60_000 });
  await page.getByText(join(trees, 'pear.md')).waitFor();
  await look.take('knowledge-source-documents');
  await page.getByRole('button', { name: 'Actions for pear.md' }).click();
  await page.getByRole('menuitem').first().waitFor();
  expect((await page.getByRole('menuitem', { name: 'Delete' }).count()) === 0, 'a document of a source offers to be deleted');
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'Sources', exact: true }).click();
  writeFileSync(join(trees, 'pear.md'), '# pear\n\nThe pear tree was moved to the gate.\n');
  await sync(page, ['1 changed', '2 unchanged']);
  await page.getByRole('button', { name: 'Trees', exact: true }).click();
  await page.getByTestId('sync').nth(1).waitFor();
  expect(/source=src_/.test(page.url()), `the address does not have the source: ${page.url()}`);
  await look.take('knowledge-sources');

  await page.getByRole('button', { name: 'Actions for Trees' }).click();
  await page.getByRole('menuitem', { name: 'Pause' }).click();
  await page.getByText('Paused', { exact: true }).waitFor();
  rmSync(join(trees, 'plum.md'));
  await sync(page, ['1 removed']);
  await page.getByRole('button', { name: 'Actions for Trees' }).click();
  await page.getByRole('menuitem', { name: 'Remove', exact: true }).click();
  await dialog.getByLabel('Keep 2 documents').check();
  await look.take('knowledge-source-remove');
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByText('No source yet').waitFor();
  await page.getByRole('link', { name: 'Documents', exact: true }).click();
  await page.locator('[data-testid="document"]').nth(1).waitFor();
}
