import { box, draftOf, saved } from './editor.mjs';
import { expect } from './expect.mjs';
import { publish } from './runs.mjs';

const node = (id) => ({ id, kind: 'template', settings: { text: id } });
const FLOW = {
  headwater: 1,
  name: 'Grouped',
  kind: 'task',
  nodes: ['read', 'clean', 'sum', 'tell'].map(node),
  edges: [
    { from: 'start', to: 'read' },
    { from: 'read', to: 'clean' },
    { from: 'clean', to: 'sum' },
    { from: 'sum', to: 'tell' },
  ],
};

const frame = (page) => page.getByTestId('frame');
const at = async (page, id) => {
  const { x, y } = await box(page, id).boundingBox();
  return [Math.round(x), Math.round(y)];
};

/** Boxes are put into a frame, which moves, folds, is copied, named in the list, and taken away again. */
export async function groupBoxes(page, look) {
  const slug = await publish(page, FLOW);
  await page.goto(`/flows/${slug}`);
  await box(page, 'tell').waitFor();
  await box(page, 'read').click();
  await box(page, 'clean').click({ modifiers: ['Control'] });
  await page.getByRole('button', { name: 'Group', exact: true }).waitFor();
  await page.keyboard.press('Control+g');
  await frame(page).waitFor();
  await frame(page).getByRole('textbox', { name: 'Title of the group' }).fill('Reading');
  await frame(page).getByRole('radio', { name: 'Green' }).check();
  await look.take('editor-group');
  await moveFrame(page);
  await saved(page);
  const { document } = await draftOf(page, slug);
  const [group] = document.groups;
  expect(group.title === 'Reading' && group.colour === 'green' && group.nodes.join() === 'read,clean', `the group was not saved: ${JSON.stringify(document.groups)}`);
  await foldFrame(page, look);
  await copyFrame(page);
  await page.getByRole('button', { name: 'Show as a list' }).click();
  const inside = page.getByRole('list', { name: 'Group Reading' });
  await inside.getByRole('button', { name: /^clean/ }).waitFor();
  expect((await inside.getByTestId('list-node').count()) === 2, 'the list has others in the group');
  await look.take('editor-group-list', { widths: [1280] });
  await page.getByRole('button', { name: 'Show as a canvas' }).click();
  await frame(page).getByRole('button', { name: 'Reading', exact: true }).click();
  await page.keyboard.press('Control+Shift+g');
  await frame(page).waitFor({ state: 'detached' });
  await box(page, 'read').waitFor();
  // Where boxes stand together changes nothing in a run, and the versions say so.
  await page.keyboard.press('Control+z');
  await frame(page).waitFor();
  await saved(page);
  const told = await (await page.request.get(`/api/v1/flows/${slug}/diff`)).json();
  expect(told.changes.length === 0 && told.regrouped === 1, `the diff says: ${JSON.stringify(told)}`);
}

/** Waits until the box is at a place: what a key does is drawn with the next frame. */
async function comesTo(page, place, otherwise) {
  for (let tries = 0; (await at(page, 'clean')).join() !== place.join(); tries++) {
    const now = await at(page, 'clean');
    expect(tries < 100, `${otherwise}: it is at ${now}, not at ${place}`);
    await page.waitForTimeout(50);
  }
}

/** Where the box comes to rest: the last moves of the mouse may be drawn after its button is up. */
async function rest(page, from) {
  let last = from;
  for (let still = 0, tries = 0; still < 4; tries++) {
    expect(tries < 100, `the boxes did not move with their frame: ${from} → ${last}`);
    await page.waitForTimeout(50);
    const now = await at(page, 'clean');
    still = now[1] > from[1] + 40 && now.join() === last.join() ? still + 1 : 0;
    last = now;
  }
  return last;
}

async function moveFrame(page) {
  const before = await at(page, 'clean');
  const alone = await at(page, 'tell');
  const head = await frame(page).boundingBox();
  await page.mouse.move(head.x + head.width / 2, head.y + 4);
  await page.mouse.down();
  await page.mouse.move(head.x + head.width / 2, head.y + 44, { steps: 4 });
  await page.mouse.move(head.x + head.width / 2, head.y + 84, { steps: 4 });
  await page.mouse.up();
  const after = await rest(page, before);
  expect((await at(page, 'tell')).join() === alone.join(), 'a box outside the frame moved');
  await page.keyboard.press('Control+z');
  await comesTo(page, before, 'undo did not bring the boxes back');
  await page.keyboard.press('Control+Shift+z');
  await comesTo(page, after, 'redo did not move the boxes again');
}

async function foldFrame(page, look) {
  const edges = await page.locator('.react-flow__edge').count();
  await frame(page).getByRole('button', { name: 'Close Reading' }).click();
  await frame(page).getByText('2 boxes').waitFor();
  expect((await box(page, 'read').count()) === 0, 'a closed group shows its boxes');
  await page.waitForFunction((count) => document.querySelectorAll('.react-flow__edge').length === count, edges - 1);
  await look.take('editor-group-closed', { widths: [1280] });
  // Looked for, a box comes out of its closed group.
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.getByRole('combobox', { name: 'Find a node' }).fill('clean');
  await page.keyboard.press('Enter');
  await box(page, 'clean').waitFor();
  await page.locator('h1').click();
  await page.keyboard.press('Escape');
  await frame(page).getByRole('button', { name: 'Open Reading' }).click();
  await box(page, 'read').waitFor();
}

async function copyFrame(page) {
  await frame(page).getByRole('button', { name: 'Reading', exact: true }).click();
  await page.locator('h1').click();
  await page.keyboard.press('Control+d');
  await box(page, 'read2').waitFor();
  expect((await frame(page).count()) === 2, 'the copy has no frame');
  await page.keyboard.press('Delete');
  await box(page, 'read2').waitFor({ state: 'detached' });
  expect((await frame(page).count()) === 1, 'the frame of the copy stayed without its boxes');
}
