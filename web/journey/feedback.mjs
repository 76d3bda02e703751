import { ask, expect, lastAnswer } from './expect.mjs';

const thumbs = (page, name) => page.getByRole('button', { name, exact: true });

/** An answer is rated in the chat; its run says so, gets a better answer, and becomes a question. */
export async function rateAndAnnotate(page, look) {
  await page.goto('/chat');
  await ask(page, 'Does Headwater need an API key?');
  await page.waitForURL(/\/chat\/.+/);
  const answer = await lastAnswer(page);
  await answer.getByRole('button', { name: 'Bad answer' }).click();
  const why = page.getByRole('dialog', { name: 'Why this rating?' });
  await why.getByRole('button', { name: 'Incomplete' }).click();
  await why.getByLabel('Comment').fill('It does not say which model answers then.');
  await look.take('chat-why');
  await why.getByRole('button', { name: 'Save' }).click();
  await why.waitFor({ state: 'detached' });
  await look.take('chat-rated', { widths: [1280] });
  await page.reload();
  await answer.locator('[data-testid="thumbs"][data-rating="down"]').waitFor();
  await answer.getByRole('link', { name: 'See how this ran' }).click();
  await page.waitForURL(/\/runs\/run_/);
  const run = page.url().split('/').at(-1);
  const said = page.getByTestId('feedback');
  await said.getByText('It does not say which model answers then.').waitFor();
  await said.getByTestId('rating').getByText('Incomplete').waitFor();
  await writeBetterAnswer(page, look);
  await page.goto('/runs');
  await page.getByRole('combobox', { name: 'Feedback' }).selectOption('Rated bad');
  await page.waitForURL(/rating=down/);
  const row = page.locator(`[data-testid="run"][data-run="${run}"]`);
  await row.getByText('1 bad rating').waitFor();
  await row.getByText('Has a better answer').waitFor();
  expect((await page.getByTestId('run').count()) === 1, 'runs that nobody rated are among the rated ones');
  await look.take('runs-rated');
  await page.getByRole('combobox', { name: 'Feedback' }).selectOption('With a better answer');
  await page.waitForURL(/annotated=true/);
  await row.waitFor();
  // A second click on the same thumb takes the rating back.
  await page.goto(`/runs/${run}`);
  await said.waitFor();
  await thumbs(page, 'Bad answer').click();
  await said.getByText('Nobody rated this run yet.').waitFor();
}

async function writeBetterAnswer(page, look) {
  const better = page.getByTestId('annotation');
  await better.getByRole('button', { name: 'Write a better answer' }).click();
  const dialog = page.getByRole('dialog', { name: 'Better answer' });
  const text = dialog.getByLabel('What it should have answered');
  expect((await text.inputValue()).length > 0, 'the better answer does not begin with the one that was given');
  await text.fill('No. The built-in model answers from documents without a key.');
  await dialog.getByLabel('Note').fill('Asked again and again.');
  await look.take('run-annotate', { widths: [1280] });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await better.getByText('Asked again and again.').waitFor();
  await look.take('run-feedback');
  await better.getByRole('button', { name: 'Use as a question' }).click();
  const use = page.getByRole('dialog', { name: 'Use as a question for evaluations' });
  await use.getByLabel('Question set').selectOption('A new set…');
  await use.getByLabel('Name of the new set').fill('From answers');
  await use.getByRole('checkbox').first().check();
  await look.take('run-use');
  await use.getByRole('button', { name: 'Add the question' }).click();
  await page.getByText('The question is in “From answers”.').waitFor();
  const bases = await (await page.request.get('/api/v1/knowledge-bases')).json();
  const handbook = bases.items.find(({ slug, name }) => slug === 'handbook' || /handbook/i.test(name)).id;
  const { items } = await (await page.request.get(`/api/v1/knowledge-bases/${handbook}/question-sets`)).json();
  const set = items.find(({ name }) => name === 'From answers');
  const questions = await (await page.request.get(`/api/v1/question-sets/${set.id}/questions`)).json();
  expect(questions.items[0].question === 'Does Headwater need an API key?', `another question was added: ${questions.items[0].question}`);
  expect(questions.items[0].reference_answer.startsWith('No. The built-in'), 'the better answer is not the one to expect');
  expect(questions.items[0].relevant.length === 1, 'the passage is not labelled');
}
