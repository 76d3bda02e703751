import { box, draftOf, saved } from './editor.mjs';
import { expect } from './expect.mjs';
import { publish } from './runs.mjs';

/** A flow of 300 nodes, in rows. */
function large() {
  const nodes = Array.from({ length: 300 }, (_, at) => ({ id: `n${at}`, kind: 'template', settings: { text: `Number ${at}` } }));
  const edges = nodes.map(({ id }, at) => ({ from: at < 20 ? 'start' : `n${at - 20}`, to: id }));
  return { headwater: 1, name: 'Three hundred', kind: 'task', nodes, edges };
}

/** Drags a node about among 300, and says how long the frames took. */
export async function dragAmongMany(page, look) {
  const slug = await publish(page, large());
  const began = Date.now();
  await page.goto(`/flows/${slug}`);
  await box(page, 'n0').waitFor();
  const opened = Date.now() - began;
  await page.keyboard.press('/');
  await page.getByRole('combobox', { name: 'Find a node' }).fill('Number 299');
  await page.keyboard.press('Enter');
  await page.getByTestId('panel').getByRole('textbox', { name: 'Name of the node' }).waitFor();
  expect(/node=n299/.test(page.url()), 'the node was not found');
  await page.locator('h1').click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('1');
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${look.out}/editor-many.png` });
  const at = await box(page, 'n25').boundingBox();
  await page.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
  await page.mouse.down();
  await page.evaluate(() => {
    const frames = [];
    let last = performance.now();
    const tick = (now) => {
      frames.push(now - last);
      last = now;
      window.framesOfDrag = frames;
      window.dragFrame = requestAnimationFrame(tick);
    };
    window.dragFrame = requestAnimationFrame(tick);
  });
  for (let step = 1; step <= 60; step += 1) await page.mouse.move(at.x + step * 4, at.y + Math.sin(step / 6) * 60);
  const frames = await page.evaluate(() => {
    cancelAnimationFrame(window.dragFrame);
    return window.framesOfDrag.slice(1).toSorted((one, other) => one - other);
  });
  await page.mouse.up();
  const p95 = frames[Math.floor(frames.length * 0.95)];
  const median = frames[Math.floor(frames.length * 0.5)];
  console.log(`      300 nodes: open after ${opened} ms; dragging, a frame takes ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms (${frames.length} frames)`);
  expect(frames.length > 2, `dragging among 300 nodes drew ${frames.length} frames`);
  await saved(page);
  expect((await draftOf(page, slug)).document.layout.n25, 'the place was not saved');
}
