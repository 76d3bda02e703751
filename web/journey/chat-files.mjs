import { readFileSync } from 'node:fs';
import { ask, expect, lastAnswer } from './expect.mjs';
import { GOOD } from './files.mjs';

/** A picture of one colour that the browser itself makes. */
function drawn(page, colour) {
  return page.evaluate((fill) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 200];
    const draw = canvas.getContext('2d');
    draw.fillStyle = fill;
    draw.fillRect(0, 0, 320, 200);
    draw.fillStyle = 'white';
    draw.fillRect(40, 40, 90, 120);
    return canvas.toDataURL('image/png').split(',')[1];
  }, colour);
}

const chips = (page, state) => page.locator(`[data-testid="attachment"][data-state="${state}"]`);

/** Hands files to the page as a drop, or as a paste into the question. */
function give(page, how, files) {
  return page.evaluate(
    ([kind, all]) => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of all) {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
      }
      const box = document.querySelector('textarea');
      if (kind === 'drop') {
        box.dispatchEvent(new DragEvent('dragover', { dataTransfer: data, bubbles: true, cancelable: true }));
        box.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      } else {
        box.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
      }
    },
    [how, files],
  );
}

/** Files are chosen, dropped and pasted, refused in words, kept over a reload, sent, looked at, and dropped from an edited question. */
export async function attachFiles(page, look) {
  await page.goto('/chat');
  await page.getByRole('button', { name: 'Attach files' }).waitFor();
  const pdf = GOOD.find(({ name }) => name === 'delivery.pdf');
  const input = page.getByTestId('attach-input');
  await input.setInputFiles([pdf, { name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) }]);
  await chips(page, 'there').waitFor();
  const refused = chips(page, 'failed');
  await refused.getByRole('alert').getByText(/empty/).waitFor();
  await look.take('chat-attach-refused');
  await page.getByRole('button', { name: 'Remove empty.txt' }).click();
  await refused.waitFor({ state: 'detached' });
  const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
  expect(focused === 'Attach files', `the focus is on ${focused}`);
  await give(page, 'drop', [{ name: 'blue.png', type: 'image/png', base64: await drawn(page, '#2255aa') }]);
  await give(page, 'paste', [{ name: 'image.png', type: 'image/png', base64: await drawn(page, '#aa5522') }]);
  await chips(page, 'there').nth(2).waitFor();
  const box = page.getByRole('textbox', { name: 'Your question' });
  await box.fill('When do deliveries leave the yard?');
  await page.reload();
  await chips(page, 'there').nth(2).waitFor();
  expect((await box.inputValue()) === 'When do deliveries leave the yard?', 'the draft was lost');
  await look.take('chat-attach');
  await box.press('Enter');
  await page.waitForURL(/\/chat\/.+/);
  await lastAnswer(page);
  await page.getByTestId('carried').nth(2).waitFor();
  expect((await page.getByTestId('carried').count()) === 3, 'the question does not show its files');
  expect((await chips(page, 'there').count()) === 0, 'what was sent is still in the composer');
  const picture = page.getByRole('button', { name: 'Show blue.png larger' });
  await picture.locator('img').waitFor();
  await look.take('chat-files');
  await picture.focus();
  await page.keyboard.press('Enter');
  const large = page.getByRole('dialog', { name: 'blue.png' });
  await large.getByRole('img', { name: 'blue.png' }).waitFor();
  await look.take('chat-picture');
  await page.keyboard.press('Escape');
  await large.waitFor({ state: 'detached' });
  const downloaded = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download delivery.pdf' }).click();
  const file = readFileSync(await (await downloaded).path());
  expect(file.equals(pdf.buffer), 'the file that came back is another one');
  // In other words, with one file less.
  await page.getByTestId('question').last().hover();
  await page.getByRole('button', { name: 'Edit question' }).last().click();
  const edited = page.getByRole('textbox', { name: 'Your question in other words' });
  await page.getByRole('button', { name: 'Remove image.png' }).click();
  await look.take('chat-files-edit');
  await edited.fill('On which days do deliveries leave the yard?');
  await edited.press('Control+Enter');
  await page.getByTestId('question').filter({ hasText: 'On which days' }).waitFor();
  await lastAnswer(page);
  await page.getByTestId('carried').nth(1).waitFor();
  expect((await page.getByTestId('carried').count()) === 2, 'the edited question has other files');
  // The next question needs none of its own.
  await ask(page, 'And on Fridays?');
  await page.getByTestId('question').filter({ hasText: 'And on Fridays?' }).waitFor();
  await lastAnswer(page);
  // The run names them.
  await page.getByRole('link', { name: 'See how this ran' }).last().click();
  await page.waitForURL(/\/runs\/.+/);
  await page.goto(`${page.url().split('?')[0]}?step=write`);
  const panel = page.getByTestId('step-panel');
  await panel.getByRole('tab', { name: 'Prompt' }).click();
  await panel.getByTestId('carried').first().waitFor();
  await panel.getByRole('button', { name: 'Show blue.png larger' }).first().locator('img').waitFor();
  await look.take('run-files');
}
