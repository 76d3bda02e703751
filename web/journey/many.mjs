import { box, draftOf, saved } from './editor.mjs';
import { expect } from './expect.mjs';
import { publish } from './runs.mjs';

/** A flow of 300 nodes, in rows. */
function large() {
  const nodes = Array.from({ length: 300 }, (_, at) => ({ id: `n${at}`, kind: 'template', settings: { text: `Number ${at}` } }));
  const edges = nodes.map(({ id }, at) => ({ from: at < 20 ? 'start' : `n${at - 20}`, to: id }));
  return { headwater: 1, name: 'Three hundred', kind: 'task', nodes, edges };
}

/** What dragging may cost the processor, in milliseconds of scripts for each move; a busy machine does not change it much. */
const MOST_SCRIPT = 30;
const MOVES = 60;

/** Notes which boxes, edges and marks of the map are drawn anew while something is dragged. */
function watchDrawing() {
  const drawn = { boxes: new Set(), edges: new Set(), changes: 0 };
  const watch = new MutationObserver((changes) => {
    for (const { target } of changes) {
      drawn.changes += 1;
      const element = target instanceof Element ? target : target.parentElement;
      const box = element?.closest('.react-flow__node');
      const edge = element?.closest('.react-flow__edge');
      if (box) drawn.boxes.add(box.dataset.id);
      if (edge) drawn.edges.add(edge.dataset.id);
    }
  });
  watch.observe(document.querySelector('.react-flow'), { subtree: true, childList: true, attributes: true, characterData: true });
  window.endOfDrag = () => {
    watch.disconnect();
    return { boxes: [...drawn.boxes], edges: [...drawn.edges], changes: drawn.changes };
  };
}

/** Notes when frames are shown while something is dragged. */
function watchFrames() {
  const shown = [];
  let going = true;
  const note = (at) => {
    shown.push(at);
    if (going) requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
  window.endOfFrames = () => {
    going = false;
    const took = shown.slice(1).map((at, index) => at - shown[index]);
    return took.toSorted((one, other) => one - other)[Math.floor(took.length * 0.95)];
  };
}

const frame = (page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(null))));

/** Drags a node about among 300, and says what each move cost: frames, the processor's time, and what was drawn anew. */
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
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spent = async () => Object.fromEntries((await devtools.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value * 1000]));
  const at = await box(page, 'n25').boundingBox();
  await page.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
  await page.mouse.down();
  // The first move takes hold of the node and chooses it; what follows is what dragging is.
  await page.mouse.move(at.x + at.width / 2 + 8, at.y + at.height / 2 + 8);
  await page.waitForTimeout(500);
  await page.evaluate(watchDrawing);
  await page.evaluate(watchFrames);
  const before = await spent();
  for (let step = 1; step <= MOVES; step += 1) {
    await page.mouse.move(at.x + step * 4, at.y + Math.sin(step / 6) * 60);
    await frame(page);
  }
  const after = await spent();
  const p95 = await page.evaluate(() => window.endOfFrames());
  const drawn = await page.evaluate(() => window.endOfDrag());
  await page.mouse.up();
  await devtools.detach();
  const each = (name) => (after[name] - before[name]) / MOVES;
  const [script, style, layout] = ['ScriptDuration', 'RecalcStyleDuration', 'LayoutDuration'].map(each);
  console.log(
    `      300 nodes: open after ${opened} ms; frames p95 ${p95.toFixed(1)} ms; a move of the mouse costs ${script.toFixed(1)} ms of scripts, ${style.toFixed(1)} of styles, ${layout.toFixed(1)} of layout, and ${(drawn.changes / MOVES).toFixed(1)} changes on the page`,
  );
  expect(drawn.boxes.join() === 'n25', `dragging one box draws others anew: ${drawn.boxes}`);
  expect(drawn.edges.length === 2, `dragging one box draws ${drawn.edges.length} edges anew, and not its two`);
  expect(drawn.changes <= MOVES * 12, `dragging one box changes the page ${drawn.changes} times in ${MOVES} moves`);
  expect(script < MOST_SCRIPT, `a move costs ${script.toFixed(1)} ms of scripts`);
  await saved(page);
  expect((await draftOf(page, slug)).document.layout.n25, 'the place was not saved');
  return { opened, p95, script };
}
