import { becomes, start } from './runs.mjs';
import { expect } from './expect.mjs';

const HEADERS = { 'X-Requested-With': 'headwater' };
export const box = (page, id) => page.locator(`[data-testid="node"][data-id="${id}"]`);
export const saved = (page) => page.locator('[data-testid="save-state"][data-state="saved"]').waitFor();

/** The draft as the server has it. */
export async function draftOf(page, slug) {
  return (await (await page.request.get(`/api/v1/flows/${slug}`)).json()).draft;
}

/** Chooses what happens next in the menu, by its name. */
async function choose(page, name) {
  const search = page.getByRole('combobox', { name: 'What happens next?' });
  await search.fill(name);
  await search.press('Enter');
}

/** Makes a flow from nothing: by keys, by the mouse, and by dragging from a handle. */
export async function makeFlow(page, look) {
  await page.goto('/flows');
  await page.getByTestId('flow').first().waitFor();
  await look.take('flows');
  await page.getByRole('button', { name: 'New flow' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Greet somebody');
  await page.getByLabel('Task').check();
  await look.take('flows-new', { widths: [1280] });
  await page.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(/\/flows\/greet-somebody/);
  await page.getByRole('button', { name: 'Add what happens next' }).waitFor();
  await look.take('editor-empty');
  await page.keyboard.press('n');
  await choose(page, 'template');
  const panel = page.getByTestId('panel');
  await panel.getByRole('textbox', { name: 'Name of the node' }).fill('write');
  await page.keyboard.press('Enter');
  await box(page, 'write').waitFor();
  const text = panel.getByRole('textbox', { name: 'Text' });
  await text.fill('Hello, ');
  await text.press('End');
  await text.pressSequentially('{{');
  await page.getByRole('combobox', { name: 'Search values' }).waitFor();
  await look.take('editor-values', { widths: [1280] });
  await page.keyboard.press('Escape');
  // An input of the flow, which the template then names.
  await box(page, 'start').click();
  await panel.getByRole('button', { name: 'Add an input' }).click();
  await panel.getByRole('group', { name: 'Inputs' }).getByRole('textbox', { name: 'Name' }).fill('name');
  await box(page, 'write').click();
  await text.fill('Hello, ');
  await panel.getByRole('button', { name: 'Insert a value' }).click();
  await page.getByRole('combobox', { name: 'Search values' }).fill('start.name');
  await page.keyboard.press('Enter');
  expect((await text.inputValue()) === 'Hello, {{ start.name }}', `the value was not inserted: ${await text.inputValue()}`);
  const chip = panel.getByTestId('reference').first();
  await chip.click();
  expect((await page.evaluate(() => document.getSelection().toString())) === '{{ start.name }}', 'the chip does not lead to its value');
  await dragOut(page, 'write');
  await choose(page, 'output');
  await box(page, 'output').waitFor();
  await panel.getByRole('button', { name: 'Add a value' }).click();
  await panel.getByRole('textbox', { name: 'Values: name 1' }).fill('greeting');
  await page.keyboard.press('Enter');
  await panel.getByRole('textbox', { name: 'greeting', exact: true }).fill('{{ write.text }}');
  await saved(page);
  const { document } = await draftOf(page, 'greet-somebody');
  expect(document.edges.length === 2, `there are edges missing: ${JSON.stringify(document.edges)}`);
  expect(document.nodes[1].settings.values.greeting === '{{ write.text }}', 'the output was not saved');
}

/** Drags from a node's way out to where nothing is. */
async function dragOut(page, id, by = { x: 24, y: 160 }) {
  const handle = box(page, id).locator('.react-flow__handle.source').first();
  await handle.hover();
  const at = await handle.boundingBox();
  const [x, y] = [at.x + at.width / 2, at.y + at.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + by.x / 2, y + by.y / 2, { steps: 4 });
  await page.mouse.move(x + by.x, y + by.y, { steps: 4 });
  await page.mouse.up();
}

/** A mistake is found, leads to its field, and is taken back; everything can be. */
export async function breakAndFix(page, look) {
  const panel = page.getByTestId('panel');
  await box(page, 'write').click();
  const text = panel.getByRole('textbox', { name: 'Text' });
  await text.fill('Hello, {{ nobody.name }}');
  await page.getByRole('tab', { name: /Problems/ }).click();
  const problem = page.getByTestId('problem').first();
  await problem.waitFor();
  await panel.locator('[data-testid="reference"][data-known="false"]').getByText('nobody.name').waitFor();
  await box(page, 'output').click();
  await look.take('editor-problems');
  await problem.click();
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
  expect((await page.evaluate(() => document.activeElement.value)).includes('nobody'), 'the problem did not lead to its field');
  await page.keyboard.press('Control+z');
  await page.getByText('No problems. This flow can be published.').waitFor();
  expect((await text.inputValue()).includes('start.name'), 'undo did not bring the text back');
  await page.keyboard.press('Control+Shift+z');
  await problem.waitFor();
  await page.keyboard.press('Control+z');
  await page.getByText('No problems. This flow can be published.').waitFor();
  await copyAndDelete(page);
}

async function copyAndDelete(page) {
  await box(page, 'write').click();
  await page.locator('h1').click();
  await page.keyboard.press('Control+c');
  await page.keyboard.press('Control+v');
  await box(page, 'write2').waitFor();
  await page.keyboard.press('Control+z');
  await box(page, 'write2').waitFor({ state: 'detached' });
  await box(page, 'write').click();
  await page.locator('h1').click();
  await page.keyboard.press('Control+d');
  await box(page, 'write2').waitFor();
  await page.keyboard.press('Delete');
  await box(page, 'write2').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+z');
  await box(page, 'write2').waitFor();
  await box(page, 'write2').click();
  await page.locator('h1').click();
  await page.keyboard.press('Control+x');
  await box(page, 'write2').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+v');
  await box(page, 'write2').waitFor();
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await box(page, 'write2').waitFor();
  await page.keyboard.press('Control+z');
  await box(page, 'write2').waitFor({ state: 'detached' });
  await saved(page);
}

/** The draft runs, and the canvas shows what each node did; one node runs alone. */
export async function runAndWatch(page, look) {
  await page.keyboard.press('Control+Enter');
  await page.getByRole('tab', { name: 'Run' }).waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('form', { name: 'Inputs of the run' }).getByLabel('name').fill('Ada');
  await page.keyboard.press('Control+Enter');
  await page.locator('[data-testid="run-state"][data-status="succeeded"]').waitFor();
  await page.locator('[data-testid="node"][data-id="write"][data-status="done"]').waitFor();
  expect(/run=run_/.test(page.url()), 'the run is not in the address');
  await box(page, 'write').click();
  await page.getByTestId('step-panel').getByText('Hello, Ada').first().waitFor();
  await look.take('editor-run');
  await page.getByTestId('panel').getByRole('button', { name: /^Run only this node/ }).click();
  const trial = page.getByRole('form', { name: 'Run only write' });
  const name = trial.getByLabel('name');
  await name.waitFor();
  expect((await name.inputValue()) === 'Ada', 'what the run had is not filled in');
  await name.fill('Grace');
  await look.take('editor-trial', { widths: [1280] });
  await page.getByRole('button', { name: 'Run the node' }).click();
  await page.getByTestId('step-panel').getByText('Hello, Grace').first().waitFor();
  await tryOutput(page);
}

/** A node that reads another one is given what that gave in earlier runs; what is no JSON is told where it stands. */
async function tryOutput(page) {
  await page.getByRole('button', { name: 'Run the whole draft instead' }).click();
  await page.getByRole('form', { name: 'Inputs of the run' }).waitFor();
  await box(page, 'output').click();
  await page.getByTestId('panel').getByRole('button', { name: /^Run only this node/ }).click();
  const given = page.getByRole('form', { name: 'Run only output' }).getByRole('textbox', { name: 'write', exact: true });
  await given.waitFor();
  expect(JSON.parse(await given.inputValue()).text === 'Hello, Grace', `what the last run gave is not filled in: ${await given.inputValue()}`);
  await given.fill('{"text": ');
  await page.getByText('This is not a JSON object.').waitFor();
  await given.fill('{"text": "By hand"}');
  await page.getByRole('button', { name: 'Run the node' }).click();
  await page.getByTestId('step-panel').getByText('By hand').first().waitFor();
  await box(page, 'write').click();
}

/** Publishes twice, sees what changed field by field, and rolls back. */
export async function publishAndRollBack(page, look) {
  const publishDraft = async (message, number) => {
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    const dialog = page.getByRole('dialog');
    if (number > 1) await dialog.getByTestId('publish-changes').getByText('settings.text').waitFor();
    await dialog.getByRole('textbox').fill(message);
    await dialog.getByRole('button', { name: 'Publish' }).click();
    await page.getByText(`Published, v${number}`, { exact: true }).waitFor();
  };
  await publishDraft('The first one', 1);
  await page.getByTestId('panel').getByRole('textbox', { name: 'Text' }).fill('Good day, {{ start.name }}');
  await saved(page);
  await page.getByRole('tab', { name: 'Versions' }).click();
  const diff = page.getByTestId('diff');
  await diff.getByText('settings.text').waitFor();
  await diff.getByText('Good day, {{ start.name }}').waitFor();
  await look.take('editor-versions');
  await page.getByText('Unpublished changes').waitFor();
  await publishDraft('More formal', 2);
  await page.getByText('Unpublished changes').waitFor({ state: 'detached' });
  await page.getByTestId('revision').nth(1).click();
  await page.getByRole('button', { name: 'Roll back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
  await page.getByText('Published, v3', { exact: true }).waitFor();
  const run = await start(page, 'greet-somebody', { name: 'Ada' });
  const { outputs } = await becomes(page, run, 'succeeded');
  expect(outputs.greeting === 'Hello, Ada', `the first version does not run: ${JSON.stringify(outputs)}`);
}

/** Somebody else saves first: nothing is overwritten, and both changes can be kept. */
export async function meetAtOneDraft(page, look) {
  await page.goto('/flows/greet-somebody?node=write');
  const text = page.getByTestId('panel').getByRole('textbox', { name: 'Text' });
  await text.waitFor();
  const theirs = async (change) => {
    const { document, version } = await draftOf(page, 'greet-somebody');
    change(document);
    const saved = await page.request.put('/api/v1/flows/greet-somebody/draft', { headers: HEADERS, data: { document, version } });
    expect(saved.ok(), `the other one could not save: ${await saved.text()}`);
  };
  await theirs((document) => {
    document.description = 'From elsewhere';
  });
  await text.fill('Both of us, {{ start.name }}');
  await page.getByText('Somebody else changed this flow while you did.').waitFor();
  await look.take('editor-conflict');
  expect((await draftOf(page, 'greet-somebody')).document.description === 'From elsewhere', 'what they saved was overwritten');
  await page.getByRole('button', { name: 'Keep both' }).click();
  await saved(page);
  const both = (await draftOf(page, 'greet-somebody')).document;
  expect(both.description === 'From elsewhere' && both.nodes[0].settings.text.startsWith('Both of us'), 'one of two changes was lost');
  await chooseFieldByField(page, look, theirs);
  await theirs((document) => {
    document.nodes[0].settings.text = 'Theirs';
  });
  await text.fill('Mine');
  await page.getByTestId('clashes').getByText('settings.text').waitFor();
  await page.getByRole('button', { name: 'Keep mine as a copy' }).click();
  await page.waitForURL(/greet-somebody-my-version/);
  expect((await draftOf(page, 'greet-somebody')).document.nodes[0].settings.text === 'Theirs', 'what they saved was overwritten by a copy');
}

/** Both change one field, and others of the same node: the field is chosen, and what was loaded can be taken back. */
async function chooseFieldByField(page, look, theirs) {
  const text = page.getByTestId('panel').getByRole('textbox', { name: 'Text' });
  const clashes = page.getByTestId('clashes');
  await theirs((document) => {
    document.nodes[0].settings.text = 'Theirs';
    document.nodes[0].timeout = '9s';
  });
  await text.fill('Mine');
  await clashes.getByRole('group', { name: /write settings.text/ }).waitFor();
  await look.take('editor-clash');
  expect((await clashes.getByRole('group').count()) === 1, 'fields that only one changed are asked for');
  await page.getByRole('button', { name: 'Load theirs', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Load theirs, drop mine' }).click();
  await saved(page);
  expect((await text.inputValue()) === 'Theirs', 'what they saved was not loaded');
  await page.locator('h1').click();
  await page.keyboard.press('Control+z');
  await saved(page);
  expect((await text.inputValue()) === 'Mine', 'undo did not bring back what was dropped');
  await theirs((document) => {
    document.nodes[0].settings.text = 'Theirs again';
    document.nodes[0].timeout = '11s';
  });
  await text.fill('Mine again');
  await clashes.getByRole('radio', { name: /^Theirs/ }).check();
  await page.getByRole('button', { name: 'Merge as chosen' }).click();
  await saved(page);
  const [node] = (await draftOf(page, 'greet-somebody')).document.nodes;
  expect(node.settings.text === 'Theirs again' && node.timeout === '11s', `the merge is not as chosen: ${JSON.stringify(node)}`);
}

