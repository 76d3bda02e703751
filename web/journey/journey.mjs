// The journey of a newcomer through the real product, in a real browser.
//
//   BASE_URL      where Headwater runs, with an empty data directory
//   OUT_DIR       where pictures go
//   SETUP_CODE    the one-time code, when the server asks for one
//   SCRIPTED_URL  an OpenAI-compatible scripted vendor, including /v1; without it the vendor part is left out
//   SOURCE_DIR    an empty directory that the server's knowledge.folders allows; without it sources are left out
//   CHROMIUM      the browser, /usr/bin/chromium unless told
//   ONLY          a pattern of the steps to take after the first, such as "documents|chunk"
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { Look } from './look.mjs';
import { askVendor, connectVendor } from './vendor.mjs';
import { addDocuments, deleteDocument, searchDocuments } from './knowledge.mjs';
import {
  deleteConversation,
  firstQuestion,
  openCitation,
  reloadWhileWriting,
  renameAndReload,
  stopAndRegenerate,
} from './chat.mjs';
import {
  breakAndFix,
  enterContainers,
  makeFlow,
  meetAtOneDraft,
  publishAndRollBack,
  runAndWatch,
} from './editor.mjs';
import { branch, bringIn, compareModels, findWords, putInOrder } from './chat-branches.mjs';
import { compareRuns, keepViews } from './compare.mjs';
import { callFromProgram, compareVersions } from './flow-pages.mjs';
import { beginWithExamples, carryFlows, chooseFlow } from './flows.mjs';
import { dragAmongMany } from './many.mjs';
import { rateAndAnnotate } from './feedback.mjs';
import { groupBoxes } from './groups.mjs';
import { stayInert } from './hostile.mjs';
import { answerWaitingRuns } from './inbox.mjs';
import { workByKeyboard } from './keyboard.mjs';
import { addFolder, chooseChunking, compareSearches, editChunks, searchWithModels, sortOut } from './knowledge-work.mjs';
import { hearOfOthers } from './knowledge-live.mjs';
import { evaluateHandbook } from './knowledge-evaluate.mjs';
import { keepInStep } from './knowledge-sources.mjs';
import { exportConversation, readLongConversation, useKeys } from './keys.mjs';
import { speakChinese, surviveOtherLanguages } from './languages.mjs';
import { watchMonitor } from './monitor.mjs';
import { openTenThousandSteps, retryAndReplay, seeHowItRan } from './runs.mjs';
import { loseSession } from './session.mjs';
import { embedShare, shareAndAsk, shareForm } from './share.mjs';
import { addAndCallTool, setSecretsAndValues } from './tools.mjs';
import { goOnUploading } from './uploads.mjs';
import { fireWebhook, schedule } from './triggers.mjs';
import { collapseRail, switchWorkspaces } from './workspaces.mjs';
import { setUp, signOutAndIn } from './people.mjs';

