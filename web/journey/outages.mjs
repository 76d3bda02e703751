import { ask, expect, lastAnswer } from './expect.mjs';
import { lineTo } from './line.mjs';
import { PERSON } from './people.mjs';
import { publish } from './runs.mjs';
import { chooseDefault } from './vendor.mjs';

/** Has the server killed as the power does it, and started again at the same address. */
function powerOf(control) {
  const tell = async (what) => {
    const told = await fetch(`${control}/${what}`, { method: 'POST' });
    expect(told.ok, `the server cannot be told to ${what}: ${await told.text()}`);
  };
  return { cut: () => tell('kill'), restore: () => tell('start') };
}

/** The page's words for where model servers usually are, with the vendor behind one of them. */
async function usualServer(vendor) {
  try {
    return await lineTo(vendor, { port: 11434 });
  } catch (error) {
    // Whoever runs Ollama on this machine has one already.
    if (error.code === 'EADDRINUSE') return null;
    throw error;
  }
}

/** A provider that cannot be reached says so; a model server on this machine is found by itself. */
export async function setUpWithServer(page, look, vendor) {
  const ollama = await usualServer(vendor);
  const began = Date.now();
  await page.goto('/');
  await page.waitForURL(/\/setup/);
  const code = page.getByLabel('Set-up code');
  await page.getByLabel('Name', { exact: true }).fill(PERSON.name);
  if ((await code.count()) > 0) await code.fill(process.env.SETUP_CODE);
  await page.getByLabel('Email').fill(PERSON.email);
  await page.getByLabel('Password').fill(PERSON.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'Choose what writes the answers' }).waitFor();

  await page.getByText('A provider with a key').click();
  await page.getByLabel('Base URL').fill('http://127.0.0.1:9/v1');
  await page.getByLabel('API key').fill('sk-journey');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText(/could not be reached|cannot be reached|refused|not reach/i).first().waitFor();
  await look.take('setup-provider-fails');

  await page.getByText('A model server of your own').click();
  const tile = page.getByRole('button', { name: /Ollama/ });
  await tile.waitFor();
  if (ollama) {
    await tile.getByText(/\d+ models?/).waitFor();
    await look.take('setup-local');
    await tile.click();
    expect((await page.getByLabel('Model', { exact: true }).inputValue()) !== '', 'no model of the server was chosen');
    expect(/11434/.test(await page.getByLabel('Base URL').inputValue()), 'the server’s address was not filled in');
  }
  // The server is asked through its own address, so that it stays when this story ends.
  await page.getByLabel('Base URL').fill(vendor);
  await page.getByLabel('Name', { exact: true }).fill('scripted');
  await page.getByLabel('Model', { exact: true }).fill('scripted-small');
  await page.getByRole('button', { name: 'Save and use' }).click();
  await page.getByRole('heading', { name: 'Ask the first question' }).waitFor();
  await page.getByRole('button', { name: 'Does Headwater need an API key?' }).click();
  await page.waitForURL(/\/chat\/.+/);
  const answer = await lastAnswer(page);
  await answer.getByText(/scripted\//).waitFor();
  console.log(`      from the first page to an answer of a model server: ${((Date.now() - began) / 1000).toFixed(1)} s, pictures included`);
  ollama?.close();
}

/** So many words that are unlike each other. */
const drops = (count) => Array.from({ length: count }, (_, at) => `drop${at + 100}`);

/** Every word stands once in the answer, as it was written and as it was stored. */
async function isWhole(page, words) {
  await lastAnswer(page, { timeout: 60_000 });
  const answer = page.getByTestId('answer').last();
  const status = await answer.getAttribute('data-status');
  expect(status === 'done', `the answer ended as ${status}: ${await answer.innerText()}`);
  const live = await answer.innerText();
  for (const word of words) {
    const times = live.split(word).length - 1;
    expect(times === 1, `“${word}” stands ${times} times in the answer: ${live}`);
  }
  await page.reload();
  await answer.getByText(words.at(-1)).waitFor();
  const stored = await answer.innerText();
  expect(stored === live, `what was stored differs from what was written: ${stored}\n${live}`);
}

