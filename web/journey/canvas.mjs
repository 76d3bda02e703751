import { box, draftOf, saved } from './editor.mjs';
import { expect } from './expect.mjs';
import { publish } from './runs.mjs';

const node = (id) => ({ id, kind: 'template', settings: { text: id } });
const FLOW = {
  headwater: 1,
  name: 'In a row',
  kind: 'task',
  inputs: [{ name: 'word', type: 'string', required: true }],
  nodes: ['read', 'clean', 'sum', 'tell'].map(node),
  edges: [
    { from: 'start', to: 'read' },
    { from: 'read', to: 'clean' },
    { from: 'clean', to: 'sum' },
    { from: 'sum', to: 'tell' },
  ],
};

/** A flow opens at its start; menus, the plus on an edge and the panel for several nodes do what keys do. */
export async function useCanvas(page, look) {
  const slug = await publish(page, FLOW);
  await page.goto(`/flows/${slug}`);
  await page.getByRole('group', { name: 'Zoom' }).waitFor();
  const canvas = await page.locator('.react-flow').boundingBox();
  const start = await box(page, 'start').boundingBox();
  expect(start.x >= canvas.x && start.width >= 0.74 * 240, `the start is not in sight: ${JSON.stringify(start)}`);
  await insertIntoEdge(page);
  await box(page, 'read').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Duplicate' }).waitFor();
  await look.take('editor-menu', { widths: [1280] });
  await page.getByRole('menuitem', { name: 'Duplicate' }).click();
  await box(page, 'read2').waitFor();
  await page.locator('h1').click();
  await page.keyboard.press('Control+z');
  await box(page, 'read2').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+a');
  await page.getByTestId('chosen').getByRole('heading', { name: '6 nodes chosen' }).waitFor();
  expect((await page.evaluate(() => document.getSelection().toString())) === '', 'text of the page was marked');
  await look.take('editor-chosen', { widths: [1280] });
  await page.getByRole('button', { name: 'Left edges' }).click();
  await saved(page);
  const { layout } = (await draftOf(page, slug)).document;
  expect(new Set(Object.values(layout).map(([x]) => x)).size === 1, `the boxes are not in line: ${JSON.stringify(layout)}`);
  await page.keyboard.press('Escape');
  await ownUndo(page, slug);
  await switchOffSingleKeys(page, slug);
}

async function insertIntoEdge(page) {
  await page.locator('.react-flow__edge').first().hover({ force: true });
  await page.getByTestId('edge-plus').click();
  const search = page.getByRole('combobox', { name: 'What happens next?' });
  await search.fill('assign');
  await page.getByRole('option', { name: /^Assign/, disabled: true }).getByText('There is no variable to change yet.').waitFor();
  await search.fill('template');
  await search.press('Enter');
  await box(page, 'template').waitFor();
  await page.getByTestId('panel').getByRole('textbox', { name: 'Text' }).fill('between');
  await saved(page);
  const { edges } = (await draftOf(page, 'in-a-row')).document;
  expect(edges.some(({ from, to }) => from === 'start' && to === 'template') && edges.some(({ from, to }) => from === 'template' && to === 'read'), `the node is not in the edge: ${JSON.stringify(edges)}`);
}

/** What is typed into the form of a run is taken back there, and not in the flow. */
async function ownUndo(page, slug) {
  const before = JSON.stringify((await draftOf(page, slug)).document);
  await page.getByRole('tab', { name: 'Run' }).click();
  const word = page.getByRole('form', { name: 'Inputs of the run' }).getByLabel('word');
  await word.pressSequentially('42');
  await page.keyboard.press('Control+z');
  await page.waitForFunction(() => document.activeElement.value !== '42');
  await page.waitForTimeout(900);
  expect(JSON.stringify((await draftOf(page, slug)).document) === before, 'undo in the form of a run changed the flow');
  await page.getByRole('tab', { name: 'Run' }).click();
}

async function switchOffSingleKeys(page, slug) {
  await page.evaluate(() => localStorage.setItem('headwater.singleKeys', 'off'));
  await page.goto(`/flows/${slug}?list=yes`);
  await page.getByRole('list', { name: 'Nodes of the flow' }).waitFor();
  await page.locator('h1').click();
  await page.keyboard.press('n');
  await page.keyboard.press('/');
  await page.waitForTimeout(300);
  expect((await page.getByRole('combobox').count()) === 0 || !(await page.getByRole('dialog').isVisible()), 'a single key acted although they are off');
  await page.evaluate(() => localStorage.removeItem('headwater.singleKeys'));
  await page.getByRole('button', { name: 'Add a node' }).click();
  await page.getByRole('combobox', { name: 'What happens next?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Show as a canvas' }).click();
  await box(page, 'read').waitFor();
}

/** A program begins with a main that fits, is written with colours, and Tab leaves it after Escape. */
export async function writePrograms(page, look) {
  const slug = await publish(page, { ...FLOW, name: 'With a program', nodes: [], edges: [] });
  await page.goto(`/flows/${slug}`);
  await page.getByRole('button', { name: 'Add what happens next' }).click();
  const search = page.getByRole('combobox', { name: 'What happens next?' });
  await search.fill('code');
  await search.press('Enter');
  const code = page.getByRole('textbox', { name: 'Code', exact: true });
  await page.locator('.cm-content').waitFor();
  expect((await code.innerText()).includes('main({ word })'), `the program does not fit its inputs: ${await code.innerText()}`);
  await page.getByTestId('panel').getByLabel('Language').selectOption('python');
  await code.getByText('def main(inputs):').waitFor();
  await look.take('editor-code', { widths: [1280] });
  await code.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('# the end');
  await page.keyboard.press('Control+z');
  await page.waitForFunction(() => !document.querySelector('.cm-content').textContent.includes('# the end'));
  await page.keyboard.press('Tab');
  expect(await code.evaluate((field) => field === document.activeElement), 'Tab left the program at once');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  expect(await code.evaluate((field) => field !== document.activeElement), 'Tab does not leave the program after Escape');
  await saved(page);
  expect((await draftOf(page, slug)).document.nodes[0].settings.language === 'python', 'the program was not saved');
}
