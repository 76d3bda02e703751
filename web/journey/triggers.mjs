import { createHmac } from 'node:crypto';
import { expect } from './expect.mjs';
import { publish } from './runs.mjs';

const GREET = {
  headwater: 1,
  name: 'Greet',
  kind: 'task',
  inputs: [{ name: 'who', type: 'string', required: true }],
  nodes: [{ id: 'reply', kind: 'answer', settings: { text: 'Hello {{ start.who }}.' } }],
  edges: [{ from: 'start', to: 'reply' }],
};

async function deliver(address, secret, value) {
  const body = JSON.stringify(value);
  const at = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  const headers = { 'Content-Type': 'application/json', 'Headwater-Timestamp': at, 'Headwater-Signature': `v1=${signature}` };
  return (await fetch(address, { method: 'POST', headers, body })).status;
}

const firing = (page, outcome) => page.locator(`[data-testid="firing"][data-outcome="${outcome}"]`);

/** A webhook is made, called as a program would, and given a new secret. */
export async function fireWebhook(page, look) {
  await publish(page, GREET);
  await page.getByRole('link', { name: 'Triggers' }).click();
  await page.getByText('No trigger yet').waitFor();
  await look.take('triggers-empty', { widths: [1280] });
  await page.getByRole('button', { name: 'New trigger' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Doorbell');
  await dialog.getByLabel('Flow', { exact: true }).selectOption({ label: 'Greet' });
  await dialog.getByLabel('who').fill('{{ body.person }}');
  await look.take('trigger-add');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const secret = await dialog.getByTestId('secret').innerText();
  expect(secret.startsWith('whs_'), `this is no secret: ${secret}`);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('heading', { level: 1, name: 'Doorbell' }).waitFor();
  const address = await page.getByTestId('address').innerText();
  const status = await deliver(address, secret, { person: 'Ada' });
  expect(status === 202, `the delivery was answered with ${status}`);
  expect((await deliver(address, 'whs_wrong', { person: 'Eve' })) === 401, 'a delivery with a wrong secret was taken');
  await firing(page, 'started').first().waitFor();
  await look.take('trigger');
  await page.getByRole('button', { name: 'New secret' }).click();
  await dialog.getByLabel('The old secret works for').selectOption({ label: 'not a moment longer' });
  await dialog.getByRole('button', { name: 'Make a new secret' }).click();
  const fresh = await dialog.getByTestId('secret').innerText();
  await dialog.getByRole('button', { name: 'Done' }).click();
  expect((await deliver(address, secret, { person: 'Ada' })) === 401, 'the old secret still works');
  expect((await deliver(address, fresh, { person: 'Bo' })) === 202, 'the new secret does not work');
  await firing(page, 'started').nth(1).waitFor();
  await firing(page, 'started').first().getByRole('link', { name: 'See the run' }).click();
  await page.getByText('Hello Bo.').first().waitFor();
  await page.getByRole('link', { name: 'Open the trigger' }).click();
  await page.getByRole('button', { name: 'Switch off' }).click();
  await page.getByText('Off', { exact: true }).waitFor();
  expect((await deliver(address, fresh, { person: 'Bo' })) >= 400, 'a trigger that is off took a delivery');
}

/** A schedule says when it fires next; fired by hand it leads to its run. */
export async function schedule(page, look) {
  await page.goto('/triggers');
  await page.getByRole('button', { name: 'New trigger' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Kind').selectOption('schedule');
  await dialog.getByLabel('Name').fill('Every morning');
  await dialog.getByLabel('Flow', { exact: true }).selectOption({ label: 'Greet' });
  await dialog.getByLabel('When', { exact: true }).fill('every morning');
  await dialog.getByLabel('who').fill('{{ schedule.date }}');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('When', { exact: true }).fill('0 7 * * 1-5');
  await dialog.getByLabel('Time zone').fill('Europe/London');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { level: 1, name: 'Every morning' }).waitFor();
  await page.getByRole('heading', { name: 'Next times' }).waitFor();
  await look.take('trigger-schedule');
  await page.getByRole('button', { name: 'Fire now' }).click();
  await dialog.getByRole('button', { name: 'Fire now' }).click();
  await page.waitForURL(/\/runs\/run_/);
  await page.getByText(/Hello \d{4}-\d\d-\d\d\./).first().waitFor();
  await page.goto('/triggers');
  await page.getByTestId('trigger').nth(1).waitFor();
  await look.take('triggers');
}
