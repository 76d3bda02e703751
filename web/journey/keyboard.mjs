import { expect, lastAnswer } from './expect.mjs';

const PERSON = { email: 'ada@example.com', password: 'spring water runs downhill 7' };

/** What has the focus, as a screen reader would name it. */
const focused = (page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    const label = at.labels?.[0]?.innerText ?? '';
    return { name: (at.getAttribute('aria-label') ?? (label || at.innerText) ?? '').trim(), tag: at.tagName, ringed: at.matches(':focus-visible') };
  });

/** Presses Tab until something of this name has the focus, which must be seen. */
async function tabTo(page, name, { most = 80, back = false } = {}) {
  const passed = [];
  for (let press = 0; press < most; press += 1) {
    const at = await focused(page);
    if (typeof name === 'string' ? at.name === name : name.test(at.name)) {
      expect(at.ringed, `${at.name} has the focus, and nobody sees it`);
      return;
    }
    passed.push(at.name || at.tag);
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
  }
  throw new Error(`Tab does not lead to ${name}, but to: ${passed.join(', ')}`);
}

/** Types two braces into a template and chooses the value that they offer. */
async function insert(page, value) {
  await page.keyboard.type('{{');
  await page.getByRole('combobox', { name: 'Search values' }).waitFor();
  await page.keyboard.type(value);
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: 'Search values' }).waitFor({ state: 'detached' });
  await page.waitForFunction((wanted) => document.activeElement?.value?.includes(wanted), value);
}

async function choose(page, kind) {
  await page.getByRole('combobox', { name: 'What happens next?' }).waitFor();
  await page.keyboard.type(kind);
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: 'What happens next?' }).waitFor({ state: 'detached' });
}

/** From sign-in to a published flow and an answer of it, without a mouse. */
export async function workByKeyboard(page, look) {
  await page.evaluate(() => {
    for (const kind of ['pointerdown', 'mousedown', 'touchstart']) window.addEventListener(kind, () => (window.pointed = true), true);
  });
  await page.context().clearCookies();
  await page.goto('/login');
  await page.getByLabel('Email').waitFor();
  await tabTo(page, 'Email', { most: 5 });
  await page.keyboard.type(PERSON.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PERSON.password);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/');
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.waitForURL(/\/flows$/);
  await page.getByRole('button', { name: 'New flow' }).waitFor();
  await tabTo(page, 'New flow');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).waitFor();
  await tabTo(page, 'Name', { most: 6 });
  await page.keyboard.type('Made by keyboard');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/flows\/made-by-keyboard/);
  await build(page, look);
  await publishAndChat(page, look);
  expect(!(await page.evaluate(() => window.pointed)), 'something was clicked');
}

async function build(page, look) {
  await page.getByRole('button', { name: 'Add what happens next' }).waitFor();
  await page.keyboard.press('n');
  await choose(page, 'template');
  await page.locator('[data-testid="node"][data-id="template"]').waitFor();
  await tabTo(page, 'Text');
  await page.keyboard.type('You typed: ');
  await insert(page, 'start.question');
  await tabTo(page, 'New node');
  await page.keyboard.press('Enter');
  await choose(page, 'answer');
  await page.locator('[data-testid="node"][data-id="answer"]').waitFor();
  await tabTo(page, 'Text');
  await insert(page, 'template.text');
  await look.take('keyboard-editor', { widths: [1280] });
  await page.locator('[data-testid="save-state"][data-state="saved"]').waitFor();
}

async function publishAndChat(page, look) {
  await tabTo(page, 'Publish', { back: true });
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, 'Publish', { most: 8 });
  await page.keyboard.press('Enter');
  await page.getByText('Published, v1', { exact: true }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.waitForURL(/\/chat$/);
  await page.getByRole('combobox', { name: 'Flow', exact: true }).waitFor();
  await tabTo(page, 'Flow');
  await page.keyboard.type('Made');
  await page.waitForFunction(() => document.activeElement?.selectedOptions?.[0]?.innerText === 'Made by keyboard');
  await tabTo(page, 'Your question');
  await page.keyboard.type('no mouse');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/chat\/.+/);
  await (await lastAnswer(page)).getByText('You typed: no mouse').waitFor();
  await look.take('keyboard-chat', { widths: [1280] });
}
