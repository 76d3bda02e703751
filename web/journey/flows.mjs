import { ask, expect, lastAnswer } from './expect.mjs';

const ECHO = {
  headwater: 1,
  name: 'Repeat after me',
  kind: 'chat',
  inputs: [{ name: 'question', type: 'string', required: true }],
  nodes: [
    { id: 'say', kind: 'template', settings: { text: 'You said: {{ start.question }}' } },
    { id: 'reply', kind: 'answer', settings: { text: '{{ say.text }}' } },
  ],
  edges: [
    { from: 'start', to: 'say' },
    { from: 'say', to: 'reply' },
  ],
};

/** With a second flow to talk to, the chat lets one choose. */
export async function chooseFlow(page, look) {
  // There is no editor yet: flows are made through the API.
  const made = await page.request.post('/api/v1/flows', {
    headers: { 'X-Requested-With': 'headwater' },
    data: { document: ECHO, publish: true },
  });
  expect(made.ok(), `the flow was refused: ${await made.text()}`);
  await page.goto('/chat');
  await page.getByLabel('Flow').selectOption({ label: ECHO.name });
  await look.take('chat-flows');
  await ask(page, 'Rivers begin small.');
  await page.waitForURL(/\/chat\/.+/);
  const answer = await lastAnswer(page);
  await answer.getByText('You said: Rivers begin small.').waitFor();
}
