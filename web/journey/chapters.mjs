// What the journeys through the product consist of: chapters of steps, each on a server of its own.
//
// The steps of a chapter build on each other; no chapter needs another one.
import { askVendor, connectVendor } from './vendor.mjs';
import { readPages, trySamples } from './knowledge-pages.mjs';
import { addDocuments, deleteDocument, searchDocuments } from './knowledge.mjs';
import {
  deleteConversation,
  firstQuestion,
  openCitation,
  reloadWhileWriting,
  renameAndReload,
  searchElsewhere,
  stopAndRegenerate,
} from './chat.mjs';
import {
  breakAndFix,
  makeFlow,
  meetAtOneDraft,
  publishAndRollBack,
  runAndWatch,
} from './editor.mjs';
import { branch, bringIn, compareModels, findWords, putInOrder } from './chat-branches.mjs';
import { compareRuns, findRuns, keepViews, searchRuns } from './compare.mjs';
import { enterContainers } from './containers.mjs';
import { seeWhatRan, talkWithDraft } from './dock.mjs';
import { attachFiles } from './chat-files.mjs';
import { beginFromFlows, chooseFirst, glanceAtCitation, keepUnsent, sayWhatIsWrong } from './chat-kept.mjs';
import { callFromProgram, compareVersions } from './flow-pages.mjs';
import { beginWithExamples, carryFlows, chooseFlow, sortFlows } from './flows.mjs';
import { useCanvas, writePrograms } from './canvas.mjs';
import { dragAmongMany } from './many.mjs';
import { rateAndAnnotate } from './feedback.mjs';
import { giveOut } from './give-out.mjs';
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
import { addLocalModel, forgetResults, sayPrices } from './models.mjs';
import { chooseTimes, watchMonitor } from './monitor.mjs';
import { cutTheLineTwice, restartWhileEditing, restartWhileWriting, setUpWithServer } from './outages.mjs';
import { askWithPrompts } from './prompts.mjs';
import { readAuditAndLimits } from './operations.mjs';
import { openTenThousandSteps, publish, readLogs, retryAndReplay, saveLongText, seeHowItRan } from './runs.mjs';
import { loseSession } from './session.mjs';
import { embedShare, shareAndAsk, shareForm } from './share.mjs';
import { addAndCallTool, setSecretsAndValues } from './tools.mjs';
import { goOnUploading } from './uploads.mjs';
import { fireWebhook, schedule } from './triggers.mjs';
import { collapseRail, switchWorkspaces } from './workspaces.mjs';
import { setUp, setUpQuickly, signOutAndIn } from './people.mjs';

/** A flow that the pages of the editor are looked at with, as `makeFlow` makes it in its own chapter. */
const GREET = {
  headwater: 1,
  name: 'Greet somebody',
  slug: 'greet-somebody',
  kind: 'task',
  inputs: [{ name: 'name', type: 'string', required: true }],
  nodes: [
    { id: 'write', kind: 'template', settings: { text: 'Hello, {{ start.name }}' } },
    { id: 'output', kind: 'output', settings: { values: { greeting: '{{ write.text }}' } } },
  ],
  edges: [
    { from: 'start', to: 'write' },
    { from: 'write', to: 'output' },
  ],
};

