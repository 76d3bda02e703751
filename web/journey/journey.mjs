// A journey through the real product, in a real browser: one chapter of it.
//
//   CHAPTER       documents, chat, flows, runs, people or outages
//   BASE_URL      where Headwater runs, with an empty data directory; its models.hub_url has a model that fits
//   SCRIPTED_URL  an OpenAI-compatible scripted vendor, including /v1
//   SOURCE_DIR    an empty directory that the server's knowledge.folders allows
//   CONTROL_URL   what kills and starts the server when it is told POST /kill and /start, for the outages
//   OUT_DIR       where pictures go
//   SETUP_CODE    the one-time code, when the server asks for one
//   CHROMIUM      the browser, /usr/bin/chromium unless told
//   ONLY          a pattern of the steps to take after the first, such as "documents|chunk"
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { Look } from './look.mjs';
import { chapters } from './chapters.mjs';

const base = (process.env.BASE_URL ?? 'http://localhost:3000').replace(/\/$/, '');
const out = process.env.OUT_DIR ?? 'journey-out';
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--force-color-profile=srgb',
    '--font-render-hinting=none',
    '--hide-scrollbars',
    '--disable-background-networking',
  ],
});
const context = await browser.newContext({
  baseURL: base,
  viewport: { width: 1280, height: 800 },
  colorScheme: 'light',
  reducedMotion: 'reduce',
  locale: 'en-GB',
});
context.setDefaultTimeout(20_000);
const page = await context.newPage();
const look = new Look(page, out);
const given = { base, vendor: process.env.SCRIPTED_URL, sources: process.env.SOURCE_DIR, control: process.env.CONTROL_URL };
const all = chapters(page, look, given);
const chapter = process.env.CHAPTER ?? '';
const steps = all[chapter];
if (!steps) throw new Error(`there is no chapter “${chapter}”; CHAPTER is one of ${Object.keys(all).join(', ')}`);

const only = new RegExp(process.env.ONLY ?? '');
let failed = null;
for (const [name, step] of steps.filter(([name], at) => at === 0 || only.test(name))) {
  const start = Date.now();
  try {
    await step();
    console.log(`ok    ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed = `FAIL  ${name}\n      at ${page.url()}\n      ${error instanceof Error ? error.message : error}`;
    await page.screenshot({ path: `${out}/failed-${chapter}.png`, fullPage: true }).catch(() => {});
    break;
  }
}
await browser.close();
if (failed) console.error(failed);
for (const problem of look.problems) console.error(`FAIL  ${problem}`);
console.log(`pictures are in ${out}`);
process.exit(failed || look.problems.length > 0 ? 1 : 0);
