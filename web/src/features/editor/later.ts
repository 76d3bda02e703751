import { lazy } from 'react';
import { withWords } from '@/i18n';

/** Parts that are not there at the first sight of a flow. They are fetched once it stands. */
const late = withWords(() => import('./late'));
const list = withWords(() => import('./list-view'));
const code = withWords(() => import('./code-area'));
const note = withWords(() => import('./note-text'));
const node = withWords(() => import('./node-panel'));
const extras = withWords(() => import('./canvas-extras'));
const chosen = withWords(() => import('./chosen-panel'));
const canvas = withWords(() => import('./canvas'));

export const AddMenu = lazy(async () => ({ default: (await late()).AddMenu }));
export const FindMenu = lazy(async () => ({ default: (await late()).FindMenu }));
export const HistoryTab = lazy(async () => ({ default: (await late()).HistoryTab }));
export const MoreItems = lazy(async () => ({ default: (await late()).MoreItems }));
export const OtherVersion = lazy(async () => ({ default: (await late()).OtherVersion }));
export const ProblemsTab = lazy(async () => ({ default: (await late()).ProblemsTab }));
export const Publish = lazy(async () => ({ default: (await late()).Publish }));
export const ReferenceChips = lazy(async () => ({ default: (await late()).ReferenceChips }));
export const RunTab = lazy(async () => ({ default: (await late()).RunTab }));
export const SaveNotice = lazy(async () => ({ default: (await late()).SaveNotice }));
export const ScopePopup = lazy(async () => ({ default: (await late()).ScopePopup }));
export const Unpublished = lazy(async () => ({ default: (await late()).Unpublished }));
export const VariablesTab = lazy(async () => ({ default: (await late()).VariablesTab }));
export const VersionsTab = lazy(async () => ({ default: (await late()).VersionsTab }));
export const ListView = lazy(async () => ({ default: (await list()).ListView }));
export const CodeArea = lazy(async () => ({ default: (await code()).CodeArea }));
export const CanvasExtras = lazy(async () => ({ default: (await extras()).CanvasExtras }));
export const ChosenPanel = lazy(async () => ({ default: (await chosen()).ChosenPanel }));
export const NodePanel = lazy(async () => ({ default: (await node()).NodePanel }));
export const NoteText = lazy(async () => ({ default: (await note()).NoteText }));
export const Canvas = lazy(async () => ({ default: (await canvas()).Canvas }));

/** Fetches the parts before they are asked for, so that nobody waits for a menu. */
export function fetchTheRest(): void {
  for (const part of [late, list, node, chosen]) void part().catch(() => {});
}