/** The chapters for a page: names with their steps. */
export function chapters(page, look, { base, vendor, sources, control }) {
  return {
    documents: [
      ['set up the owner and ask the first question', () => setUp(page, look)],
      ['read the streamed answer with its citations', () => firstQuestion(page, look)],
      ['open a citation in its document', () => openCitation(page, look)],
      ['add documents and see one fail with a reason', () => addDocuments(page, look)],
      ['search the documents', () => searchDocuments(page, look)],
      ['delete a document', () => deleteDocument(page)],
      ['begin with sample documents', () => trySamples(page, look)],
      ['read the pages of a PDF beside its chunks', () => readPages(page, look)],
      ['hear of what others do in a knowledge base', () => hearOfOthers(page)],
      ['evaluate with a question set', () => evaluateHandbook(page, look)],
      ['keep a knowledge base in step with a folder', () => keepInStep(page, look, sources)],
      ['go on with an upload that broke off', () => goOnUploading(page, look, base)],
      ['add a folder, and the same folder again', () => addFolder(page, look)],
      ['choose documents by keys, and say what they are', () => sortOut(page, look)],
      ['edit chunks beside their original', () => editChunks(page, look)],
      ['choose chunking with a preview', () => chooseChunking(page, look)],
      ['compare two searches', () => compareSearches(page, look)],
      ['search with a reranking model, and one that is broken', () => searchWithModels(page, look, vendor)],
    ],
    chat: [
      ['set up', () => setUpQuickly(page, '/chat')],
      ['ask a question of those that are offered', () => firstQuestion(page, look)],
      ['look at a citation', () => glanceAtCitation(page, look)],
      ['rename the conversation and find it after a reload', () => renameAndReload(page)],
      ['connect a provider and make it the default', () => connectVendor(page, look, vendor)],
      ['get an answer from it', () => askVendor(page, look)],
      ['reload while the answer is being written', () => reloadWhileWriting(page)],
      ['ask over a line that is cut', () => keepUnsent(page, look, base)],
      ['be told what cannot be read', () => sayWhatIsWrong(page, look)],
      ['choose a model for the first question', () => chooseFirst(page, look)],
      ['have a question looked up elsewhere', () => searchElsewhere(page, look)],
      ['put a question in other words', () => branch(page, look)],
      ['have several models answer', () => compareModels(page, look)],
      ['pin and put into folders', () => putInOrder(page, look)],
      ['find words', () => findWords(page, look)],
      ['carry a conversation out and in', () => bringIn(page, look)],
      ['attach files and pictures', () => attachFiles(page, look)],
      ['ask with prompts', () => askWithPrompts(page, look)],
      ['choose among flows', () => chooseFlow(page, look)],
      ['begin with a flow and what was asked of it', () => beginFromFlows(page, look, 'Repeat after me', 'Rivers begin small.')],
      ['read a conversation of 600 messages', () => readLongConversation(page)],
      ['save a conversation as a file', () => exportConversation(page, 'Rivers begin small.')],
      ['give a conversation out to read', () => giveOut(page, look, 'Rivers begin small.')],
      ['bring scripts, pictures and bombs, and have them stay text', () => stayInert(page, look)],
      ['stop an answer and regenerate it', () => stopAndRegenerate(page)],
      ['delete the conversation', () => deleteConversation(page)],
    ],
    flows: [
      ['set up', () => setUpQuickly(page, '/flows')],
      ['make a flow in the editor', () => makeFlow(page, look)],
      ['break it, and put it right', () => breakAndFix(page, look)],
      ['run the draft and watch', () => runAndWatch(page, look)],
      ['publish it and roll back', () => publishAndRollBack(page, look)],
      ['meet somebody else at one draft', () => meetAtOneDraft(page, look)],
      ['compare two versions in the graph', () => compareVersions(page, look)],
      ['call a flow from a program', () => callFromProgram(page, look)],
      ['enter a container and a called flow', () => enterContainers(page, look)],
      ['see what ran, what it had, and run it again', () => seeWhatRan(page, look)],
      ['talk with a draft', () => talkWithDraft(page, look)],
      ['put boxes into a group', () => groupBoxes(page, look)],
      ['use the canvas by its menus and keys', () => useCanvas(page, look)],
      ['write a program in a node', () => writePrograms(page, look)],
      ['drag among 300 nodes', () => dragAmongMany(page, look)],
      ['begin with the examples', () => beginWithExamples(page, look)],
      ['carry flows out and in', () => carryFlows(page)],
      ['give flows tags, and see their last runs', () => sortFlows(page, look)],
      ['sign in, publish a flow and chat with it by keyboard alone', () => workByKeyboard(page, look)],
    ],
    runs: [
      ['set up', () => setUpQuickly(page, '/chat')],
      ['see how an answer ran', () => seeHowItRan(page, look)],
      ['rate an answer and write a better one', () => rateAndAnnotate(page, look)],
      ['retry a failed run and replay it', () => retryAndReplay(page, look)],
      ['read what a program printed', () => readLogs(page)],
      ['save a text that is too long to show', () => saveLongText(page)],
      ['compare two runs', () => compareRuns(page, look)],
      ['keep a view of the runs', () => keepViews(page, look)],
      ['find runs by who and when', () => findRuns(page, look)],
      ['search runs, pause the list, and deal with several', () => searchRuns(page, look)],
      ['watch the monitor', () => watchMonitor(page, look)],
      ['choose times in the monitor', () => chooseTimes(page, look)],
      ['open a run of ten thousand steps', () => openTenThousandSteps(page, look)],
      ['answer waiting runs, here and by a link', () => answerWaitingRuns(page, look)],
      ['make a webhook and fire it', () => fireWebhook(page, look)],
      ['make a schedule', () => schedule(page, look)],
      ['add a tool and call it', () => addAndCallTool(page, look)],
      ['set a secret and an environment value', () => setSecretsAndValues(page, look)],
    ],
    people: [
      ['set up', () => setUpQuickly(page, '/').then(() => publish(page, GREET))],
      ['share a flow, and ask it as a stranger', () => shareAndAsk(page, look)],
      ['share a form, and hostile content', () => shareForm(page, look)],
      ['embed a share into sites that may and may not', () => embedShare(page, look)],
      ['lose the session while typing', () => loseSession(page, look)],
      ['add a knowledge base', () => addDocuments(page, look)],
      ['go home, open the palette and use the keys', () => useKeys(page, look)],
      ['speak Chinese', () => speakChinese(page, look)],
      ['hold longer words and text from the right', () => surviveOtherLanguages(page, look)],
      ['make the sidebar narrow', () => collapseRail(page, look)],
      ['switch between workspaces', () => switchWorkspaces(page, look)],
      ['sign out and in again', () => signOutAndIn(page, look)],
      ['read the audit log, and what is used of the limits', () => readAuditAndLimits(page, look)],
      ['say what models cost', () => sayPrices(page, look, vendor)],
      ['add a model to the server, and remove it', () => addLocalModel(page, look)],
      ['forget kept results', () => forgetResults(page)],
      ['look at the settings', () => look.settings()],
    ],
    outages: [
      ['set up with a model server of one’s own', () => setUpWithServer(page, look, vendor)],
      ['cut the line twice in the middle of an answer', () => cutTheLineTwice(page, base)],
      ['restart the server in the middle of an answer', () => restartWhileWriting(page, look, control)],
      ['restart the server in the middle of an edit', () => restartWhileEditing(page, look, control)],
    ],
  };
}
