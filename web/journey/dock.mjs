import { becomes, start } from './runs.mjs';
import { expect } from './expect.mjs';
import { box } from './editor.mjs';

const notice = (page) => page.getByTestId('other-version');
const rows = (page) => page.getByTestId('history-run');

/** Below the canvas stand the flow's runs and everything that can be read; what ran is shown as it ran, and runs again with the draft. */
export async function seeWhatRan(page, look) {
  const slug = 'greet-somebody';
  const earlier = await start(page, slug, { name: 'Edsger' });
  await becomes(page, earlier, 'succeeded');
  await page.goto(`/flows/${slug}`);
  await box(page, 'write').waitFor();
  await page.getByRole('tab', { name: 'History' }).click();
  const row = page.locator(`[data-testid="history-run"][data-run="${earlier}"]`);
  await row.getByText('v3').waitFor();
  await row.getByText('Edsger').waitFor();
  await row.getByRole('button').click();
  await notice(page).getByText('This run ran version 3, which differs from the draft.').waitFor();
  expect(page.url().includes(`run=${earlier}`), 'the run is not in the address');
  await page.locator('[data-testid="node"][data-id="write"][data-status="done"]').waitFor();
  await box(page, 'write').click();
  const text = page.getByTestId('panel').getByRole('textbox', { name: 'Text' });
  expect((await text.inputValue()) === 'Hello, {{ start.name }}', 'the canvas does not show what ran');
  expect(await text.isDisabled(), 'what ran can be changed');
  await look.take('editor-history');
  await readValues(page, look);
  await runAgain(page, slug);
  await showVersion(page, look, slug);
}

/** Values are found by what they are, and their names are ready to be put into a text. */
async function readValues(page, look) {
  await page.getByRole('tab', { name: 'Variables' }).click();
  const value = (path) => page.locator(`[data-testid="variable"][data-path="${path}"]`);
  await value('start.name').getByText('Edsger').waitFor();
  await value('write.text').getByText('Hello, Edsger').waitFor();
  await look.take('editor-variables');
  await page.getByRole('searchbox', { name: 'Search names, types and values' }).fill('hello');
  await value('start.name').waitFor({ state: 'detached' });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await value('write.text').getByRole('button', { name: 'Copy {{ write.text }}' }).click();
  await value('write.text').getByRole('button', { name: 'Copied' }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied === '{{ write.text }}', `something else was copied: ${copied}`);
}

/** The draft runs with what the earlier run had; its run is one of the flow's, and is drawn over the draft. */
async function runAgain(page, slug) {
  await page.getByRole('tab', { name: 'Run', exact: true }).click();
  const name = page.getByRole('form', { name: 'Inputs of the run' }).getByLabel('name');
  expect((await name.inputValue()) === 'Edsger', 'the form is not filled from the run that is drawn');
  const before = page.url();
  await page.getByRole('button', { name: 'Run again with these inputs' }).click();
  await page.waitForURL((url) => url.href !== before && url.searchParams.has('run'));
  await notice(page).waitFor({ state: 'detached' });
  await page.locator('[data-testid="run-state"][data-status="succeeded"]').waitFor();
  const run = new URL(page.url()).searchParams.get('run');
  const { items } = await (await page.request.get(`/api/v1/runs?flow=${slug}&limit=1`)).json();
  expect(items[0]?.id === run && items[0].input.name === 'Edsger', 'the run of the draft is none of the flow');
  await page.getByRole('tab', { name: 'History' }).click();
  await rows(page).first().getByText('Draft').waitFor();
  await page.goto(`/runs/${run}`);
  await page.getByRole('link', { name: 'Open in the editor' }).click();
  await page.locator('[data-testid="node"][data-id="write"][data-status="done"]').waitFor();
  expect((await notice(page).count()) === 0, 'the draft that ran is shown as if it were another');
}