/** The line breaks twice while an answer is being written: nothing is lost, nothing comes twice. */
export async function cutTheLineTwice(page, base) {
  await chooseDefault(page, 'scripted/slow');
  const line = await lineTo(base);
  const words = drops(70);
  const continued = [];
  const note = (request) => {
    const after = request.headers()['last-event-id'];
    if (after) continued.push(after);
  };
  page.on('request', note);
  await page.goto(`${line.url}/chat`);
  await ask(page, words.join(' '));
  await page.waitForURL(/\/chat\/.+/);
  const answer = page.getByTestId('answer').last();
  for (const seen of [words[3], words[25]]) {
    await answer.getByText(seen).waitFor();
    const before = continued.length;
    line.cut();
    for (let turn = 0; turn < 200 && continued.length === before; turn += 1) await page.waitForTimeout(50);
    expect(continued.length > before, 'nobody tried to go on');
    expect((await answer.getAttribute('data-status')) === 'running', 'the answer was given up');
    line.mend();
  }
  await isWhole(page, words);
  expect(new Set(continued).size >= 2, `it did not go on at two places: ${continued}`);
  page.off('request', note);
  line.close();
}

/** The power goes while an answer is being written: the page waits, and has all of it in the end. */
export async function restartWhileWriting(page, look, control) {
  const power = powerOf(control);
  const words = drops(50);
  await page.goto('/chat');
  await ask(page, words.join(' '));
  await page.waitForURL(/\/chat\/.+/);
  const answer = page.getByTestId('answer').last();
  await answer.getByText(words[5]).waitFor();
  await power.cut();
  await answer.getByText('Connection lost.').waitFor();
  await look.take('chat-server-away', { widths: [1280] });
  expect((await answer.getAttribute('data-status')) === 'running', 'the answer was given up at once');
  expect((await answer.innerText()).includes(words[4]), 'what was there already went away');
  await power.restore();
  await isWhole(page, words);
  await chooseDefault(page, 'scripted/scripted-small');
}

const DRAFT = {
  headwater: 1,
  name: 'Outlives the power',
  slug: 'outlives-the-power',
  kind: 'task',
  nodes: [{ id: 'say', kind: 'template', settings: { text: 'Before' } }, { id: 'out', kind: 'output', settings: { values: { text: '{{ say.text }}' } } }],
  edges: [{ from: 'start', to: 'say' }, { from: 'say', to: 'out' }],
};

/** The power goes while a flow is edited: what was saved is there, what was typed meanwhile is saved by itself. */
export async function restartWhileEditing(page, look, control) {
  const power = powerOf(control);
  const slug = await publish(page, DRAFT);
  await page.goto(`/flows/${slug}?node=say`);
  const text = page.getByTestId('panel').getByRole('textbox', { name: 'Text' });
  const state = (as) => page.locator(`[data-testid="save-state"][data-state="${as}"]`);
  await text.fill('Saved before the power went');
  await state('changed').or(state('saving')).first().waitFor();
  await state('saved').waitFor();
  await power.cut();
  await text.fill('Typed while nobody listened');
  await state('failed').waitFor();
  await look.take('editor-server-away');
  await text.fill('Typed while nobody listened, and more');
  await power.restore();
  await state('saved').waitFor({ timeout: 30_000 });
  expect((await text.inputValue()).endsWith('and more'), 'what was typed was lost');
  const { draft } = await (await page.request.get(`/api/v1/flows/${slug}`)).json();
  const kept = draft.document.nodes[0].settings.text;
  expect(kept === 'Typed while nobody listened, and more', `the server has “${kept}”`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('h1').click();
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  expect((await text.inputValue()).startsWith('Saved before'), 'what was done before cannot be undone any more');
}
