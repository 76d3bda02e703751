/** Fails with `message` unless `truth` holds. */
export function expect(truth, message) {
  if (!truth) throw new Error(message);
}

/** The last answer on the page, when it is no longer being written. */
export async function lastAnswer(page, { timeout = 30_000 } = {}) {
  const answer = page.getByTestId('answer').last();
  await answer.waitFor();
  await page.waitForFunction(
    () => {
      const all = document.querySelectorAll('[data-testid="answer"]');
      const last = all[all.length - 1];
      return last !== undefined && last.getAttribute('data-status') !== 'running';
    },
    undefined,
    { timeout },
  );
  return answer;
}

/** Types a question into the composer and sends it. */
export async function ask(page, question) {
  const box = page.getByRole('textbox', { name: 'Your question' });
  await box.fill(question);
  await box.press('Enter');
}
