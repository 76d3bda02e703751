// Has Lighthouse judge every page and writes the table of docs/benchmarks.md. `make lighthouse` runs it.
//
//   BASE_URL    where Headwater runs, with an empty data directory
//   SETUP_CODE  the one-time code, when the server asks for one
//   MACHINE     what is said of the machine and the commit, above the table
//   CHROMIUM    the browser, /usr/bin/chromium unless told
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import lighthouse, { desktopConfig } from 'lighthouse';
import { chromium } from 'playwright-core';

const base = process.env.BASE_URL ?? 'http://localhost:3000';
const HEADERS = { 'X-Requested-With': 'headwater' };
const FILE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
const PORT = Number(process.env.DEBUG_PORT ?? 9377);

const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'lighthouse-')), {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--remote-debugging-port=${PORT}`],
  baseURL: base,
  locale: 'en-GB',
});

async function api(method, path, data) {
  const answer = await context.request.fetch(`${base}/api/v1/${path}`, { method, headers: HEADERS, data });
  if (!answer.ok()) throw new Error(`${method} ${path}: ${await answer.text()}`);
  return answer.json();
}

/** Somebody who has asked a question; gives the pages to look at. */
async function prepare() {
  await api('POST', 'setup', {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    password: 'spring water runs downhill 7',
    ...(process.env.SETUP_CODE ? { code: process.env.SETUP_CODE } : {}),
  });
  const { items: bases } = await api('GET', 'knowledge-bases');
  const { items: flows } = await api('GET', 'flows');
  const conversation = await api('POST', 'conversations', {});
  const sent = await api('POST', `conversations/${conversation.id}/messages`, { text: 'Does Headwater need an API key?' });
  for (let turn = 0; turn < 200; turn += 1) {
    if (['succeeded', 'failed'].includes((await api('GET', `runs/${sent.run_id}`)).status)) break;
    await new Promise((done) => setTimeout(done, 100));
  }
  const { path: shared } = await api('POST', 'shares', { flow: flows[0].slug, settings: { name: 'Ask us' } });
  return [
    ['Home', '/'],
    ['Chat', '/chat'],
    ['A conversation', `/chat/${conversation.id}`],
    ['Knowledge', '/knowledge'],
    ['A knowledge base', `/knowledge/${bases[0].id}`],
    ['Its evaluations', `/knowledge/${bases[0].id}/evaluate`],
    ['Its settings', `/knowledge/${bases[0].id}/settings`],
    ['Flows', '/flows'],
    ['A flow', `/flows/${flows[0].slug}`],
    ['Runs', '/runs'],
    ['Monitor', '/monitor/overview'],
    ['A run', `/runs/${sent.run_id}`],
    ['A shared page', shared],
    ['Inbox', '/inbox'],
    ['Triggers', '/triggers'],
    ...['models', 'prices', 'tools', 'secrets', 'environment', 'members', 'keys', 'usage', 'audit', 'profile', 'appearance', 'system'].map((name) => [
      `Settings, ${name}`,
      `/settings/${name}`,
    ]),
  ];
}

// Pages that listen to events are never quiet: they are judged as they are after a while.
const flags = { port: PORT, disableStorageReset: true, logLevel: 'error', maxWaitForLoad: 15_000 };
const slow = {
  ...desktopConfig,
  settings: {
    ...desktopConfig.settings,
    onlyCategories: ['performance'],
    throttling: { ...desktopConfig.settings.throttling, cpuSlowdownMultiplier: 4 },
  },
};
const desktop = { ...desktopConfig, settings: { ...desktopConfig.settings, onlyCategories: ['performance', 'accessibility', 'best-practices'] } };
const score = (result, name) => Math.round((result.categories[name].score ?? 0) * 100);
const seconds = (result, name) => `${(result.audits[name].numericValue / 1000).toFixed(2)} s`;

const rows = [];
let bad = false;
try {
  for (const [name, path] of await prepare()) {
    const fast = (await lighthouse(base + path, flags, desktop)).lhr;
    const throttled = (await lighthouse(base + path, flags, slow)).lhr;
    const scores = ['performance', 'accessibility', 'best-practices'].map((category) => score(fast, category));
    bad ||= scores.some((value) => value < 95);
    rows.push(
      `| ${name} | ${scores.join(' | ')} | ${seconds(throttled, 'largest-contentful-paint')} | ${Math.round(throttled.audits['total-blocking-time'].numericValue)} ms | ${throttled.audits['cumulative-layout-shift'].numericValue.toFixed(3)} |`,
    );
    console.log(rows.at(-1));
  }
} finally {
  await context.close();
}
const table = [
  process.env.MACHINE ?? '',
  'Lighthouse 12.8.2 with its desktop settings; the last three columns with the processor slowed down four times more.',
  '',
  '| page | performance | accessibility | best practices | largest paint | blocked | layout shift |',
  '|---|---|---|---|---|---|---|',
  ...rows,
];
const before = readFileSync(FILE, 'utf8');
writeFileSync(FILE, before.replace(/<!-- pages -->[\s\S]*<!-- \/pages -->/, `<!-- pages -->\n${table.join('\n').trim()}\n<!-- /pages -->`));
process.exit(bad ? 1 : 0);
