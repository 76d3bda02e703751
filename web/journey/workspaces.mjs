import { expect } from './expect.mjs';

const rail = (page) => page.getByRole('complementary', { name: 'Sidebar' });
const width = async (page) => Math.round((await rail(page).boundingBox()).width);

/** The rail becomes pictures only, stays so over a reload, and comes back. */
export async function collapseRail(page, look) {
  await page.goto('/chat');
  await rail(page).getByRole('button', { name: 'Collapse sidebar' }).click();
  await rail(page).getByRole('button', { name: 'Expand sidebar' }).waitFor();
  expect((await width(page)) === 52, `the narrow rail is ${await width(page)} px wide`);
  await page.reload();
  await rail(page).getByRole('button', { name: 'Expand sidebar' }).waitFor();
  expect((await width(page)) === 52, 'the rail forgot that it was narrow');
  await look.take('rail-narrow');
  await rail(page).getByRole('link', { name: 'Knowledge', exact: true }).click();
  await page.waitForURL(/\/knowledge$/);
  await rail(page).getByRole('button', { name: 'Expand sidebar' }).click();
  await rail(page).getByRole('button', { name: 'Collapse sidebar' }).waitFor();
  await page.waitForFunction(() => Math.round(document.getElementById('rail')?.getBoundingClientRect().width ?? 0) === 224);
}

async function switchTo(page, from, to) {
  await page.getByRole('button', { name: `Workspace ${from}, switch` }).click();
  await page.getByRole('menuitemradio', { name: to }).click();
  await page.getByRole('button', { name: `Workspace ${to}, switch` }).waitFor();
}

/** A second workspace has nothing of the first, and the way back finds everything. */
export async function switchWorkspaces(page, look) {
  await page.goto('/chat');
  const switcher = page.getByRole('button', { name: 'Workspace Home, switch' });
  await switcher.click();
  await look.take('workspace-menu', { widths: [1280] });
  // Looking may have closed it.
  if ((await switcher.getAttribute('aria-expanded')) !== 'true') await switcher.click();
  await page.getByRole('menuitem', { name: 'New workspace' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Press house');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await page.getByRole('button', { name: 'Workspace Press house, switch' }).waitFor();
  await page.getByRole('link', { name: 'Knowledge', exact: true }).click();
  await page.getByRole('link', { name: /handbook/i }).waitFor();
  expect((await page.getByRole('link', { name: /Orchard/ }).count()) === 0, 'the new workspace sees the old one’s documents');
  await page.reload();
  await switchTo(page, 'Press house', 'Home');
  await page.getByRole('link', { name: 'Knowledge', exact: true }).click();
  await page.getByRole('link', { name: /Orchard/ }).waitFor();
}