const base = (process.env.BASE_URL ?? 'http://localhost:3000').replace(/\/$/, '');
const out = process.env.OUT_DIR ?? 'journey-out';
const vendor = process.env.SCRIPTED_URL;
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
const steps = [
  ['set up the owner and ask the first question', () => setUp(page, look).then(() => process.env.ONLY && page.goto('/chat'))],
  ['read the streamed answer with its citations', () => firstQuestion(page, look)],
  ['open a citation in its document', () => openCitation(page, look)],
  ['rename the conversation and find it after a reload', () => renameAndReload(page)],
  ['add documents and see one fail with a reason', () => addDocuments(page, look)],
  ['search the documents', () => searchDocuments(page, look)],
  ['delete a document', () => deleteDocument(page)],
  ['hear of what others do in a knowledge base', () => hearOfOthers(page)],
  ['evaluate with a question set', () => evaluateHandbook(page, look)],
  ...(process.env.SOURCE_DIR ? [['keep a knowledge base in step with a folder', () => keepInStep(page, look, process.env.SOURCE_DIR)]] : []),
  ['go on with an upload that broke off', () => goOnUploading(page, look, base)],
  ['add a folder, and the same folder again', () => addFolder(page, look)],
  ['choose documents by keys, and say what they are', () => sortOut(page, look)],
  ['edit chunks beside their original', () => editChunks(page, look)],
  ['choose chunking with a preview', () => chooseChunking(page, look)],
  ['compare two searches', () => compareSearches(page, look)],
  ...(vendor
    ? [
        ['search with a reranking model, and one that is broken', () => searchWithModels(page, look, vendor)],
        ['connect a provider and make it the default', () => connectVendor(page, look, vendor)],
        ['get an answer from it', () => askVendor(page, look)],
        ['reload while the answer is being written', () => reloadWhileWriting(page)],
        ['chat: put a question in other words', () => branch(page, look)],
        ['chat: have several models answer', () => compareModels(page, look)],
        ['chat: pin and put into folders', () => putInOrder(page, look)],
        ['chat: find words', () => findWords(page, look)],
        ['chat: carry a conversation out and in', () => bringIn(page, look)],
      ]
    : []),
  ['choose among flows', () => chooseFlow(page, look)],
  ['see how an answer ran', () => seeHowItRan(page, look)],
  ['rate an answer and write a better one', () => rateAndAnnotate(page, look)],
  ['retry a failed run and replay it', () => retryAndReplay(page, look)],
  ['compare two runs', () => compareRuns(page, look)],
  ['keep a view of the runs', () => keepViews(page, look)],
  ['watch the monitor', () => watchMonitor(page, look)],
  ['open a run of ten thousand steps', () => openTenThousandSteps(page, look)],
  ['make a flow in the editor', () => makeFlow(page, look)],
  ['break it, and put it right', () => breakAndFix(page, look)],
  ['run the draft and watch', () => runAndWatch(page, look)],
  ['publish it and roll back', () => publishAndRollBack(page, look)],
  ['meet somebody else at one draft', () => meetAtOneDraft(page, look)],
  ['compare two versions in the graph', () => compareVersions(page, look)],
  ['call a flow from a program', () => callFromProgram(page, look)],
  ['share a flow, and ask it as a stranger', () => shareAndAsk(page, look)],
  ['share a form, and hostile content', () => shareForm(page, look)],
  ['embed a share into sites that may and may not', () => embedShare(page, look)],
  ['enter a container and a called flow', () => enterContainers(page, look)],
  ['put boxes into a group', () => groupBoxes(page, look)],
  ['drag among 300 nodes', () => dragAmongMany(page, look)],
  ['begin with the examples', () => beginWithExamples(page, look)],
  ['carry flows out and in', () => carryFlows(page)],
  ['answer waiting runs, here and by a link', () => answerWaitingRuns(page, look)],
  ['make a webhook and fire it', () => fireWebhook(page, look)],
  ['make a schedule', () => schedule(page, look)],
  ['add a tool and call it', () => addAndCallTool(page, look)],
  ['lose the session while typing', () => loseSession(page, look)],
  ['set a secret and an environment value', () => setSecretsAndValues(page, look)],
  ['go home, open the palette and use the keys', () => useKeys(page, look)],
  ['read a conversation of 600 messages', () => readLongConversation(page)],
  ['save a conversation as a file', () => exportConversation(page, 'Rivers begin small.')],
  ['bring scripts, pictures and bombs, and have them stay text', () => stayInert(page, look)],
  ['speak Chinese', () => speakChinese(page, look)],
  ['hold longer words and text from the right', () => surviveOtherLanguages(page, look)],
  ['stop an answer and regenerate it', () => stopAndRegenerate(page)],
  ['delete the conversation', () => deleteConversation(page)],
  ['make the sidebar narrow', () => collapseRail(page, look)],
  ['switch between workspaces', () => switchWorkspaces(page, look)],
  ['sign out and in again', () => signOutAndIn(page, look)],
  ['sign in, publish a flow and chat with it by keyboard alone', () => workByKeyboard(page, look)],
  ['look at the settings', () => look.settings()],
];

const only = new RegExp(process.env.ONLY ?? '');
let failed = null;
for (const [name, step] of steps.filter(([name], at) => at === 0 || only.test(name))) {
  const start = Date.now();
  try {
    await step();
    console.log(`ok    ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed = `FAIL  ${name}\n      at ${page.url()}\n      ${error instanceof Error ? error.message : error}`;
    await page.screenshot({ path: `${out}/failed.png`, fullPage: true }).catch(() => {});
    break;
  }
}
await browser.close();
if (failed) console.error(failed);
for (const problem of look.problems) console.error(`FAIL  ${problem}`);
console.log(`pictures are in ${out}`);
process.exit(failed || look.problems.length > 0 ? 1 : 0);