/** A published version is looked at in place of the draft, which is there as it was when one goes back. */
async function showVersion(page, look, slug) {
  await page.goto(`/flows/${slug}?v=2`);
  await notice(page).getByText('This is version 2, not the draft.').waitFor();
  await box(page, 'write').click();
  const text = page.getByTestId('panel').getByRole('textbox', { name: 'Text' });
  expect((await text.inputValue()) === 'Good day, {{ start.name }}', 'the version is not what was published');
  await look.take('editor-version', { widths: [1280] });
  await page.getByRole('button', { name: 'Back to the draft' }).click();
  await notice(page).waitFor({ state: 'detached' });
  await box(page, 'write').click();
  expect((await text.inputValue()) === 'Theirs', 'the draft is not what it was');
}

/** A chat flow that remembers what it was asked. */
const KEEPS = {
  headwater: 1,
  name: 'Keeps topics',
  slug: 'keeps-topics',
  kind: 'chat',
  inputs: [
    { name: 'question', type: 'string', required: true },
    { name: 'tone', type: 'string', default: 'friendly' },
  ],
  variables: [
    { name: 'topics', type: 'list', default: [] },
    { name: 'who', type: 'string', default: 'nobody' },
  ],
  nodes: [
    { id: 'keep', kind: 'assign', settings: { changes: [{ variable: 'topics', op: 'append', value: '{{ start.question }}' }] } },
    { id: 'reply', kind: 'answer', settings: { text: '**{{ conversation.who }}**, topic {{ conversation.topics | length }}, told {{ conversation.history | length }}' } },
  ],
  edges: [
    { from: 'start', to: 'keep' },
    { from: 'keep', to: 'reply' },
  ],
};

/** A draft is talked with before anybody else has it: with what was said, and with what it remembers, which can be changed. */
export async function talkWithDraft(page, look) {
  const made = await page.request.post('/api/v1/flows', { headers: { 'X-Requested-With': 'headwater' }, data: { document: KEEPS } });
  expect(made.ok(), `the flow was refused: ${await made.text()}`);
  await page.goto(`/flows/${KEEPS.slug}`);
  await box(page, 'keep').waitFor();
  await page.getByRole('tab', { name: 'Run', exact: true }).click();
  await page.getByRole('button', { name: 'Conversation', exact: true }).click();
  const talk = page.getByRole('region', { name: 'Conversation with the draft' });
  const turn = (number) => talk.getByTestId('turn').nth(number);
  const question = talk.getByRole('textbox', { name: 'Your question' });
  const ask = async (text, answer) => {
    await question.fill(text);
    await question.press('Enter');
    await talk.getByText(answer, { exact: true }).waitFor();
  };
  await ask('Rivers', 'nobody, topic 1, told 0');
  await page.locator('[data-testid="node"][data-id="reply"][data-status="done"]').waitFor();
  await talk.getByRole('button', { name: /^Variables/ }).click();
  const form = talk.getByRole('group', { name: 'Variables', exact: true });
  expect((await form.getByLabel('topics').inputValue()) === 'Rivers', 'what the conversation remembers is not shown');
  await form.getByLabel('who').fill('Ada');
  await ask('Lakes', 'Ada, topic 2, told 2');
  await turn(0).getByRole('button', { name: 'Show on the canvas' }).click();
  const first = await turn(0).getAttribute('data-run');
  await page.waitForURL((url) => url.searchParams.get('run') === first);
  await look.take('editor-talk');
  await page.reload();
  await turn(1).getByRole('button', { name: 'Ask again' }).click();
  await turn(1).locator('xpath=self::*[@data-status="succeeded"]').waitFor();
  await talk.getByText('Ada, topic 2, told 2', { exact: true }).waitFor();
  await talk.getByRole('button', { name: 'Start over' }).click();
  await turn(0).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Once', exact: true }).click();
  await page.getByRole('form', { name: 'Inputs of the run' }).waitFor();
}
